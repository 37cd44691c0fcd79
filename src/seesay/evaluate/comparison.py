"""Recommenders x features: every cell's figures, the gains, and the facts to repeat them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from seesay.core.errors import SeesayError
from seesay.evaluate.evaluation import Evaluation
from seesay.evaluate.significance import Interval, mean_interval, paired_interval

MAIN = "ndcg@10"
BASELINES = ("id", "random", "shuffled")


@dataclass(frozen=True)
class Outcome:
    """What one recommender came to on one set of features: an evaluation a seed, or why none."""

    recommender: str
    features: str
    evaluations: Mapping[int, Evaluation] = field(default_factory=dict)
    seconds: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Cell:
    """One line of the table.

    Attributes:
        mean: each metric's mean over seeds; empty where there is no result.
        std: each metric's sample standard deviation over seeds; empty below two seeds.
        interval: 95% over users of each metric but coverage, every user's value being the mean
            over seeds.
        seconds: training and evaluation of all seeds.
        note: why there is no result, or what else must be known.
    """

    recommender: str
    features: str
    seeds: tuple[int, ...] = ()
    mean: Mapping[str, float] = field(default_factory=dict)
    std: Mapping[str, float] = field(default_factory=dict)
    interval: Mapping[str, Interval] = field(default_factory=dict)
    seconds: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Gain:
    """How much a set of features adds to a recommender over another, paired by user."""

    recommender: str
    features: str
    against: str
    metric: str
    difference: Interval


@dataclass(frozen=True)
class Comparison:
    """All that a table and a report show.

    Attributes:
        dataset: facts by the label that a person reads, such as users, items, interactions.
        simulated: the viewers were made up.
        describer: who wrote the descriptions; empty where no feature needed any.
        grades: of these descriptions, as `describe.review.Review.spread` gives them.
        settings: each recommender's settings.
        versions: of the packages that decide the figures.
    """

    cells: tuple[Cell, ...]
    gains: tuple[Gain, ...] = ()
    dataset: Mapping[str, Any] = field(default_factory=dict)
    simulated: bool = False
    describer: str = ""
    grades: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    command: str = ""
    machine: str = ""
    seconds: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def metrics(self) -> list[str]:
        """The metrics of the table, in the order in which the cells have them."""
        return list(dict.fromkeys(name for cell in self.cells for name in cell.mean))

    def best(self) -> dict[str, float]:
        """Return the highest mean of each metric.

        Coverage is left out: to recommend everything is not to recommend well.
        """
        return {
            metric: max(cell.mean[metric] for cell in self.cells if metric in cell.mean)
            for metric in self.metrics
            if not metric.startswith("coverage")
        }

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        values: dict[str, Any] = TypeAdapter(Comparison).dump_python(self, mode="json")
        return values

    @classmethod
    def from_dict(cls, values: Any) -> Comparison:
        """Read what `as_dict` gave.

        Raises:
            SeesayError: it is something else.
        """
        try:
            return TypeAdapter(Comparison).validate_python(values)
        except ValidationError as error:
            raise SeesayError(
                f"This is no comparison: {error.errors()[0]['msg']}.", "Run: seesay compare"
            ) from error


def make_cell(outcome: Outcome) -> Cell:
    """Put the seeds of an outcome together."""
    evaluations = list(outcome.evaluations.values())
    names = evaluations[0].metrics if evaluations else ()
    figures = {name: [result.metrics[name] for result in evaluations] for name in names}
    return Cell(
        outcome.recommender,
        outcome.features,
        tuple(outcome.evaluations),
        {name: float(np.mean(values)) for name, values in figures.items()},
        {
            name: float(np.std(values, ddof=1))
            for name, values in figures.items()
            if len(values) > 1
        },
        {
            name: mean_interval(_users(outcome, name))
            for name in names
            if name in evaluations[0].per_user.columns
        },
        outcome.seconds,
        outcome.note,
    )


def make_gains(outcomes: Sequence[Outcome], metric: str = MAIN) -> tuple[Gain, ...]:
    """Compare each set of features with the same recommender's baseline.

    The baseline is the first of `id`, `random` and `shuffled` that the recommender has a result
    for; a recommender without any has no gains.
    """
    results = {(one.recommender, one.features): one for one in outcomes if one.evaluations}
    gains = []
    for (recommender, features), ours in results.items():
        against = next((name for name in BASELINES if (recommender, name) in results), features)
        if against != features:
            theirs = results[recommender, against]
            difference = paired_interval(_users(ours, metric), _users(theirs, metric))
            gains.append(Gain(recommender, features, against, metric, difference))
    return tuple(gains)


def _users(outcome: Outcome, metric: str) -> np.ndarray:
    """Return each user's mean over seeds."""
    values = [result.per_user[metric].to_numpy() for result in outcome.evaluations.values()]
    return np.asarray(np.mean(values, axis=0))
