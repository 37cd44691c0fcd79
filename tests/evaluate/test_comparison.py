"""Means, spreads and gains by hand, and the way to JSON and back."""

import json
from dataclasses import replace

import numpy as np
import pytest

from seesay.core.errors import SeesayError
from seesay.evaluate.comparison import Comparison, make_cell, make_gains

SECOND = 1 / np.log2(3)


def test_a_cell_is_the_mean_and_the_spread_over_seeds(outcomes):
    cell = make_cell(outcomes[4])
    assert cell.seeds == (0, 1)
    assert cell.mean["hr@10"] == pytest.approx((0.5 + 0.25) / 2)
    assert cell.std["hr@10"] == pytest.approx(0.25 / np.sqrt(2))
    assert cell.mean["ndcg@10"] == pytest.approx(((1 + SECOND) / 4 + 1 / 4) / 2)
    assert cell.seconds == 20.0


def test_intervals_are_over_users_and_not_of_coverage(outcomes):
    cell = make_cell(outcomes[4])
    assert "coverage@10" in cell.mean
    assert set(cell.interval) == {"hr@10", "ndcg@10", "hr@20", "ndcg@20", "mrr"}
    interval = cell.interval["hr@10"]
    assert interval.mean == pytest.approx(cell.mean["hr@10"])
    assert interval.low < interval.mean < interval.high


def test_one_seed_has_no_spread(outcomes):
    assert make_cell(outcomes[0]).std == {}


def test_a_cell_without_a_result_keeps_the_reason(outcomes):
    cell = make_cell(outcomes[1])
    assert (cell.mean, cell.interval, cell.seeds, cell.seconds) == ({}, {}, (), None)
    assert cell.note == "content-knn has no ID part"


def test_gains_are_paired_with_the_same_recommender_on_ids(outcomes):
    (gain,) = make_gains(outcomes)
    assert (gain.recommender, gain.features, gain.against) == ("sasrec", "title", "id")
    assert gain.metric == "ndcg@10"
    # The users' means over seeds on IDs: 1, SECOND / 2, 0, 0; on titles all are 1.
    assert gain.difference.mean == pytest.approx((0 + (1 - SECOND / 2) + 1 + 1) / 4)


def test_gains_fall_back_on_a_placebo(outcomes):
    placebo = replace(outcomes[0], recommender="content-knn", features="random")
    gains = make_gains([*outcomes, placebo])
    assert {(gain.features, gain.against) for gain in gains if gain.recommender != "sasrec"} == {
        ("title", "random")
    }


def test_best_leaves_coverage_out(comparison):
    best = comparison.best()
    assert best["hr@10"] == 1.0
    assert "coverage@10" not in best
    assert comparison.metrics[-1] == "coverage@10"


def test_json_and_back(comparison):
    text = json.dumps(comparison.as_dict(), allow_nan=False)
    back = Comparison.from_dict(json.loads(text))
    assert back.cells == comparison.cells
    assert back.gains == comparison.gains
    assert back.as_dict() == comparison.as_dict()


@pytest.mark.parametrize("values", [{}, [], {"cells": [{"recommender": "x"}]}, None])
def test_something_else_is_refused(values):
    with pytest.raises(SeesayError, match="no comparison"):
        Comparison.from_dict(values)


def test_nothing_to_compare_is_a_comparison_too():
    empty = Comparison(())
    assert (empty.metrics, empty.best()) == ([], {})
