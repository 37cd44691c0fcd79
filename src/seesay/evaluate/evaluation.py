"""One recommender on one holdout: full ranking, the metrics, and every user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from seesay.evaluate.metrics import coverage, diversity, gini, novelty, per_user
from seesay.recommend.base import Recommender
from seesay.recommend.interactions import Holdout
from seesay.recommend.ranking import BLOCK, Ranking, rank
from seesay.recommend.task import Task

KS = (10, 20)
AMONG_COLD = " among cold"


@dataclass(frozen=True)
class Evaluation:
    """What a recommender came to.

    Attributes:
        metrics: `hr@k`, `ndcg@k` and `coverage@k` for each k, and `mrr`; means over users.
        per_user: one row a user in the holdout's order: `user_id` where the IDs were given,
            `rank`, and every metric that users have under its name.
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
    """Rank the candidates for every user of the holdout, by the rules of `recommend.ranking`.

    Raises:
        ValueError: the holdout has no users, or there are more or fewer IDs than users.
    """
    if not len(holdout.targets):
        raise ValueError("there is nobody to evaluate on")
    ranking = rank(recommender, holdout, max(ks), block)
    return figures(ranking, holdout.n_candidates, ks, user_ids)


def evaluate_test(
    ranked: Callable[[Holdout, int], Ranking], task: Task, likeness: np.ndarray | None = None
) -> Evaluation:
    """Return the figures of a task's test, and those over the catalogue.

    Where that guesses cold items, hr@10 and ndcg@10 stand there a second time, ` among cold`: with
    the cold items as the only candidates.

    Args:
        ranked: gives the targets' ranks and the first so many items for a holdout.
        likeness: vectors of length one by which the diversity of lists is measured, [items, dim].
    """
    ranking = ranked(task.test, max(KS))
    whole = figures(ranking, task.test.n_candidates, KS, task.users)
    whole = replace(whole, metrics={**whole.metrics, **over_catalogue(ranking, task, likeness)})
    if not len(task.cold):
        return whole
    k = KS[0]
    part = figures(ranked(replace(task.test, candidates=task.cold), k), len(task.cold), [k])
    renamed = {name: f"{name}{AMONG_COLD}" for name in (f"hr@{k}", f"ndcg@{k}")}
    added = {new: part.metrics[old] for old, new in renamed.items()}
    table = part.per_user.select(pl.col(old).alias(new) for old, new in renamed.items())
    return Evaluation(
        {**whole.metrics, **added}, pl.concat([whole.per_user, table], how="horizontal")
    )


def most_ranked(task: Task) -> dict[str, int]:
    """Return among how many items a target stands at most: the candidates a user has not watched.

    A list that is as long holds every target, whoever made it. The key ` among cold` is there where
    cold items are guessed.
    """

    def most(holdout: Holdout) -> int:
        watched = holdout.histories.matrix()
        if holdout.candidates is not None:
            watched = watched[:, holdout.candidates]
        return int(holdout.n_candidates - watched.sum(axis=1).min())

    found = {"": most(task.test)}
    if len(task.cold):
        found[AMONG_COLD] = most(replace(task.test, candidates=task.cold))
    return found


def over_catalogue(
    ranking: Ranking, task: Task, likeness: np.ndarray | None = None
) -> dict[str, float]:
    """Return how even, how novel and how diverse the first ten of all users are."""
    k, candidates = KS[0], task.test.candidates
    top = ranking.top[:, :k]
    viewers = task.train.matrix().sum(axis=0)
    places = top if candidates is None else np.where(top < 0, -1, np.searchsorted(candidates, top))
    found = {
        f"gini@{k}": gini(places, task.test.n_candidates),
        f"novelty@{k}": novelty(top, viewers, task.train.n_users),
    }
    return found if likeness is None else {**found, f"diversity@{k}": diversity(top, likeness)}


def figures(
    ranking: Ranking, n_candidates: int, ks: Sequence[int], user_ids: Sequence[str] | None = None
) -> Evaluation:
    """Return the metrics of a ranking, and every user's own.

    Raises:
        ValueError: there are more or fewer IDs than users.
    """
    values = per_user(ranking.ranks, ks)
    metrics = {name: float(value.mean()) for name, value in values.items()}
    for k in ks:
        metrics[f"coverage@{k}"] = coverage(ranking.top[:, :k], n_candidates)
    table = pl.DataFrame({"rank": ranking.ranks, **values})
    if user_ids is not None:
        if len(user_ids) != len(table):
            raise ValueError(f"{len(user_ids)} user IDs for {len(table)} users")
        table = table.insert_column(0, pl.Series("user_id", user_ids, pl.String))
    return Evaluation(metrics, table)
