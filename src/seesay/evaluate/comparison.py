"""Recommenders x features: every cell's figures, the gains, and the facts to repeat them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from seesay.core.errors import SeesayError
from seesay.evaluate.codebook import Codebook
from seesay.evaluate.significance import LEVEL, Interval
from seesay.evaluate.slices import Slices

MAIN = "ndcg@10"
# The same users' figures, added up in another order, differ by less.
SAME = 1e-9
OVER_CATALOGUE = ("coverage", "gini", "novelty", "diversity")
Reference = Literal["id", "placebo", "best"]
Drawn = Literal["users", "items"]


@dataclass(frozen=True)
class Cell:
    """One line of the table.

    Attributes:
        mean: each metric's mean over seeds; empty where there is no result.
        std: each metric's sample standard deviation over seeds; empty below two seeds.
        interval: 95% of each metric that users have, over users, or items with their users, and
            over seeds where there are two or more.
        users: how many were tested.
        seconds: training and evaluation of all seeds.
        note: why there is no result, or what else must be known.
        failed: it should have a result, and could not be had.
    """

    recommender: str
    features: str
    seeds: tuple[int, ...] = ()
    mean: Mapping[str, float] = field(default_factory=dict)
    std: Mapping[str, float] = field(default_factory=dict)
    interval: Mapping[str, Interval] = field(default_factory=dict)
    seconds: float | None = None
    note: str = ""
    users: int = 0
    failed: bool = False

    def is_best(self, metric: str, best: Mapping[str, float]) -> bool:
        """Whether its mean is the one that `Comparison.best` gives, but for rounding."""
        return metric in best and abs(best[metric] - self.mean.get(metric, math.inf)) < SAME


@dataclass(frozen=True)
class Gain:
    """How far a cell is above another one, paired by user.

    Attributes:
        against: the features of the other cell.
        recommender_against: its recommender; empty where it is the same.
        over: what the other cell is: the same recommender on IDs, its best placebo, or the best
            cell of the table.
        p: two-sided, by the bootstrap.
        p_holm: corrected for all gains of the table.
    """

    recommender: str
    features: str
    against: str
    metric: str
    difference: Interval
    over: Reference = "id"
    recommender_against: str = ""
    p: float = 1.0
    p_holm: float = 1.0

    @property
    def significant(self) -> bool:
        """Whether the cells differ after the correction."""
        return self.p_holm < LEVEL


@dataclass(frozen=True)
class KnockOut:
    """What a trained fusion comes to when one of its parts is taken away at the test.

    Attributes:
        part: `id` or a content feature.
        mean: the metric's mean over users and seeds without the part.
        loss: how much lower that is than with all parts, paired by user.
    """

    recommender: str
    features: str
    part: str
    metric: str
    mean: float
    loss: Interval


@dataclass(frozen=True)
class Comparison:
    """All that a table and a report show.

    Attributes:
        dataset: facts by the label that a person reads, such as users, items, interactions.
        simulated: the viewers were made up.
        describer: who wrote the descriptions; empty where no feature needed any.
        grades: of these descriptions, as `describe.review.Review.spread` gives them.
        settings: each recommender's settings.
        versions: of the packages that decide the figures, and what made each feature.
        preset: the name of the preset that was asked for.
        split: counts before and after what the split's settings leave out.
        audit: what the look for leaks found, by the name of the check.
        tuning: how the settings were searched, by recommender and features.
        knock_outs: what fusions come to without one of their parts.
        codebooks: the semantic IDs of generative cells, by recommender and features.
        unsliced: why there is no slice of a kind, by its name.
        drawn: what the bootstrap draws; items come each with all users who are tested on it.
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
    preset: str = ""
    split: Mapping[str, Any] = field(default_factory=dict)
    audit: Mapping[str, Any] = field(default_factory=dict)
    tuning: Mapping[str, Any] = field(default_factory=dict)
    knock_outs: tuple[KnockOut, ...] = ()
    codebooks: Mapping[str, Codebook] = field(default_factory=dict)
    slices: tuple[Slices, ...] = ()
    unsliced: Mapping[str, str] = field(default_factory=dict)
    drawn: Drawn = "users"

    @property
    def users(self) -> int:
        """How many users were tested."""
        return max((cell.users for cell in self.cells), default=0)

    @property
    def metrics(self) -> list[str]:
        """The metrics of the table, in the order in which the cells have them."""
        return list(dict.fromkeys(name for cell in self.cells for name in cell.mean))

    def best(self) -> dict[str, float]:
        """Return the highest mean of each metric.

        What is over the catalogue is left out: to recommend everything is not to recommend well.
        So is a metric in which all cells tie, but for rounding: none of them is the best.
        """
        values = {
            metric: [cell.mean[metric] for cell in self.cells if metric in cell.mean]
            for metric in self.metrics
            if not metric.startswith(OVER_CATALOGUE)
        }
        return {
            metric: max(found)
            for metric, found in values.items()
            if len(found) == 1 or max(found) - min(found) >= SAME
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
