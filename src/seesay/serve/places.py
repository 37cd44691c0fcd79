"""A place on a map for each item, so that likeness is nearness as far as two axes can show it."""

from __future__ import annotations

import numpy as np

from seesay.encode.base import unit_rows

# Beyond this many, the neighbourhoods take minutes to lay out.
MOST_LAID_OUT = 3_000
LEAST_LAID_OUT = 8


def places_of(vectors: np.ndarray) -> np.ndarray:
    """Return [items, 2] float32 in 0..1: t-SNE (van der Maaten 2008), or two principal axes.

    Args:
        vectors: [items, dim]; the axes are taken where there are very few or very many items.
    """
    flat = _axes(unit_rows(np.asarray(vectors, np.float32)))
    distinct = len(np.unique(flat, axis=0))
    if LEAST_LAID_OUT <= len(vectors) <= MOST_LAID_OUT and distinct >= LEAST_LAID_OUT:
        flat = _neighbourhoods(unit_rows(np.asarray(vectors, np.float32)))
    low, high = np.percentile(flat, [1, 99], axis=0)
    spread = np.where(high > low, high - low, 1)
    return np.asarray(np.clip((flat - low) / spread, 0, 1), np.float32)


def _axes(unit: np.ndarray) -> np.ndarray:
    centred = unit - unit.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    flat = np.asarray(centred @ axes[:, ::-1][:, :2])
    return flat if flat.shape[1] == 2 else np.hstack([flat, np.zeros_like(flat)])


def _neighbourhoods(unit: np.ndarray) -> np.ndarray:
    try:
        from sklearn.manifold import TSNE
    except ImportError:
        return _axes(unit)
    near = min(30.0, (len(unit) - 1) / 3)
    layout = TSNE(perplexity=near, init="pca", metric="euclidean", random_state=0)
    laid: np.ndarray = layout.fit_transform(unit)
    return laid
