"""Means, spreads and gains by hand."""

from dataclasses import replace

import numpy as np
import pytest

from evaluate.conftest import evaluation
from seesay.evaluate.outcomes import is_placebo, make_table

SECOND = 1 / np.log2(3)


def cell_of(outcome):
    ((cell,), _) = make_table([outcome])
    return cell


def test_a_cell_is_the_mean_and_the_spread_over_seeds(outcomes):
    cell = cell_of(outcomes[4])
    assert cell.seeds == (0, 1)
    assert cell.mean["hr@10"] == pytest.approx((0.5 + 0.25) / 2)
    assert cell.std["hr@10"] == pytest.approx(0.25 / np.sqrt(2))
    assert cell.mean["ndcg@10"] == pytest.approx(((1 + SECOND) / 4 + 1 / 4) / 2)
    assert cell.seconds == 20.0
    assert cell.users == 4


def test_intervals_are_over_users_and_not_of_coverage(outcomes):
    cell = cell_of(outcomes[4])
    assert "coverage@10" in cell.mean
    assert set(cell.interval) == {"hr@10", "ndcg@10", "hr@20", "ndcg@20", "mrr"}
    interval = cell.interval["hr@10"]
    assert interval.mean == pytest.approx(cell.mean["hr@10"])
    assert interval.low < interval.mean < interval.high


def test_the_spread_over_seeds_is_in_intervals_and_gains(outcomes):
    lucky, unlucky = evaluation([1] * 30), evaluation([99] * 30)
    seeds = replace(outcomes[4], evaluations={0: lucky, 1: unlucky})
    (cell, _), gains = make_table([seeds, replace(outcomes[5], evaluations={0: lucky})])
    # All users are alike: what varies is which start they have, 1 or 0, widened by sqrt(2).
    bounds = cell.interval["hr@10"]
    assert (bounds.low, bounds.high) == pytest.approx((0.5 - 0.5**0.5, 0.5 + 0.5**0.5))
    (gain,) = [one for one in gains if (one.features, one.over) == ("title", "id")]
    assert gain.difference.mean == pytest.approx(0.5)
    assert gain.difference.low < 0 < gain.difference.high
    assert gain.p > 0.05
    assert not gain.significant


def test_what_not_every_seed_was_tested_for_is_left_out(outcomes):
    new, old = outcomes[4].evaluations.values()
    fewer = {name: value for name, value in old.metrics.items() if name != "mrr"}
    older = replace(old, metrics=fewer, per_user=old.per_user.drop("mrr"))
    for seeds in ({0: new, 1: older}, {0: older, 1: new}):
        cell = cell_of(replace(outcomes[4], evaluations=seeds))
        assert "mrr" not in cell.mean
        assert "mrr" not in cell.interval
        assert "ndcg@10" in cell.interval


def test_one_seed_has_no_spread(outcomes):
    assert cell_of(outcomes[0]).std == {}


def test_a_cell_without_a_result_keeps_the_reason(outcomes):
    cell = cell_of(outcomes[1])
    assert (cell.mean, cell.interval, cell.seeds, cell.seconds) == ({}, {}, (), None)
    assert cell.note == "content-knn has no ID part"


def compared(gains, over):
    return {
        (gain.recommender, gain.features): (gain.recommender_against, gain.against)
        for gain in gains
        if gain.over == over
    }


def test_cold_items_are_not_compared_with_ids(outcomes):
    _, gains = make_table(outcomes, beside_id=False)
    assert compared(gains, "id") == {}
    assert compared(gains, "best") != {}


def test_gains_are_paired_with_the_same_recommender_on_ids(outcomes):
    _, gains = make_table(outcomes)
    assert compared(gains, "id") == {("sasrec", "title"): ("", "id")}
    assert compared(gains, "placebo") == {}
    assert compared(gains, "best") == {
        ("popularity", "-"): ("sasrec", "title"),
        ("content-knn", "title"): ("sasrec", "title"),
        ("sasrec", "id"): ("", "title"),
    }
    gain = next(gain for gain in gains if gain.over == "id")
    assert gain.metric == "ndcg@10"
    # The users' means over seeds on IDs: 1, SECOND / 2, 0, 0; on titles all are 1.
    assert gain.difference.mean == pytest.approx((0 + (1 - SECOND / 2) + 1 + 1) / 4)


def test_gains_over_the_best_placebo_of_the_recommender(outcomes):
    knn = replace(outcomes[0], recommender="content-knn")
    worse = replace(outcomes[4], recommender="content-knn", features="id+shuffled")
    better = replace(outcomes[3], features="random")
    _, gains = make_table([*outcomes, better, worse, replace(knn, features="id+title")])
    # A fusion with IDs is compared with IDs beside noise: noise alone would be too easy.
    assert compared(gains, "placebo") == {
        ("content-knn", "title"): ("", "random"),
        ("content-knn", "id+title"): ("", "id+shuffled"),
    }
    _, others = make_table([*outcomes, better, replace(knn, features="id+title")])
    assert compared(others, "placebo")["content-knn", "id+title"] == ("", "random")
    _, others = make_table([*outcomes, worse])
    assert ("content-knn", "title") not in compared(others, "placebo")
    nothing = next(gain for gain in gains if (gain.features, gain.over) == ("title", "placebo"))
    assert (nothing.difference.mean, nothing.p, nothing.significant) == (0, 1, False)


def test_holm_is_over_the_whole_table(outcomes):
    many = [
        replace(outcomes[5], evaluations={0: evaluation([1] * 40)}),
        replace(outcomes[4], evaluations={0: evaluation([1] * 20 + [99] * 20)}),
        replace(outcomes[0], evaluations={0: evaluation([99] * 40)}),
    ]
    _, gains = make_table(many)
    assert len(gains) == 3
    least = min(gain.p for gain in gains)
    assert least == pytest.approx(2 / 2001)
    assert [gain.p_holm for gain in gains] == pytest.approx([3 * least] * 3)
    assert all(gain.significant for gain in gains)


@pytest.mark.parametrize(
    ("features", "expected"),
    [("random", True), ("id+shuffled", True), ("id", False), ("random+title", False), ("-", False)],
)
def test_placebos(features, expected):
    assert is_placebo(features) is expected


def test_nobody_to_compare():
    assert make_table([]) == ((), ())
