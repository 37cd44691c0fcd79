"""One recommender on one holdout: full ranking, the metrics, and every user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from seesay.evaluate.metrics import coverage, per_user
from seesay.recommend.base import Recommender
from seesay.recommend.interactions import Holdout
from seesay.recommend.ranking import BLOCK, rank

KS = (10, 20)


@dataclass(frozen=True)
class Evaluation:
    """What a recommender came to.

    Attributes:
        metrics: `hr@k`, `ndcg@k` and `coverage@k` for each k, and `mrr`; means over users.
        per_user: one row a user in the holdout's order: `user_id` where the IDs were given,
            `rank`, and every metric but coverage under its name.
    """

    metrics: Mapping[str, float]
    per_user: pl.DataFrame


def evaluate(
    recommender: Recommender,
    holdout: Holdout,
    ks: Sequence[int] = KS,
    user_ids: Sequence[str] | None = None,
    block: int = BLOCK,
) -> Evaluation:
    """Rank all items for every user of the holdout, by the rules of `recommend.ranking`.

    Raises:
        ValueError: the holdout has no users, or there are more or fewer IDs than users.
    """
    if not len(holdout.targets):
        raise ValueError("there is nobody to evaluate on")
    ranking = rank(recommender, holdout, max(ks), block)
    values = per_user(ranking.ranks, ks)
    metrics = {name: float(value.mean()) for name, value in values.items()}
    for k in ks:
        metrics[f"coverage@{k}"] = coverage(ranking.top[:, :k], holdout.histories.n_items)
    table = pl.DataFrame({"rank": ranking.ranks, **values})
    if user_ids is not None:
        if len(user_ids) != len(table):
            raise ValueError(f"{len(user_ids)} user IDs for {len(table)} users")
        table = table.insert_column(0, pl.Series("user_id", user_ids, pl.String))
    return Evaluation(metrics, table)
