"""Approximate search for catalogues of millions: an inverted file of faiss, its recall measured.

Up to a million items the exact product of a user with all of them takes milliseconds; beyond, most
of them are not looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from seesay.core.plugins import require

LEAST_ITEMS = 1_000_000
# For each list, faiss wants at least 39 vectors to find its centre by.
TRAINED_ON = 40
LISTS_LOOKED_AT = 64
ASKED = 200


class Approximate:
    """Finds rows with a high inner product (Jégou et al. 2011; Johnson et al. 2017).

    Attributes:
        size: how many vectors it knows.
    """

    def __init__(self, index: Any) -> None:
        self._index = index
        self._index.nprobe = min(LISTS_LOOKED_AT, index.nlist)
        self.size = int(index.ntotal)

    @classmethod
    def build(cls, items: np.ndarray, seed: int = 0) -> Approximate:
        """Sort vectors into lists, as many as twice the square root of their number.

        Raises:
            SeesayError: faiss is not installed.
        """
        faiss = require("faiss", "faiss")
        count, dim = items.shape
        lists = max(1, min(int(2 * count**0.5), count // TRAINED_ON))
        centres = faiss.IndexFlatIP(dim)
        index = faiss.IndexIVFFlat(centres, dim, lists, faiss.METRIC_INNER_PRODUCT)
        index.cp.seed = seed
        random = np.random.default_rng(seed)
        sample = random.choice(count, min(count, TRAINED_ON * lists), replace=False)
        index.train(np.ascontiguousarray(items[np.sort(sample)], np.float32))
        index.add(np.ascontiguousarray(items, np.float32))
        # Each list is with its own centre; the quantiser must outlive this function.
        index.own_fields = True
        centres.this.disown()
        return cls(index)

    def nearest(self, user: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows found and their products, the best first; perhaps fewer than asked."""
        products, rows = self._index.search(np.ascontiguousarray(user[None], np.float32), count)
        found = rows[0] >= 0
        return rows[0][found], products[0][found]

    def recall(self, items: np.ndarray, users: np.ndarray, k: int = 10) -> float:
        """Return which share of the exact first `k` of some users it finds."""
        found = 0
        for user in users:
            exact = np.argpartition(-(items @ user), k)[:k]
            found += len(np.intersect1d(exact, self.nearest(user, k)[0]))
        return found / (k * len(users))

    def save(self, path: Path) -> None:
        """Write it."""
        require("faiss", "faiss").write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path) -> Approximate:
        """Read what `save` wrote."""
        return cls(require("faiss", "faiss").read_index(str(path)))
