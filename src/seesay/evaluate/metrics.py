"""Metrics of one target a user, from its rank among all items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def hit_rate(ranks: np.ndarray, k: int) -> np.ndarray:
    """Return 1 for each user whose target is among the first `k`, else 0; float64 [users]."""
    return np.asarray(ranks <= k, np.float64)


def ndcg(ranks: np.ndarray, k: int) -> np.ndarray:
    """Return 1 / log2(rank + 1) where the target is among the first `k`, else 0; float64 [users].

    With one target the ideal gain is 1, so this is the normalised discounted cumulative gain
    of Järvelin and Kekäläinen (2002).
    """
    return np.where(ranks <= k, 1.0 / np.log2(ranks + 1.0), 0.0)


def reciprocal_rank(ranks: np.ndarray) -> np.ndarray:
    """Return 1 / rank, with no cut-off; float64 [users]."""
    return 1.0 / np.asarray(ranks, np.float64)


def coverage(top: np.ndarray, n_items: int) -> float:
    """Return the share of the catalogue that is recommended to anybody.

    Args:
        top: item indices [users, k]; -1 stands for no item.
        n_items: the size of the catalogue.
    """
    return len(np.unique(top[top >= 0])) / n_items if n_items else 0.0


def per_user(ranks: np.ndarray, ks: Sequence[int]) -> dict[str, np.ndarray]:
    """Return every metric of every user by its name: `hr@k` and `ndcg@k` for each k, and `mrr`."""
    values = {}
    for k in ks:
        values[f"hr@{k}"] = hit_rate(ranks, k)
        values[f"ndcg@{k}"] = ndcg(ranks, k)
    return {**values, "mrr": reciprocal_rank(ranks)}
