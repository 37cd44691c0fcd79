"""Content vectors brought into a geometry in which a cosine means something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def unit_rows(matrix: np.ndarray) -> np.ndarray:
    """Return the rows scaled to length one; a row of zeros stays as it is."""
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.maximum(norms, 1e-12), np.float32)


def half_whiten(matrix: np.ndarray, power: float = 0.5) -> np.ndarray:
    """Centre, turn onto principal axes, divide each by its singular value to `power`.

    Embeddings lie in a narrow cone whose first axes say little; full whitening (`power` 1) lifts
    the noise of the last ones as high as the signal, half of it keeps the order (Su et al. 2021,
    arXiv 2103.15316, is the full form).

    Args:
        matrix: [items, dim], any finite values.
        power: 0 keeps the spread of the axes, 1 makes all of them equal.

    Returns:
        [items, rank] float32 rows of length one, axes in order of falling variance; axes without
        variance are left out. Rows that equal the mean come out as zeros.
    """
    centred = np.asarray(matrix, np.float64) - matrix.mean(axis=0, dtype=np.float64)
    variances, axes = np.linalg.eigh(centred.T @ centred)
    kept = np.flatnonzero(variances > max(variances[-1], 0.0) * 1e-9)[::-1]
    if not len(kept):
        return np.zeros((len(matrix), 1), np.float32)
    scale = variances[kept] ** (-power / 2)
    return unit_rows(centred @ (axes[:, kept] * scale))


def recency_weights(length: int, decay: float) -> np.ndarray:
    """Return float32 weights `decay ** steps before the last`, oldest first."""
    return np.asarray(decay ** np.arange(length - 1, -1, -1), np.float32)


def recency_mean(vectors: np.ndarray, histories: Sequence[np.ndarray], decay: float) -> np.ndarray:
    """Return [histories, dim] float32: each history's recency-weighted mean, of length one.

    An empty history gives zeros.
    """
    users = np.zeros((len(histories), vectors.shape[1]), np.float32)
    for row, history in enumerate(histories):
        if len(history):
            users[row] = recency_weights(len(history), decay) @ vectors[history]
    return unit_rows(users)


def content_vectors(parts: Mapping[str, np.ndarray], power: float) -> np.ndarray:
    """Return all content features side by side, each half-whitened, rows of length one.

    The cosine of two rows is the mean of the features' own cosines.
    """
    return unit_rows(np.hstack([half_whiten(matrix, power) for matrix in parts.values()]))
