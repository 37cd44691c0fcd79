"""The placebo of words: as many as the description has, drawn from all descriptions at random."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field

from seesay.encode.base import Source, check_batch
from seesay.encode.sentences import DescribedEncoder, SentenceSettings


class RandomWordsSettings(SentenceSettings):
    """Those of `described`, which hold here too where nothing else is said.

    Attributes:
        seed: draws the words; so does the item's ID.
    """

    seed: int = Field(default=0, ge=0)


class RandomWordsEncoder(DescribedEncoder):
    """Encodes as many words as the item's description has, out of those of all items.

    A word is drawn as often as the catalogue has it, so length, language and style stay, and what
    is said of the item is gone. What words gain over this placebo, they gain by their meaning.
    """

    Settings: ClassVar = RandomWordsSettings
    name = "random-words"
    batch_size: int | None = None
    settings: RandomWordsSettings

    def encode(self, batch: Sequence[Source]) -> np.ndarray:
        """Return [n, dim] float32; `batch` is the whole catalogue.

        Raises:
            SeesayError: an item has no words, or the model cannot be had.
        """
        check_batch(batch, self.reads)
        return super().encode(random_words(batch, self.settings.seed))


def random_words(batch: Sequence[Source], seed: int) -> list[Source]:
    """Return the items with as many words as each has, drawn from those of all.

    The order of the items changes nothing.
    """
    texts = [source.words.split() for source in sorted(batch, key=lambda source: source.item_id)]
    pool = np.array([word for text in texts for word in text], object)
    drawn = []
    for source in batch:
        digest = hashlib.sha256(f"{seed}\0{source.item_id}".encode("utf-8", "replace")).digest()
        random = np.random.default_rng(int.from_bytes(digest[:8], "little"))
        words = pool[random.integers(len(pool), size=len(source.words.split()))]
        drawn.append(replace(source, words=" ".join(words)))
    return drawn
