"""Intervals against theory, and against what they must do on known differences."""

import numpy as np
import pytest

from seesay.evaluate.significance import Interval, mean_interval, paired_interval


def normal_bounds(values):
    half = 1.959964 * values.std() / np.sqrt(len(values))
    return values.mean() - half, values.mean() + half


@pytest.mark.parametrize("kind", ["hits", "all different"])
def test_many_users_come_near_the_normal_interval(kind):
    rng = np.random.default_rng(0)
    values = rng.random(5_000)
    values = (values < 0.1).astype(float) if kind == "hits" else values
    found = mean_interval(values)
    low, high = normal_bounds(values)
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(low, abs=0.1 * (high - low))
    assert found.high == pytest.approx(high, abs=0.1 * (high - low))


def test_equal_values_have_an_interval_of_no_width():
    assert mean_interval(np.full(30, 0.25)) == Interval(0.25, 0.25, 0.25)


def test_the_seed_decides():
    values = np.random.default_rng(1).random(2_000)
    assert mean_interval(values, seed=3) == mean_interval(values, seed=3)
    assert mean_interval(values, seed=3) != mean_interval(values, seed=4)


def test_more_confidence_is_wider():
    values = (np.arange(400) % 7 == 0).astype(float)
    narrow, wide = mean_interval(values, confidence=0.5), mean_interval(values, confidence=0.99)
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


def test_pairing_sees_a_small_steady_gain_that_the_spread_of_users_hides():
    rng = np.random.default_rng(2)
    theirs = rng.random(1_000)
    ours = theirs + 0.01 + 0.001 * rng.standard_normal(1_000)
    found = paired_interval(ours, theirs)
    assert found.mean == pytest.approx(0.01, abs=1e-3)
    assert found.excludes_zero
    assert found.high - found.low < 0.001
    assert mean_interval(ours).low < mean_interval(theirs).high


def test_no_difference_does_not_exclude_zero():
    rng = np.random.default_rng(3)
    ours = (rng.random(2_000) < 0.1).astype(float)
    assert not paired_interval(ours, rng.permutation(ours)).excludes_zero


def test_about_one_in_twenty_intervals_misses():
    rng = np.random.default_rng(4)
    missed = 0
    for seed in range(300):
        found = mean_interval((rng.random(500) < 0.3).astype(float), samples=500, seed=seed)
        missed += not found.low <= 0.3 <= found.high
    assert 5 <= missed <= 30


@pytest.mark.parametrize("values", [[], [0.1, np.nan]])
def test_values_that_have_no_mean_are_refused(values):
    with pytest.raises(ValueError, match="at least one value"):
        mean_interval(np.array(values))


def test_other_users_cannot_be_paired():
    with pytest.raises(ValueError, match="2 and 3 users"):
        paired_interval(np.ones(2), np.ones(3))
