"""What is recommended, to whom, and why: a trained run asked about one user or one item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from scipy import sparse

from seesay.core.errors import SeesayError
from seesay.encode.features import FeatureTable
from seesay.encode.search import nearest_items, nearest_rows
from seesay.recommend.base import PLACEBOS, DotProduct, FeatureSet, Recommender
from seesay.recommend.geometry import fillings
from seesay.recommend.interactions import Interactions, Vocabulary
from seesay.recommend.ranking import top_k
from seesay.recommend.reasons import Quoting, Reason, by_company, by_similarity
from seesay.recommend.run import Run, load_recommender

Found = list[tuple[int, float]]


@dataclass(frozen=True)
class Recommendation:
    """One item, best first; `reason` where one was asked for.

    Attributes:
        by: the run that gave it, or the feature whose vectors were compared.
    """

    item_id: str
    score: float
    reason: Reason | None = None
    by: str = ""


@dataclass(frozen=True)
class Answers:
    """A trained recommender with the log that it answers from.

    Attributes:
        run: the name of the recommender's run.
        log: who watched what, as `user_id`, `item_id`, `timestamp`; of known items alone.
        feature: the content feature in which likeness is measured; empty for none.
        vectors: [items, dim] of that feature; zeros where an item has none.
        quote: gives the nearest sentences of the descriptions of two items.
    """

    recommender: Recommender
    run: str
    vocabulary: Vocabulary
    log: pl.DataFrame
    feature: str = ""
    vectors: np.ndarray | None = None
    quote: Quoting | None = None

    def for_user(self, user: str, k: int, explain: bool = False) -> list[Recommendation]:
        """Return the best `k` items that a user has not watched.

        Raises:
            SeesayError: nothing is known of the user.
        """
        rows = self.log.filter(pl.col("user_id") == user)
        if rows.is_empty():
            raise SeesayError(
                f"There is no user '{user}' with interactions.",
                "Check the ID, or ask with --like ITEM_ID or --query TEXT.",
            )
        k = min(k, len(self.vocabulary))
        history = self.vocabulary.indices(rows["item_id"].to_list())
        found = self._best(history, k)
        return self._named(found, self._why(found, history) if explain else [])

    def like_item(self, item_id: str, k: int, explain: bool = False) -> list[Recommendation]:
        """Return the `k` items nearest to one: by item vectors, else by content, else by scores.

        A recommender without vectors is asked what it gives to somebody who watched that item.

        Raises:
            SeesayError: the run does not know the item, or it treats all items alike.
        """
        if item_id not in self.vocabulary:
            raise SeesayError(
                f"There is no item '{item_id}' in this run.",
                "Check the ID; if the item is newer than the run, train again.",
            )
        k = min(k, len(self.vocabulary))
        item = int(self.vocabulary.indices([item_id])[0])
        if self.recommender.takes == "nothing":
            raise SeesayError(
                f"{self.recommender.name} knows nothing of likeness.", "Name another --run."
            )
        known = self.recommender
        vectors = known.item_vectors() if isinstance(known, DotProduct) else self.vectors
        if vectors is not None:
            if not vectors[item].any():
                raise SeesayError(
                    f"'{item_id}' has no vector to be compared by.",
                    "Encode what it lacks and train again, or name another item.",
                )
            found = nearest_rows(vectors, vectors[item], k, item)
        else:
            found = self._best(np.array([item], np.int32), k)
        return self._named(found, self._why(found, np.array([item])) if explain else [])

    def _best(self, history: np.ndarray, k: int) -> Found:
        indices, scores = top_k(self.recommender, [history], k)
        pairs = zip(indices[0].tolist(), scores[0].tolist(), strict=True)
        return [(item, score) for item, score in pairs if item >= 0]

    def _why(self, found: Found, history: np.ndarray) -> list[Reason]:
        """Say what carries each item: likeness of content, else company, else popularity."""
        items = [item for item, _ in found]
        if not items:
            return []
        ids = self.vocabulary.item_ids
        if self.recommender.takes == "nothing":
            return [Reason("popular", value=score) for _, score in found]
        if self.vectors is not None:
            likeness = by_similarity(self.vectors, items, history.tolist())
            return [
                self._likeness(ids[item], ids[other], cosine)
                for item, (other, cosine) in zip(items, likeness, strict=True)
            ]
        company = by_company(self._company(), items, history.tolist())
        return [
            Reason("together", ids[other], value=float(users)) if users else Reason("unknown")
            for other, users in company
        ]

    def _likeness(self, item_id: str, other: str, cosine: float) -> Reason:
        # That of vectors of zeros: one of the two items has none.
        if cosine == 0:
            return Reason("unknown")
        quote = self.quote(item_id, other) if self.quote else None
        return Reason("similar", other, self.feature, cosine, quote)

    def _company(self) -> sparse.csr_array:
        return Interactions.from_table(self.log, self.vocabulary)[0].matrix()

    def _named(self, found: Found, reasons: Sequence[Reason]) -> list[Recommendation]:
        why: Sequence[Reason | None] = reasons or [None] * len(found)
        return [
            Recommendation(self.vocabulary.item_ids[item], score, reason, self.run)
            for (item, score), reason in zip(found, why, strict=True)
        ]


def open_answers(
    run: Run,
    vocabulary: Vocabulary,
    features: FeatureSet,
    log: pl.DataFrame,
    quoting: Callable[[], Quoting] | None = None,
) -> Answers:
    """Load a run to be asked; interactions with items that it does not know are left out.

    Args:
        quoting: builds what quotes descriptions, where they are to be quoted.
    """
    feature = explaining_feature(features)
    vectors = features.content.get(feature)
    if vectors is not None:
        vectors = np.where(fillings(vectors)[:, None], np.float32(0), vectors)
    return Answers(
        load_recommender(run, features),
        run.id,
        vocabulary,
        log.filter(pl.col("item_id").is_in(list(vocabulary.item_ids))),
        feature,
        vectors,
        quoting() if quoting and feature.startswith("described") else None,
    )


def by_content(
    table: FeatureTable,
    vector: np.ndarray,
    k: int,
    explain: bool = False,
    item_id: str = "",
    quote: Quoting | None = None,
) -> list[Recommendation]:
    """Return the `k` items nearest to a vector: that of words, or that of the item named."""
    found = []
    for near, cosine in nearest_items(table, vector, k, item_id):
        reason = None
        if explain:
            said = quote(near, item_id) if quote and item_id else None
            because: Literal["similar", "fits"] = "similar" if item_id else "fits"
            reason = Reason(because, item_id, table.name, cosine, said)
        found.append(Recommendation(near, cosine, reason, table.name))
    return found


def explaining_feature(features: FeatureSet) -> str:
    """Return the content feature whose likeness a person can follow best; empty for none."""
    names = [name for name in features.content if name not in PLACEBOS]
    first = [name for name in names if name.startswith("described")]
    return next(iter([*first, *names]), "")
