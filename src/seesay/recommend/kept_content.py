"""The content's own geometry, kept beside what training made of it.

Training bends content towards the items that are watched much, and items that are watched little
are then found less often than by the untrained content. So the untrained cosine stays a part of
the score, with a weight that the validation items decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from seesay.recommend.geometry import ContentSpace, recency_mean

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


def most_useful(kept: KeptContent, validate: Callable[[KeptContent], float]) -> KeptContent:
    """Return it with the one of `WEIGHTS` for which `validate` gives most."""
    tried = [replace(kept, weight=weight) for weight in WEIGHTS]
    return tried[int(np.argmax([validate(one) for one in tried]))]
