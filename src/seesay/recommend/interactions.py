"""Item indices instead of IDs: the vocabulary and the users' sequences, flat in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy import sparse


@dataclass(frozen=True)
class Vocabulary:
    """The one place where an item's ID becomes a row number and comes back."""

    item_ids: tuple[str, ...]
    _index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {item_id: row for row, item_id in enumerate(self.item_ids)}
        if len(index) != len(self.item_ids):
            raise ValueError("item IDs repeat")
        object.__setattr__(self, "_index", index)

    def __len__(self) -> int:
        return len(self.item_ids)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._index

    def indices(self, item_ids: Sequence[str]) -> np.ndarray:
        """Return the row numbers of IDs as int32; KeyError where one is not known."""
        return np.fromiter((self._index[item] for item in item_ids), np.int32, len(item_ids))

    def ids(self, indices: Sequence[int] | np.ndarray) -> list[str]:
        """Return the IDs of row numbers."""
        return [self.item_ids[index] for index in indices]


@dataclass(frozen=True)
class Interactions:
    """The sequences of all users, one after another.

    Attributes:
        items: int32 item indices, each user's in order of time.
        offsets: int64 [users + 1]; user u's are `items[offsets[u]:offsets[u + 1]]`.
        n_items: the size of the vocabulary.
    """

    items: np.ndarray
    offsets: np.ndarray
    n_items: int

    @property
    def n_users(self) -> int:
        """The number of sequences."""
        return len(self.offsets) - 1

    def history(self, user: int) -> np.ndarray:
        """Return one user's item indices in order of time."""
        return self.items[self.offsets[user] : self.offsets[user + 1]]

    def histories(self) -> list[np.ndarray]:
        """Return every user's item indices."""
        return [self.history(user) for user in range(self.n_users)]

    def matrix(self) -> sparse.csr_array:
        """Return the binary [users, items] matrix as float32."""
        data = np.ones(len(self.items), np.float32)
        shape = (self.n_users, self.n_items)
        # A copy: the histories would be put out of the order of time in their place.
        matrix = sparse.csr_array((data, self.items, self.offsets), shape=shape, copy=True)
        matrix.sum_duplicates()
        matrix.data[:] = 1.0
        return matrix

    def viewers(self) -> np.ndarray:
        """Return how many users watched each item, however often, [items] float32."""
        return np.asarray(self.matrix().sum(axis=0), np.float32)

    @classmethod
    def from_histories(cls, histories: Sequence[np.ndarray], n_items: int) -> Interactions:
        """Put separate histories one after another."""
        lengths = np.fromiter((len(history) for history in histories), np.int64, len(histories))
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        items = np.concatenate([*histories, np.empty(0, np.int32)]).astype(np.int32)
        return cls(items, offsets, n_items)

    @classmethod
    def from_table(
        cls, table: pl.DataFrame, vocabulary: Vocabulary
    ) -> tuple[Interactions, list[str]]:
        """Index a table of `user_id`, `item_id`, `timestamp`; also return the users in order."""
        ordered = table.sort("user_id", "timestamp", maintain_order=True)
        counts = ordered.group_by("user_id", maintain_order=True).len()
        offsets = np.concatenate([[0], np.cumsum(counts["len"].to_numpy())]).astype(np.int64)
        items = vocabulary.indices(ordered["item_id"].to_list())
        return cls(items, offsets, len(vocabulary)), counts["user_id"].to_list()


@dataclass(frozen=True)
class Holdout:
    """What is to be guessed: one next item for each of some histories.

    Attributes:
        candidates: sorted indices of the items among which each target is ranked; None for all.
    """

    histories: Interactions
    targets: np.ndarray
    candidates: np.ndarray | None = None

    @property
    def n_candidates(self) -> int:
        """How many there are."""
        return self.histories.n_items if self.candidates is None else len(self.candidates)

    @property
    def sha256(self) -> str:
        """The SHA-256 of what is guessed after what, in hex: tells validation from test."""
        parts = (self.histories.items, self.histories.offsets, self.targets)
        raw = b"".join(np.asarray(part, np.int64).tobytes() for part in parts)
        return hashlib.sha256(raw).hexdigest()

    def sample(self, count: int, seed: int) -> Holdout:
        """Return `count` of the users, drawn evenly, in their order; all where there are fewer."""
        if count >= len(self.targets):
            return self
        random = np.random.default_rng(seed)
        users = np.sort(random.choice(len(self.targets), count, replace=False))
        chosen = [self.histories.history(user) for user in users]
        histories = Interactions.from_histories(chosen, self.histories.n_items)
        return Holdout(histories, self.targets[users], self.candidates)
