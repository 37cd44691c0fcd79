"""A trie of semantic IDs: which tokens may follow which, and what an item's whole ID scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

# So many that what is computed of them for tens of users stays in the processor's cache.
LEAVES_AT_ONCE = 2**12


@dataclass(frozen=True)
class Level:
    """The nodes of one depth, in the order of their paths: children of a node lie together.

    Attributes:
        paths: int64 [nodes, depth], the tokens from the root on.
        parents: int64 [nodes], the node of the level above.
        first: int64 [parents + 1]; the children of p are `first[p]` to `first[p + 1]` - 1.
        counted: bool [nodes], whose odds the probabilities of a parent's children are taken over.
            A node that is not counted may come to more than what the counted ones leave.
    """

    paths: np.ndarray
    parents: np.ndarray
    first: np.ndarray
    counted: np.ndarray

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
    def of(
        cls,
        ids: np.ndarray,
        items: np.ndarray | None = None,
        watched: np.ndarray | None = None,
    ) -> Trie:
        """Build the trie of [items, tokens] IDs.

        Args:
            items: the rows to put in, by default all.
            watched: bool [items], whose odds count, by default all. The others change no
                probability of these. A node that only others have is counted where no sibling is
                of these; of numbers the first, since all of them are worth the same.

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
            old = np.logical_or.reduceat(
                np.ones(len(order), bool) if watched is None else watched[order], starts
            )
            alone = ~np.logical_or.reduceat(old, first[:-1])
            counted = old | alone[parents]
            if depth == paths.shape[1]:
                counted = old.copy()
                counted[first[:-1][alone]] = True
            levels.append(Level(paths[starts, :depth], parents, first, counted))
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
        nothing is computed for it. An item that is not here gets -inf. A last token that is not
        counted is a number that nothing was learned of: it gets the mean probability of those that
        are.

        Args:
            states: of each level, [users, dim].
            vectors: of each level, [nodes, dim].
        """
        # A row a node: sums over siblings then go through memory in order, many users at once.
        scores = np.full((n_items, len(states[0])), -np.inf, np.float32)
        branches = self._below(0, np.zeros((1, len(states[0])), np.float32), 0, states, vectors)
        for low, high in self._runs():
            total = branches[low:high]
            for depth in range(1, len(self.levels)):
                total = self._below(depth, total, low, states, vectors)
                low, high = self.levels[depth].first[[low, high]]
            scores[self.items[low:high]] = total
        return np.ascontiguousarray(scores.T)

    def _runs(self) -> list[tuple[int, int]]:
        """Return runs of nodes of the first level with `LEAVES_AT_ONCE` leaves, or one node."""
        leaves = np.arange(len(self.levels[0].paths) + 1)
        for level in self.levels[1:]:
            leaves = level.first[leaves]
        starts = [0]
        for node in range(1, len(leaves) - 1):
            if leaves[node + 1] - leaves[starts[-1]] > LEAVES_AT_ONCE:
                starts.append(node)
        return list(pairwise([*starts, len(leaves) - 1]))

    def _below(
        self,
        depth: int,
        total: np.ndarray,
        low: int,
        states: Sequence[np.ndarray],
        vectors: Sequence[np.ndarray],
    ) -> np.ndarray:
        """Return the log probabilities [nodes, users] of the children of a run of parents.

        Args:
            total: [parents, users], theirs.
            low: the first of them.
        """
        level = self.levels[depth]
        first = level.first[low : low + len(total) + 1]
        counts = np.diff(first)
        total = np.repeat(total, counts, axis=0)
        nodes = first[0] + np.flatnonzero(np.repeat(counts, counts) > 1)
        if len(nodes):
            logits = vectors[depth][nodes] @ states[depth].T
            total[nodes - first[0]] += self._odds(level, logits, nodes, counts[counts > 1])
        return total

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
            odds = self._odds(level, (vector[children] @ state)[:, None], children, counts)
            total = np.repeat(total, counts) + odds[:, 0]
            best = np.argsort(-total, kind="stable")[:width]
            kept, total = children[best], total[best]
        return self.items[kept], total

    def _odds(
        self, level: Level, logits: np.ndarray, nodes: np.ndarray, counts: np.ndarray
    ) -> np.ndarray:
        """Return log probabilities [nodes, users] of whole families of `counts` siblings each."""
        counted = level.counted[nodes]
        odds = _log_softmax(logits, counts, counted)
        if level is self.levels[-1] and not counted.all():
            families = np.add.reduceat(counted, np.cumsum(counts) - counts, dtype=np.float32)
            odds[~counted] = -np.log(np.repeat(families, counts)[~counted])[:, None]
        return odds


def _log_softmax(logits: np.ndarray, counts: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Return logits [nodes, users] less their log-sum-exp in runs of `counts` rows.

    Sums are taken over the rows that are counted, of which every run has one.
    """
    starts = np.cumsum(counts) - counts
    within = logits.copy()
    within[~counted] = -np.inf
    highest = np.maximum.reduceat(within, starts, axis=0)
    within -= np.repeat(highest, counts, axis=0)
    sums = np.add.reduceat(np.exp(within, out=within), starts, axis=0)
    return np.asarray(logits - np.repeat(highest + np.log(sums), counts, axis=0), np.float32)
