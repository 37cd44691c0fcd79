"""The paper's table: recommenders x features in one metric, each figure with its marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seesay.evaluate.comparison import MAIN, Cell, Comparison, Gain

MARKS = {
    "▲": "above the same recommender on id",
    "▼": "below the same recommender on id",
    "○": "not above the recommender's best placebo",
    "≈": "cannot be told from the best cell",
}


@dataclass(frozen=True)
class Entry:
    """One place of the table.

    Attributes:
        cell: None where the pair was not run.
        best: the highest of its recommender; `first`: the highest of all.
        marks: keys of `MARKS`.
    """

    cell: Cell | None
    best: bool = False
    first: bool = False
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class MatrixRow:
    """A recommender on every set of features."""

    recommender: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Matrix:
    """The table; `used` are the marks that it holds."""

    metric: str
    features: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    used: tuple[str, ...]


def make_matrix(comparison: Comparison, metric: str = MAIN) -> Matrix:
    """Arrange the cells; recommenders and features keep the order of the comparison."""
    features = tuple(dict.fromkeys(cell.features for cell in comparison.cells))
    cells = {(cell.recommender, cell.features): cell for cell in comparison.cells}
    marks = marks_of(comparison, metric)
    best = comparison.best()

    def row(recommender: str) -> MatrixRow:
        held = [cells.get((recommender, name)) for name in features]
        highest = {metric: max(cell.mean.get(metric, -1.0) for cell in held if cell)}
        return MatrixRow(
            recommender,
            tuple(
                Entry(
                    cell,
                    cell.is_best(metric, highest),
                    cell.is_best(metric, best),
                    marks.get((recommender, cell.features), ()),
                )
                if cell and metric in cell.mean
                else Entry(cell)
                for cell in held
            ),
        )

    rows = tuple(row(name) for name in dict.fromkeys(cell.recommender for cell in comparison.cells))
    marked = {mark for one in rows for entry in one.entries for mark in entry.marks}
    return Matrix(metric, features, rows, tuple(mark for mark in MARKS if mark in marked))


def marks_of(comparison: Comparison, metric: str = MAIN) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the marks of each cell that was compared, by its recommender and features."""
    gains: dict[tuple[str, str], list[Gain]] = {}
    for gain in comparison.gains:
        if gain.metric == metric:
            gains.setdefault((gain.recommender, gain.features), []).append(gain)
    return {cell: _marks(found) for cell, found in gains.items()}


def _marks(gains: Sequence[Gain]) -> tuple[str, ...]:
    found = []
    for gain in gains:
        above = gain.difference.mean > 0
        if gain.over == "id" and gain.significant:
            found.append("▲" if above else "▼")
        elif gain.over == "placebo" and gain.features != "id" and not (gain.significant and above):
            found.append("○")
        elif gain.over == "best" and not gain.significant:
            found.append("≈")
    return tuple(found)
