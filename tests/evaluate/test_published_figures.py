"""Figures of others are shown where they were asked for, each once and as it was printed."""

from seesay.evaluate.published_figures import FIGURES, MICROLENS, PAPER, published_for


def test_only_the_preset_shows_them():
    assert published_for("paper") == FIGURES
    assert published_for("") == ()


def test_they_are_those_that_were_printed():
    rows = {(row.source, row.recommender, row.features): (row.hr, row.ndcg) for row in FIGURES}
    assert len(rows) == len(FIGURES)
    assert rows[MICROLENS, "SASRec", "id"] == (0.0909, 0.0517)
    assert rows[PAPER, "two-tower", "described video"] == (0.0489, None)
    assert all(row.protocol for row in FIGURES)
