"""Metrics of one target a user, from its rank among all items, and of what is recommended."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seesay.recommend.ranking import ndcg


def hit_rate(ranks: np.ndarray, k: int) -> np.ndarray:
    """Return 1 for each user whose target is among the first `k`, else 0; float64 [users]."""
    return np.asarray(ranks <= k, np.float64)


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


def gini(top: np.ndarray, n_items: int) -> float:
    """Return how unevenly recommendations fall on items: 0 where all get as many, near 1 for one.

    Args:
        top: item indices [users, k]; -1 stands for no item.
        n_items: the size of the catalogue.
    """
    counts = np.sort(np.bincount(top[top >= 0], minlength=n_items))
    if not counts.sum():
        return 0.0
    places = np.arange(1, n_items + 1)
    return float(2 * (places @ counts) / (n_items * counts.sum()) - (n_items + 1) / n_items)


def novelty(top: np.ndarray, views: np.ndarray, n_users: int) -> float:
    """Return the mean self-information of what is recommended, in bits (Castells et al. 2011).

    That of an item is -log2 of the share of users who watched it, one more of both, so that an item
    that nobody watched has one too.

    Args:
        top: item indices [users, k]; -1 stands for no item.
        views: how many watched each item in training, [items].
    """
    recommended = top[top >= 0]
    shares = (views[recommended] + 1) / (n_users + 1)
    return float(-np.log2(shares).mean()) if len(recommended) else 0.0


def diversity(top: np.ndarray, vectors: np.ndarray, block: int = 1_024) -> float:
    """Return how unlike the items of a list are: 1 less their mean cosine, the mean over users.

    Lists of fewer than two items have none (Ziegler et al. 2005, with the sign turned).

    Args:
        top: item indices [users, k]; -1 stands for no item.
        vectors: [items, dim] of length one, or zero.
        block: users at a time; memory is `block` x k x dim x 4 bytes.
    """
    total, lists = 0.0, 0
    told = np.asarray(vectors.any(axis=1))
    for start in range(0, len(top), block):
        part = top[start : start + block]
        held = (part >= 0) & told[part]
        counts = held.sum(axis=1)
        found = np.where(held[..., None], vectors[part], 0.0)
        # The square of a sum of unit vectors is their number and twice the cosines of all pairs.
        cosines = (found.sum(axis=1, dtype=np.float64) ** 2).sum(axis=1) - counts
        enough = counts > 1
        pairs = (counts * (counts - 1))[enough]
        total += float((1 - cosines[enough] / pairs).sum())
        lists += int(enough.sum())
    return total / lists if lists else 0.0


def per_user(ranks: np.ndarray, ks: Sequence[int]) -> dict[str, np.ndarray]:
    """Return every metric of every user by its name: `hr@k` and `ndcg@k` for each k, and `mrr`."""
    values = {}
    for k in ks:
        values[f"hr@{k}"] = hit_rate(ranks, k)
        values[f"ndcg@{k}"] = ndcg(ranks, k)
    return {**values, "mrr": reciprocal_rank(ranks)}
