"""Slices as small multiples: a panel a recommender, a line a set of features.

Places are in units of the panel's own drawing, whose text so keeps its size when it is scaled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seesay.evaluate.plots import Tick, ticks
from seesay.evaluate.slices import SliceRow, Slices
from seesay.evaluate.tables import figure

WIDTH, HEIGHT = 320, 190
LEFT, RIGHT, TOP, BOTTOM = 42, 312, 10, 146
COLOURS = 8
SHAPES = ("circle", "square", "triangle", "diamond", "cross", "plus", "wedge", "ring")
STEP = 5.0
LONGEST_LINE = 10


@dataclass(frozen=True)
class Style:
    """How a set of features is drawn everywhere: never by colour alone."""

    label: str
    colour: int
    shape: str


@dataclass(frozen=True)
class Dot:
    """A figure with its interval, and what it says to who points at it."""

    x: float
    y: float
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Series:
    """A line of a panel."""

    style: Style
    dots: tuple[Dot, ...]

    @property
    def points(self) -> str:
        """The dots as an SVG polyline has them."""
        return " ".join(f"{dot.x:g},{dot.y:g}" for dot in self.dots)


@dataclass(frozen=True)
class Group:
    """A group's place on the axis, its label in at most two lines, and how many users it has."""

    x: float
    lines: tuple[str, ...]
    users: int


@dataclass(frozen=True)
class Multiples:
    """One cut of the users, drawn.

    Attributes:
        ordered: the groups follow each other, so that dots are joined by lines.
        panels: recommenders with their lines; the axes are the same in all.
    """

    slices: Slices
    ordered: bool
    groups: tuple[Group, ...]
    ticks: tuple[Tick, ...]
    panels: tuple[tuple[str, tuple[Series, ...]], ...]


def feature_styles(features: Sequence[str]) -> dict[str, Style]:
    """Return a colour and a shape for each set of features, in their first order.

    Some colours are near each other: the first eight sets differ in shape too.
    """
    return {
        name: Style(name, place % COLOURS, SHAPES[(place + place // COLOURS) % len(SHAPES)])
        for place, name in enumerate(dict.fromkeys(features))
    }


def draw_slices(slices: Slices, styles: Mapping[str, Style]) -> Multiples:
    """Put the figures of a cut on panels."""
    found = [one for row in slices.rows for one in row.intervals if one]
    values = ticks(0.0, max((one.high for one in found), default=0.0), 4)
    width = (RIGHT - LEFT) / len(slices.labels)
    middles = [LEFT + width * (place + 0.5) for place in range(len(slices.labels))]
    rows: dict[str, list[SliceRow]] = {}
    for row in slices.rows:
        rows.setdefault(row.recommender, []).append(row)

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * value / values[-1], 1)

    def series(row: SliceRow, aside: float) -> Series:
        dots = [
            Dot(
                round(middle + aside, 1),
                y(one.mean),
                y(one.low),
                y(one.high),
                f"{row.recommender} × {row.features}, {label}: {figure(one.mean)} "
                f"({figure(one.low)} to {figure(one.high)})",
            )
            for middle, label, one in zip(middles, slices.labels, row.intervals, strict=True)
            if one
        ]
        return Series(styles[row.features], tuple(dots))

    def panel(held: Sequence[SliceRow]) -> tuple[Series, ...]:
        apart = min(STEP, 0.8 * width / len(held))
        return tuple(
            series(row, apart * (place - (len(held) - 1) / 2)) for place, row in enumerate(held)
        )

    return Multiples(
        slices,
        any(label[0].isdigit() for label in slices.labels),
        tuple(
            Group(round(middle, 1), two_lines(label), users)
            for middle, label, users in zip(middles, slices.labels, slices.users, strict=True)
        ),
        tuple(Tick(y(value), figure(value) if value else "0") for value in values),
        tuple((recommender, panel(held)) for recommender, held in rows.items()),
    )


def two_lines(label: str, longest: int = 8) -> tuple[str, ...]:
    """Return a label on one line, or broken at the space nearest to its middle; long ends go."""
    spaces = [place for place, letter in enumerate(label) if letter == " "]
    if len(label) <= longest or not spaces:
        return (_cut(label),)
    at = min(spaces, key=lambda place: abs(place - len(label) / 2))
    return (_cut(label[:at]), _cut(label[at + 1 :]))


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
