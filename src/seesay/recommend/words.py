"""Finding items by words: what fits a query, what is like an item, and which sentences say so."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seesay.core.errors import SeesayError
from seesay.core.files import MANIFEST
from seesay.encode.base import Encoder, Source
from seesay.encode.features import FeatureTable, read_features
from seesay.encode.search import vector_of
from seesay.recommend.answers import Recommendation, by_content
from seesay.recommend.reasons import Quoting, nearest_sentences, rarity_of

FEATURES = ("described", "title")


@dataclass(frozen=True)
class WordSearch:
    """Looks words up in the feature that is made of descriptions, or else of titles.

    Attributes:
        features: the folder of features.
        encoder_of: builds an encoder by its name.
        words: gives the description of each item that has one.
        items: gives what is there now: an item that was removed since is not found.
    """

    features: Path
    encoder_of: Callable[[str], Encoder]
    words: Callable[[], Mapping[str, str]]
    items: Callable[[], Container[str]]

    def fitting(self, query: str, k: int, explain: bool = False) -> list[Recommendation]:
        """Return the `k` items nearest to a few words.

        Raises:
            SeesayError: no such feature was made, or it was made by other settings.
        """
        table = self._table()
        encoder = self.encoder_of(table.name)
        if encoder.fingerprint() != table.manifest["fingerprint"]:
            raise SeesayError(
                f"The settings of '{table.name}' have changed since it was encoded.",
                f"Run: seesay encode {table.name}",
            )
        vector = encoder.encode_texts([query])[0]  # type: ignore[attr-defined]
        return by_content(table, vector, k, explain)

    def alike(self, item_id: str, k: int, explain: bool = False) -> list[Recommendation]:
        """Return the `k` items whose words are nearest to those of one item.

        Raises:
            SeesayError: no such feature was made, or it does not have the item.
        """
        table = self._table()
        quote = self.quoting() if explain and table.name == "described" else None
        return by_content(table, vector_of(table, item_id), k, explain, item_id, quote)

    def quoting(self) -> Quoting:
        """Return what finds the nearest sentences of the descriptions of two items."""
        words = self.words()
        encoder = self.encoder_of("described")

        def embed(texts: list[str]) -> np.ndarray:
            return encoder.encode([Source(text, words=text) for text in texts])

        rarity = rarity_of(words.values())
        return lambda one, other: nearest_sentences(
            words.get(one, ""), words.get(other, ""), embed, rarity
        )

    @property
    def feature(self) -> str:
        """The feature that words are looked up in; empty where none was made yet."""
        made = [name for name in FEATURES if (self.features / name / MANIFEST).is_file()]
        return made[0] if made else ""

    def _table(self) -> FeatureTable:
        if self.feature:
            return read_features(self.features / self.feature).only(self.items())
        raise SeesayError(
            "No feature is made of words yet.",
            "Run: seesay encode described (or title, where nothing is described)",
        )
