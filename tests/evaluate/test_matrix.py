"""The paper's table and its marks."""

from dataclasses import replace

from seesay.evaluate.comparison import Cell, Comparison, Gain
from seesay.evaluate.matrix import make_matrix
from seesay.evaluate.significance import Interval


def gain(features, over, mean, significant):
    p = 0.01 if significant else 0.5
    interval = Interval(mean, mean - 0.1, mean + 0.1)
    return Gain("sasrec", features, "x", "ndcg@10", interval, over, "", p, p)


def test_best_and_first_and_what_was_not_run(comparison):
    matrix = make_matrix(comparison)
    assert matrix.features == ("-", "id", "id+title", "title")
    rows = {row.recommender: row.entries for row in matrix.rows}
    assert [entry.best for entry in rows["sasrec"]] == [False, False, False, True]
    assert [entry.first for entry in rows["sasrec"]] == [False, False, False, True]
    # The best of its recommender is not the best of all; the pair that was refused has no figure.
    first = rows["popularity"][0]
    assert (first.best, first.first) == (True, False)
    assert rows["content-knn"][1].cell.note
    assert rows["popularity"][3].cell is None


def test_figures_that_rounding_sets_apart_are_both_the_best(comparison):
    cells = list(comparison.cells)
    best = next(cell for cell in cells if (cell.recommender, cell.features) == ("sasrec", "title"))
    tied = replace(
        best, features="tag", mean={**best.mean, "ndcg@10": best.mean["ndcg@10"] - 1e-16}
    )
    matrix = make_matrix(replace(comparison, cells=(*cells, tied)))
    entries = next(row.entries for row in matrix.rows if row.recommender == "sasrec")
    assert [entry.cell.features for entry in entries if entry.cell and entry.best] == [
        "title",
        "tag",
    ]
    assert [entry.first for entry in entries if entry.best] == [True, True]


def test_marks():
    gains = (
        gain("title", "id", 0.1, True),
        gain("title", "placebo", 0.1, True),
        gain("title", "best", -0.1, False),
        gain("tag", "id", -0.1, True),
        gain("tag", "placebo", 0.1, False),
        gain("tag", "best", -0.1, True),
        gain("id", "placebo", 0.0, False),
        gain("audio", "id", 0.1, False),
        gain("audio", "placebo", -0.1, True),
    )
    cells = tuple(
        Cell("sasrec", name, (0,), {"ndcg@10": 0.1}) for name in ("id", "title", "tag", "audio")
    )
    matrix = make_matrix(Comparison(cells, gains))
    assert [entry.marks for entry in matrix.rows[0].entries] == [(), ("▲", "≈"), ("▼", "○"), ("○",)]
    assert matrix.used == ("▲", "▼", "○", "≈")
    other = tuple(replace(one, metric="hr@10") for one in gains)
    assert make_matrix(Comparison(cells, other)).used == ()
