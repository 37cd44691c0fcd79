"""A metric of content that is learned from what people watched together, in closed form.

Untrained content counts every way in which two items can be alike. What people watch together says
which ways matter to them, and that holds for an item that nobody has watched yet too.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from seesay.recommend.interactions import Interactions

USERS_AT_ONCE = 8192
# Of the strongest axis in M, which is 0.18 of its length in the metric. Where few axes attract, the
# others tell apart what would be tied.
FLOOR = 1e-3


def watched_metric(train: Interactions, vectors: np.ndarray, ridge: float) -> np.ndarray:
    """Return [rank, rank] float32; times it, vectors are near where their items are watched alike.

    It comes of the bilinear form M for which z' M z* is nearest to the scaled co-occurrence of two
    watched items, an item with itself counting as none, by least squares with a ridge:
    G M G + r M = C, where G holds the products of the axes over the watched items, and C those over
    the pairs that were watched together. Its axes are evened out by a square root, as in
    `geometry.Whitening`; one along which items that are watched together differ keeps `FLOOR`.

    Where nobody watched two items, it is the identity.

    Args:
        vectors: [items, rank], rows of length one or zero.
        ridge: r, in parts of the square of G's mean eigenvalue.
    """
    matrix = train.matrix()
    if np.diff(matrix.indptr).max(initial=0) < 2:
        return np.eye(vectors.shape[1], dtype=np.float32)
    items = vectors[matrix.sum(axis=0) > 0].astype(np.float64)
    lengths, turn = np.linalg.eigh(items.T @ items)
    shrinkage = np.outer(lengths, lengths) + max(ridge * lengths.mean() ** 2, 1e-9)
    form = turn @ (turn.T @ _together(matrix, vectors) @ turn / shrinkage) @ turn.T
    values, axes = np.linalg.eigh((form + form.T) / 2)
    if values[-1] <= 0:
        return np.eye(len(form), dtype=np.float32)
    return np.asarray(axes * np.maximum(values, FLOOR * values[-1]) ** 0.25, np.float32)


def _together(matrix: sparse.csr_array, vectors: np.ndarray) -> np.ndarray:
    """Return the sum of z z*' over pairs of different items that one user watched.

    A pair counts for one over the history's length, and over the root of how often each of the two
    was watched.
    """
    counts = matrix.sum(axis=0)
    lengths = np.maximum(np.diff(matrix.indptr), 1)
    by_user = sparse.diags_array(1 / np.sqrt(lengths))
    by_item = sparse.diags_array(1 / np.sqrt(np.maximum(counts, 1)))
    scaled = (by_user @ matrix @ by_item).astype(np.float32).tocsr()
    sums = np.zeros((vectors.shape[1],) * 2)
    for start in range(0, len(lengths), USERS_AT_ONCE):
        users = scaled[start : start + USERS_AT_ONCE] @ vectors
        sums += users.T @ users
    with_itself = scaled.multiply(scaled).sum(axis=0)
    return np.asarray(sums - (vectors * with_itself[:, None]).T @ vectors)
