"""Full ranking: where the target stands among all items, and which items stand first.

Three rules hold everywhere. What is in a history is never recommended. A tie counts against the
scorer, so a constant scorer gets the worst rank. A score that is not a number never helps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seesay.recommend.base import DotProduct, Recommender, Rough
from seesay.recommend.interactions import Holdout

BLOCK = 512
# The scores of a block, 4 bytes each, are gone through several times; more of them lie far from the
# processor. With fewer users than these, the product is slow.
MOST_SCORES = 2**24
LEAST_USERS = 64

# Matrix products give equal vectors scores that differ in the last bits, depending on where in the
# matrix they stand. Up to 0.7 of this was seen; beyond it two scores are taken to differ.
ROUNDING = 4 * float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class Ranking:
    """What one pass over the users gives.

    Attributes:
        ranks: int64 [users], the target's 1-based rank.
        top: int32 [users, k], the first items; -1 where there are fewer.
    """

    ranks: np.ndarray
    top: np.ndarray


def target_ranks(recommender: Recommender, holdout: Holdout, block: int = BLOCK) -> np.ndarray:
    """Return each target's 1-based rank among the candidates outside its history, int64 [users].

    The rank is the number of such items whose score is not below the target's, itself included.
    So another item's NaN counts against the scorer. A target that is in its own history, or whose
    score is NaN, gets the last rank of all, the number of candidates. Scores that differ by less
    than a rounding error are ties.

    Args:
        recommender: gives the scores.
        holdout: histories and targets.
        block: users at a time, at most; memory is 4 bytes a score, of `MOST_SCORES` or of
            `LEAST_USERS` users, whichever are more.

    Raises:
        ValueError: the recommender scores another number of items than the holdout has, or a
            target is no candidate.
    """
    return rank(recommender, holdout, 0, block).ranks


def ndcg(ranks: np.ndarray, k: int) -> np.ndarray:
    """Return 1 / log2(rank + 1) where the target is among the first `k`, else 0; float64 [users].

    With one target the ideal gain is 1, so this is the normalised discounted cumulative gain
    of Järvelin and Kekäläinen (2002).
    """
    return np.where(ranks <= k, 1.0 / np.log2(ranks + 1.0), 0.0)


def rank(recommender: Recommender, holdout: Holdout, k: int, block: int = BLOCK) -> Ranking:
    """Return the targets' ranks and the first `k` items of every user, scoring only once.

    The rules are those of `target_ranks` and `top_k`.
    """
    histories = holdout.histories.histories()
    place = _places(holdout)
    targets = place[holdout.targets]
    if (targets < 0).any():
        raise ValueError("a target is no candidate")
    ranks = np.empty(len(histories), np.int64)
    top = np.full((len(histories), k), -1, np.int32)
    scorer = _Scorer(recommender, block, len(place), holdout.candidates)
    for rows, scores in scorer.blocks(histories):
        seen = _seen(histories[rows], scores.shape[1], place)
        slack = scorer.slack(scores, targets[rows])
        ranks[rows] = _ranks(scores, targets[rows], seen, slack)
        if k:
            first, _ = _first(scores, seen, k)
            top[rows] = first if holdout.candidates is None else _named(first, holdout.candidates)
    return Ranking(ranks, top)


def top_k(
    recommender: Recommender, histories: Sequence[np.ndarray], k: int, block: int = BLOCK
) -> tuple[np.ndarray, np.ndarray]:
    """Return the best `k` items outside each history, and their scores, best first.

    Of equal scores the lower index comes first. An item whose score is NaN or minus infinity is
    never recommended. Where fewer than `k` are left, the rest is -1 with a score of -inf.

    Returns:
        int32 [histories, k] indices and float32 [histories, k] scores.

    Raises:
        ValueError: `k` is less than 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}")
    indices = np.full((len(histories), k), -1, np.int32)
    values = np.full((len(histories), k), -np.inf, np.float32)
    for rows, scores in _Scorer(recommender, block).blocks(histories):
        seen = _seen(histories[rows], scores.shape[1])
        indices[rows], values[rows] = _first(scores, seen, k)
    return indices, values


class _Scorer:
    """Scores blocks of users; the product of a `DotProduct` goes into one buffer, used again."""

    def __init__(
        self,
        recommender: Recommender,
        block: int,
        n_items: int | None = None,
        candidates: np.ndarray | None = None,
    ) -> None:
        self.recommender = recommender
        self.n_items = n_items
        self.candidates = candidates
        self.dot = recommender if isinstance(recommender, DotProduct) else None
        self.rounding = recommender.rounding if isinstance(recommender, Rough) else ROUNDING
        items = self.dot.item_vectors() if self.dot else np.empty((0, 0))
        self.items = np.asarray(items, np.float32)
        if self.dot:
            self.items = self._only_candidates(self.items.T).T
        self.item_norms = np.linalg.norm(self.items, axis=1)
        width = len(self.items) if self.dot else n_items
        self.block = min(block, max(LEAST_USERS, MOST_SCORES // (width or 1)))
        self.user_norms = np.empty(0, np.float32)

    def blocks(self, histories: Sequence[np.ndarray]) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield which users, and their scores; the next block overwrites them."""
        buffer = np.empty((min(self.block, len(histories)), len(self.items)), np.float32)
        for start in range(0, len(histories), self.block):
            rows = slice(start, min(start + self.block, len(histories)))
            if self.dot is None:
                scores = np.asarray(self.recommender.score(histories[rows]))
                yield rows, self._only_candidates(scores)
            else:
                users = np.asarray(self.dot.user_vectors(histories[rows]), np.float32)
                self.user_norms = np.linalg.norm(users, axis=1)
                yield rows, np.matmul(users, self.items.T, out=buffer[: len(users)])

    def _only_candidates(self, columns: np.ndarray) -> np.ndarray:
        """Return the columns of the candidates, of one column an item."""
        if self.n_items not in (None, columns.shape[1]):
            raise ValueError(f"{columns.shape[1]} items were scored, and there are {self.n_items}")
        return columns if self.candidates is None else columns[:, self.candidates]

    def slack(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return how far below the target a score still ties with it, for the last block."""
        if self.dot is None:
            own = np.abs(scores[np.arange(len(targets)), targets])
            scale = np.fmax(own, np.abs(np.fmax.reduce(scores, axis=1)))
            return np.where(np.isfinite(scale), self.rounding * scale, 0.0)
        return np.asarray(ROUNDING * self.user_norms * self.item_norms[targets], np.float32)


def _places(holdout: Holdout) -> np.ndarray:
    """Return the place of each item among the candidates; -1 for one that is none."""
    n_items = holdout.histories.n_items
    if holdout.candidates is None:
        return np.arange(n_items)
    place = np.full(n_items, -1)
    place[holdout.candidates] = np.arange(len(holdout.candidates))
    return place


def _named(first: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Return the items that stand at places among the candidates; -1 stays."""
    return np.where(first < 0, -1, candidates[first])


def _seen(
    histories: Sequence[np.ndarray], n_items: int, place: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows and columns of the histories, each pair once.

    Args:
        place: which column each item has, -1 for none; by default its index.
    """
    lengths = [len(history) for history in histories]
    rows = np.repeat(np.arange(len(histories)), lengths)
    columns = np.concatenate([*histories, np.empty(0, np.int64)]).astype(np.int64)
    if place is not None:
        columns = place[columns]
        rows, columns = rows[columns >= 0], columns[columns >= 0]
    pairs = np.unique(rows * n_items + columns)
    return pairs // n_items, pairs % n_items


def _ranks(
    scores: np.ndarray, targets: np.ndarray, seen: tuple[np.ndarray, np.ndarray], slack: np.ndarray
) -> np.ndarray:
    """Count by rows, which stay in the processor's cache, and take off what the history adds."""
    users, n_items = scores.shape
    own = scores[np.arange(users), targets]
    floors = own - slack
    below = np.fromiter(
        (np.count_nonzero(row < floor) for row, floor in zip(scores, floors, strict=True)),
        np.int64,
        users,
    )
    rows, columns = seen
    masked = ~(scores[rows, columns] < floors[rows])
    ranks: np.ndarray = n_items - below - np.bincount(rows[masked], minlength=users)
    lost = np.isnan(own)
    lost[rows[columns == targets[rows]]] = True
    ranks[lost] = n_items
    return ranks


def _first(
    scores: np.ndarray, seen: tuple[np.ndarray, np.ndarray], k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first `k` items of each row and their scores.

    The k-th largest of the maxima of disjoint groups of items is a lower bound of the k-th largest
    score, so only the few items at or above it are sorted.
    """
    users, n_items = scores.shape
    indices = np.full((users, k), -1, np.int32)
    values = np.full((users, k), -np.inf, np.float32)
    ends = np.searchsorted(seen[0], np.arange(users + 1))
    groups = max(16 * k, 256)
    whole = n_items // groups * groups
    row = np.empty(n_items, np.float32)
    for user in range(users):
        row[:] = scores[user]
        row[seen[1][ends[user] : ends[user + 1]]] = -np.inf
        floor = np.finfo(np.float32).min
        if whole:
            peaks = np.fmax.reduce(row[:whole].reshape(-1, groups), axis=0)
            floor = np.fmax(floor, np.partition(np.fmax(peaks, floor), groups - k)[groups - k])
        found = np.flatnonzero(row >= floor)
        best = found[np.argsort(-row[found], kind="stable")[:k]]
        indices[user, : len(best)] = best
        values[user, : len(best)] = row[best]
    return indices, values
