"""A trie of semantic IDs: which tokens may follow which, and what an item's whole ID scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Level:
    """The nodes of one depth, in the order of their paths: children of a node lie together.

    Attributes:
        paths: int64 [nodes, depth], the tokens from the root on.
        parents: int64 [nodes], the node of the level above.
        first: int64 [parents + 1]; the children of p are `first[p]` to `first[p + 1]` - 1.
    """

    paths: np.ndarray
    parents: np.ndarray
    first: np.ndarray

    @property
    def siblings(self) -> np.ndarray:
        """How many children each parent has, int64 [parents]."""
        return np.diff(self.first)


@dataclass(frozen=True)
class Trie:
    """The IDs that exist.

    Attributes:
        items: int64 [leaves], the item of each leaf.
        levels: from the first token to the last.
    """

    items: np.ndarray
    levels: tuple[Level, ...]

    @classmethod
    def of(cls, ids: np.ndarray, items: np.ndarray | None = None) -> Trie:
        """Build the trie of [items, tokens] IDs; `items` are the rows to put in, by default all.

        Raises:
            ValueError: two items have the same ID.
        """
        rows = np.arange(len(ids)) if items is None else np.asarray(items, np.int64)
        order = rows[np.lexsort(ids[rows].T[::-1])]
        paths = ids[order].astype(np.int64)
        starts_anew = np.zeros(len(paths), bool)
        starts_anew[:1] = True
        above = np.zeros(len(paths), np.int64)
        count = 1
        levels = []
        for depth in range(1, paths.shape[1] + 1):
            starts_anew[1:] |= paths[1:, depth - 1] != paths[:-1, depth - 1]
            starts = np.flatnonzero(starts_anew)
            parents = above[starts]
            first = np.searchsorted(parents, np.arange(count + 1))
            levels.append(Level(paths[starts, :depth], parents, first))
            above = np.cumsum(starts_anew) - 1
            count = len(starts)
        if count != len(paths):
            raise ValueError("two items have the same ID")
        return cls(order, tuple(levels))

    def nodes(self, n_items: int) -> np.ndarray:
        """Return int64 [n_items, levels], the nodes on the path to each item; -1 if not here."""
        found = np.full((n_items, len(self.levels)), -1, np.int64)
        node = np.arange(len(self.items))
        for depth in range(len(self.levels) - 1, -1, -1):
            found[self.items, depth] = node
            node = self.levels[depth].parents[node]
        return found

    def log_probabilities(
        self, states: Sequence[np.ndarray], vectors: Sequence[np.ndarray], n_items: int
    ) -> np.ndarray:
        """Return the log probability of every item's ID, [users, n_items] float32.

        A node's logit is the dot product of its vector with the user's state at its level, and
        its probability the softmax over its siblings. An only child has the probability one, so
        nothing is computed for it. An item that is not here gets -inf.

        Args:
            states: of each level, [users, dim].
            vectors: of each level, [nodes, dim].
        """
        total = np.zeros((len(states[0]), 1), np.float32)
        for level, state, vector in zip(self.levels, states, vectors, strict=True):
            total = total[:, level.parents]
            siblings = level.siblings
            contested = np.flatnonzero(siblings[level.parents] > 1)
            if len(contested):
                logits = state @ vector[contested].T
                total[:, contested] += _log_softmax(logits, siblings[siblings > 1])
        scores = np.full((len(total), n_items), -np.inf, np.float32)
        scores[:, self.items] = total
        return scores

    def beam(
        self, states: Sequence[np.ndarray], vectors: Sequence[np.ndarray], width: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return one user's best items and their log probabilities, best first.

        Token by token: of all children of the prefixes kept, the `width` best are kept. So
        `width` items come out, where there are so many.

        Args:
            states: of each level, [dim].
            vectors: of each level, [nodes, dim].
        """
        kept, total = np.zeros(1, np.int64), np.zeros(1, np.float32)
        for level, state, vector in zip(self.levels, states, vectors, strict=True):
            counts = level.siblings[kept]
            ends = np.cumsum(counts)
            within = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
            children = np.repeat(level.first[kept], counts) + within
            odds = _log_softmax((vector[children] @ state)[None], counts)[0]
            total = np.repeat(total, counts) + odds
            best = np.argsort(-total, kind="stable")[:width]
            kept, total = children[best], total[best]
        return self.items[kept], total


def _log_softmax(logits: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return log softmax [users, nodes] within runs of `counts` columns, none of them empty."""
    starts = np.cumsum(counts) - counts
    logits = logits - np.repeat(np.maximum.reduceat(logits, starts, axis=1), counts, axis=1)
    sums = np.add.reduceat(np.exp(logits), starts, axis=1)
    return np.asarray(logits - np.repeat(np.log(sums), counts, axis=1), np.float32)
