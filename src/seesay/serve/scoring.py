"""Scores of all items for a history, fast: what does not change is computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from seesay.core.errors import SeesayError
from seesay.encode.base import unit_rows
from seesay.recommend.base import DotProduct, Growing, Recommender
from seesay.serve.batching import Batching
from seesay.serve.forward import NumpyUsers
from seesay.serve.index import Approximate


class Scorer:
    """A trained recommender, with the item vectors of one that has any laid out once.

    Args:
        index: finds the best of its items without a look at all of them.
    """

    def __init__(
        self,
        recommender: Recommender | NumpyUsers,
        n_items: int,
        index: Approximate | None = None,
    ) -> None:
        self.recommender = recommender
        self.n_items = n_items
        self.index = index
        self._users = recommender if isinstance(recommender, DotProduct) else None
        self.items = np.empty((0, 0), np.float32)
        if self._users is not None:
            self.items = np.ascontiguousarray(self._users.item_vectors(), np.float32)
        self._together = Batching(self._all_scores)

    @cached_property
    def units(self) -> np.ndarray:
        """The item vectors, rows of length one; empty where there are none."""
        return unit_rows(self.items)

    def scores(self, history: np.ndarray, near: int | None = None) -> np.ndarray:
        """Return the score of each item for a history, float32 [items].

        Args:
            near: so many of the best are enough, where there is an index; the others get -inf.
        """
        if self._users is None or self.index is None or near is None:
            return self._together(history)
        user = np.asarray(self._users.user_vectors([history])[0], np.float32)
        scores = np.full(self.n_items, -np.inf, np.float32)
        rows, products = self.index.nearest(user, near)
        scores[rows] = products
        scores[self.index.size :] = self.items[self.index.size :] @ user
        return scores

    def _all_scores(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        if self._users is None:
            return np.asarray(self.recommender.score(histories), np.float32)
        users = np.asarray(self._users.user_vectors(histories), np.float32)
        return np.asarray(users @ self.items.T)

    def with_items(self, content: Mapping[str, np.ndarray], count: int) -> Scorer | None:
        """Return one that ranks `count` further items too; None where it cannot."""
        if not isinstance(self.recommender, Growing):
            return None
        try:
            grown = self.recommender.with_items(content)
        except SeesayError:
            return None
        return Scorer(grown, self.n_items + count, self.index)


def first(scores: np.ndarray, k: int) -> np.ndarray:
    """Return the places of the `k` highest of some scores, best first, ties in order.

    What is not a number or minus infinity is left out.
    """
    scores = np.where(np.isnan(scores), -np.inf, scores)
    if k < len(scores):
        floor = np.partition(scores, len(scores) - k)[len(scores) - k]
        found = np.flatnonzero(scores >= max(floor, np.finfo(np.float32).min))
    else:
        found = np.flatnonzero(scores > -np.inf)
    return found[np.argsort(-scores[found], kind="stable")[:k]]


def diverse(scores: np.ndarray, vectors: np.ndarray, k: int, diversity: float) -> list[int]:
    """Return the places of `k` items by maximal marginal relevance, best first.

    Each next one has the highest `(1 - diversity) x relevance - diversity x nearness`, where the
    relevance is the score between 0 for the lowest and 1 for the highest, and the nearness is the
    cosine to the nearest item taken so far (Carbonell and Goldstein 1998).

    Args:
        scores: [candidates], the highest first.
        vectors: [candidates, dim], rows of length one.
    """
    spread = float(scores[0] - scores[-1]) if len(scores) else 0.0
    relevance = (scores - scores[-1]) / spread if spread > 0 else np.ones(len(scores))
    nearest = np.zeros(len(scores))
    taken: list[int] = []
    left = np.ones(len(scores), bool)
    for _ in range(min(k, len(scores))):
        gain = (1 - diversity) * relevance - diversity * nearest
        choice = int(np.where(left, gain, -np.inf).argmax())
        taken.append(choice)
        left[choice] = False
        cosines = vectors @ vectors[choice]
        nearest = cosines if len(taken) == 1 else np.maximum(nearest, cosines)
    return taken
