"""From evaluations to the table: seeds put together, and each cell beside its references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from seesay.evaluate.comparison import MAIN, Cell, Gain, Reference
from seesay.evaluate.evaluation import Evaluation
from seesay.evaluate.significance import Interval, holm, resample, samples_for
from seesay.recommend.base import ID, PLACEBOS


@dataclass(frozen=True)
class Outcome:
    """What one recommender came to on one set of features: an evaluation a seed, or why none."""

    recommender: str
    features: str
    evaluations: Mapping[int, Evaluation] = field(default_factory=dict)
    seconds: float | None = None
    note: str = ""
    failed: bool = False


def is_placebo(features: str) -> bool:
    """Whether no content in a set of features says anything; IDs beside it do not matter."""
    content = set(features.split("+")) - {ID}
    return bool(content) and content <= PLACEBOS


def make_table(
    outcomes: Sequence[Outcome],
    metric: str = MAIN,
    beside_id: bool = True,
    together: np.ndarray | None = None,
) -> tuple[tuple[Cell, ...], tuple[Gain, ...]]:
    """Put the seeds of each outcome together, and compare each with its references.

    The gains are in one metric, and Holm's correction is over all of them. Drawn anew are the
    users, the same ones in the same order in every outcome, one by one or as `together` says, and
    the seeds of each outcome apart.

    Args:
        beside_id: whether each cell is compared with its recommender's `id`.
        together: which users are drawn as one; see `resample`.
    """
    done = [one for one in outcomes if one.evaluations]
    intervals: list[dict[str, Interval]] = [{} for _ in done]
    gains: tuple[Gain, ...] = ()
    pairs = [pair for pair in _references(done, metric) if beside_id or pair[2] != "id"]
    for name in _metrics_of_users(done):
        drawn = resample(
            np.array([users_values(one, name) for one in done]),
            samples_for(len(pairs) if name == metric else 0),
            of_seeds=[_seeds_values(one, name) for one in done],
            together=together,
        )
        for row, found in enumerate(intervals):
            found[name] = drawn.interval(row)
        if name == metric:
            compared = [drawn.difference(row, other) for row, other, _ in pairs]
            corrected = holm([p for _, p in compared])
            gains = tuple(
                _gain(done[row], done[other], over, metric, difference, p, p_holm)
                for (row, other, over), (difference, p), p_holm in zip(
                    pairs, compared, corrected, strict=True
                )
            )
    rows = iter(intervals)
    return tuple(_cell(one, next(rows) if one.evaluations else {}) for one in outcomes), gains


def _metrics_of_users(done: Sequence[Outcome]) -> list[str]:
    """Return the metrics that every user of every outcome has."""
    tables = [result.per_user for one in done for result in one.evaluations.values()]
    names = next(iter(done[0].evaluations.values())).metrics if done else ()
    return [name for name in names if all(name in table.columns for table in tables)]


def _cell(outcome: Outcome, interval: Mapping[str, Interval]) -> Cell:
    evaluations = list(outcome.evaluations.values())
    # Seeds that were tested by another version may know other metrics.
    names = [
        name
        for name in (evaluations[0].metrics if evaluations else ())
        if all(name in result.metrics for result in evaluations)
    ]
    figures = {name: [result.metrics[name] for result in evaluations] for name in names}
    spread = len(evaluations) > 1
    return Cell(
        outcome.recommender,
        outcome.features,
        tuple(outcome.evaluations),
        {name: float(np.mean(values)) for name, values in figures.items()},
        {name: float(np.std(values, ddof=1)) for name, values in figures.items() if spread},
        interval,
        outcome.seconds,
        outcome.note,
        evaluations[0].per_user.height if evaluations else 0,
        outcome.failed,
    )


def _references(done: Sequence[Outcome], metric: str) -> list[tuple[int, int, Reference]]:
    """Return which outcome is compared with which, and what the second one is to the first.

    The best placebo and the best cell are found on the test figures themselves. For placebos that
    makes the comparison harder to win; beside the best cell, others look a little too bad.
    """
    if not done:
        return []
    means = [
        float(np.mean([_mean(one, metric) for one in done[row].evaluations.values()]))
        for row in range(len(done))
    ]
    best = int(np.argmax(means))
    pairs: list[tuple[int, int, Reference]] = []
    for row, ours in enumerate(done):
        same = [other for other, one in enumerate(done) if one.recommender == ours.recommender]
        ids = [other for other in same if done[other].features == ID]
        placebos = [other for other in same if _is_placebo_of(done[other], ours)]
        if not placebos:
            placebos = [other for other in same if _is_bare_placebo(done[other])]
        if ids and ids[0] != row:
            pairs.append((row, ids[0], "id"))
        if placebos and not is_placebo(ours.features):
            pairs.append((row, max(placebos, key=means.__getitem__), "placebo"))
        if row != best:
            pairs.append((row, best, "best"))
    return pairs


def _is_placebo_of(placebo: Outcome, ours: Outcome) -> bool:
    """Whether a cell is ours with placebos for its content: IDs beside them where ours has IDs."""
    parts = ours.features.split("+")
    fused = len(parts) > 1 and ID in parts
    return is_placebo(placebo.features) and (ID in placebo.features.split("+")) == fused


def _is_bare_placebo(outcome: Outcome) -> bool:
    return is_placebo(outcome.features) and ID not in outcome.features.split("+")


def _gain(
    ours: Outcome,
    theirs: Outcome,
    over: Reference,
    metric: str,
    difference: Interval,
    p: float,
    p_holm: float,
) -> Gain:
    other = "" if theirs.recommender == ours.recommender else theirs.recommender
    return Gain(
        ours.recommender, ours.features, theirs.features, metric, difference, over, other, p, p_holm
    )


def _mean(evaluation: Evaluation, metric: str) -> float:
    return float(evaluation.metrics[metric])


def users_values(outcome: Outcome, metric: str) -> np.ndarray:
    """Return each user's mean over seeds."""
    values = [result.per_user[metric].to_numpy() for result in outcome.evaluations.values()]
    return np.asarray(np.mean(values, axis=0))


def _seeds_values(outcome: Outcome, metric: str) -> list[float]:
    """Return each seed's mean over users."""
    tables = (result.per_user for result in outcome.evaluations.values())
    return [float(table[metric].to_numpy().mean()) for table in tables]
