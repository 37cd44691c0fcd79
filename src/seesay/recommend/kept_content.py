"""The content's own geometry, kept beside what training made of it.

Training bends content towards the items that are watched much, and items that are watched little
are then found less often than by the untrained content. So the untrained cosine stays a part of
the score, with a weight that the validation items decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from seesay.recommend.base import Recommender
from seesay.recommend.geometry import ContentSpace, recency_mean
from seesay.recommend.interactions import Holdout
from seesay.recommend.training import TrainingSettings, validation_ndcg

WEIGHTS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class KeptContent:
    """Adds `weight` times the score of content-knn to what was learned.

    Attributes:
        space: the axes of the content.
        vectors: [items, rank] float32, the content in them, rows of length one.
        decay: the weight of an item of a history falls by this factor for each later one.
    """

    space: ContentSpace
    vectors: np.ndarray
    decay: float
    weight: float

    def beside_items(self, items: np.ndarray) -> np.ndarray:
        """Return [items, dim + rank]: what was learned, then the content."""
        return np.hstack([items, self.vectors]) if self.weight else items

    def beside_users(self, users: np.ndarray, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return [histories, dim + rank], to be multiplied with `beside_items`."""
        if not self.weight:
            return users
        means = recency_mean(self.vectors, histories, self.decay)
        return np.hstack([users, np.float32(self.weight) * means])

    def with_items(self, content: Mapping[str, np.ndarray]) -> KeptContent:
        """Return one that knows further items behind the others."""
        return replace(self, vectors=np.vstack([self.vectors, self.space(content)]))

    def score(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return what it adds for every item, [histories, items] float32."""
        means = recency_mean(self.vectors, histories, self.decay)
        return np.asarray(np.float32(self.weight) * (means @ self.vectors.T))


class Keeping(Recommender, Protocol):
    """A recommender whose score has kept content in it, where `_kept` is some."""

    _kept: KeptContent | None

    @property
    def settings(self) -> TrainingSettings:
        """Its settings."""
        ...


def keep_content(
    recommender: Keeping,
    space: ContentSpace,
    content: Mapping[str, np.ndarray],
    weight: float | None,
    validation: Holdout | None,
) -> None:
    """Put untrained content beside what a recommender has learned.

    Args:
        weight: how much of it; None takes the one of `WEIGHTS` that is best on `validation`, and
            nothing where there is none.
    """
    decay = recommender.settings.kept_decay
    kept = KeptContent(space, space(content), decay, weight or 0.0)
    if weight is None and validation is not None:
        gains = []
        for each in WEIGHTS:
            recommender._kept = replace(kept, weight=each)
            gains.append(validation_ndcg(recommender, validation))
        kept = replace(kept, weight=WEIGHTS[int(np.argmax(gains))])
    recommender._kept = kept
