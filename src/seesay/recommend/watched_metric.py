"""A metric of content that is learned from what people watched together, in closed form.

Untrained content counts every way in which two items can be alike. What people watch together says
which ways matter to them, and that holds for an item that nobody has watched yet too.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from seesay.recommend.interactions import Interactions

USERS_AT_ONCE = 8192
# Of the strongest axis. Where few axes attract, these tell apart what would be tied.
FLOOR = 1e-3


def watched_metric(train: Interactions, vectors: np.ndarray, ridge: float) -> np.ndarray:
    """Return [rank, rank] float32; times it, vectors are near where their items are watched alike.

    The bilinear form M for which z' M z* is nearest to the scaled co-occurrence of two items, by
    least squares with a ridge, is (G + r)^-1 C (G + r)^-1, where G holds the products of the axes
    over the watched items, and C those over the pairs that were watched together. Its axes are
    evened out by a square root, as in `geometry.Whitening`; one along which items that are
    watched together differ counts for next to nothing.

    Where nothing was watched together, it is the identity.

    Args:
        vectors: [items, rank], rows of length one or zero.
        ridge: what is added to G, in parts of its mean eigenvalue.
    """
    together, watched = _together(train, vectors)
    items = vectors[watched].astype(np.float64)
    gram = items.T @ items
    rank = len(gram)
    shrunk = np.linalg.inv(gram + max(ridge * np.trace(gram) / rank, 1e-9) * np.eye(rank))
    values, axes = np.linalg.eigh(shrunk @ together @ shrunk)
    if values[-1] <= 0:
        return np.eye(rank, dtype=np.float32)
    return np.asarray(axes * np.maximum(values, FLOOR * values[-1]) ** 0.25, np.float32)


def _together(train: Interactions, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of z z*' over pairs of different items watched by one, and which are watched.

    A pair counts for one over the history's length, and over the root of how often each of the two
    was watched.
    """
    matrix = train.matrix()
    counts = matrix.sum(axis=0)
    lengths = np.maximum(np.diff(matrix.indptr), 1)
    by_user = sparse.diags_array(1 / np.sqrt(lengths))
    by_item = sparse.diags_array(1 / np.sqrt(np.maximum(counts, 1)))
    scaled = (by_user @ matrix @ by_item).astype(np.float32).tocsr()
    sums = np.zeros((vectors.shape[1],) * 2)
    for start in range(0, train.n_users, USERS_AT_ONCE):
        users = scaled[start : start + USERS_AT_ONCE] @ vectors
        sums += users.T @ users
    with_itself = scaled.multiply(scaled).sum(axis=0)
    return sums - (vectors * with_itself[:, None]).T @ vectors, counts > 0
