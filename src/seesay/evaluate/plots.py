"""Where the dots, bars and ticks of the report's plots stand, in per cent of the plot's width.

The template draws them as SVG inside HTML, so that text keeps its size on a telephone and colours
follow the reader's theme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from seesay.evaluate.comparison import MAIN, Comparison, Gain
from seesay.evaluate.significance import Interval
from seesay.evaluate.tables import figure, metric_label, what_varies


@dataclass(frozen=True)
class Mark:
    """One line of a plot: a dot with its interval."""

    group: str
    label: str
    interval: Interval
    strong: bool = False


@dataclass(frozen=True)
class Line:
    """A mark in its place."""

    label: str
    dot: float
    low: float
    high: float
    text: str
    strong: bool


@dataclass(frozen=True)
class Tick:
    """A vertical line with its value below; where there is little room, minor ones go without."""

    at: float
    text: str
    minor: bool = False


@dataclass(frozen=True)
class Plot:
    """Groups of lines on one axis.

    Attributes:
        zero: where zero stands, for the line that separates gains from losses.
        signed: what is shown are differences.
    """

    title: str
    caption: str
    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    ticks: tuple[Tick, ...]
    zero: float
    signed: bool = False


def make_plots(comparison: Comparison, metric: str = MAIN) -> list[Plot]:
    """Return the plot of the gains and that of the figures; each only where it has something."""
    name = metric_label(metric)
    gains = [
        Mark(
            f"{gain.recommender}, against {gain.against}",
            gain.features,
            gain.difference,
            gain.significant,
        )
        for gain in plotted_gains(comparison)
        if gain.metric == metric
    ]
    best = comparison.best()
    figures = [
        Mark(cell.recommender, cell.features, cell.interval[metric], cell.is_best(metric, best))
        for cell in comparison.cells
        if metric in cell.interval
    ]
    plots = []
    if gains:
        caption = (
            f"Difference in {name} to the same recommender on other features, user by user, with "
            "its 95% bootstrap interval. Each interval stands alone: of twenty features that add "
            "nothing, one will look as if it did. Filled where the difference stays significant "
            "when all differences of the table are counted (Holm, 5%). The "
            f"{what_varies(comparison.cells, comparison.drawn)}."
        )
        plots.append(lay_out(f"What the features add to {name}", caption, gains, signed=True))
    if figures:
        caption = f"{name} and its 95% bootstrap interval. The best is filled."
        plots.append(lay_out(f"{name} of each pair", caption, figures))
    return plots


def plotted_gains(comparison: Comparison) -> list[Gain]:
    """Return the gains over IDs; over the best placebo where a recommender was not run on IDs."""
    with_ids = {gain.recommender for gain in comparison.gains if gain.over == "id"}
    return [
        gain
        for gain in comparison.gains
        if gain.over == ("id" if gain.recommender in with_ids else "placebo")
    ]


def lay_out(title: str, caption: str, marks: Sequence[Mark], signed: bool = False) -> Plot:
    """Put marks on an axis that holds zero and all intervals; `marks` must not be empty."""
    low = min(0.0, *(mark.interval.low for mark in marks))
    high = max(0.0, *(mark.interval.high for mark in marks))
    values = ticks(low, high)
    sign = "+" if signed else ""
    zero = values.index(0)
    start, width = values[0], values[-1] - values[0]

    def at(value: float) -> float:
        """Leave some room on both sides for the text of the outer ticks."""
        return round(4 + 92 * (value - start) / width, 3)

    grouped: dict[str, list[Line]] = {}
    for mark in marks:
        one = mark.interval
        line = Line(
            mark.label,
            at(one.mean),
            at(one.low),
            at(one.high),
            figure(one.mean, signed),
            mark.strong,
        )
        grouped.setdefault(mark.group, []).append(line)
    return Plot(
        title,
        caption,
        tuple((group, tuple(lines)) for group, lines in grouped.items()),
        tuple(
            Tick(at(value), f"{value:{sign}.3g}" if value else "0", bool((place - zero) % 2))
            for place, value in enumerate(values)
        ),
        at(0.0),
        signed,
    )


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return at most about `most` round values that span `low` to `high`, zero among them.

    A span of nothing, or of less than any figure shows, gives an axis of one step.
    """
    span = high - low if high - low > 1e-9 else 1.0
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * unit for unit in (1, 2, 5, 10, 20) if power * unit * most >= span)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, max(last, first + 1) + 1)]
