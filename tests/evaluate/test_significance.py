"""Intervals against theory, and against what they must do on known differences."""

import numpy as np
import pytest

from seesay.evaluate.significance import (
    Interval,
    Resampled,
    holm,
    resample,
    samples_for,
)


def mean_interval(values, confidence=0.95, **drawn):
    return resample(np.atleast_2d(values), **drawn).interval(0, confidence)


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
    assert mean_interval(np.zeros(30)) == Interval(0.0, 0.0, 0.0)


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
    drawn = resample(np.array([ours, theirs]))
    found, p = drawn.difference(0, 1)
    assert found.mean == pytest.approx(0.01, abs=1e-3)
    assert found.excludes_zero
    assert found.high - found.low < 0.001
    assert p == pytest.approx(2 / 2001)
    assert drawn.interval(0).low < drawn.interval(1).high


def test_no_difference_does_not_exclude_zero():
    rng = np.random.default_rng(3)
    ours = (rng.random(2_000) < 0.1).astype(float)
    found, p = resample(np.array([ours, rng.permutation(ours)])).difference(0, 1)
    assert not found.excludes_zero
    assert p > 0.05


def test_a_row_differs_in_nothing_from_its_copy():
    row = np.random.default_rng(5).random(333)
    found, p = resample(np.vstack([row] * 7)).difference(0, 6)
    assert (found, p) == (Interval(0.0, 0.0, 0.0), 1.0)


def test_p_by_hand():
    # Of nine draws two are not above zero and seven are not below: 2 x (2 + 1) / (9 + 1).
    means = np.array([[-1.0, 0.0, 1, 2, 3, 4, 5, 6, 7], np.zeros(9)])
    drawn = Resampled(means.mean(axis=1), means)
    assert drawn.difference(0, 1)[1] == pytest.approx(0.6)
    assert drawn.difference(1, 0)[1] == pytest.approx(0.6)


def test_draws_of_two_users_by_hand():
    # Of two users with the values 0 and 1 the mean is 0, 1/2 or 1 with chances 1/4, 1/2, 1/4.
    means = resample(np.array([[0.0, 1.0]]), samples=20_000).means[0]
    shares = [float(np.mean(means == value)) for value in (0.0, 0.5, 1.0)]
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.015)


def test_draws_of_two_groups_by_hand():
    # Three users with 0 go together, one has 1: of two draws both are the first group, one of
    # each, or both the second, with the means 0, 1/4 and 1 and the chances 1/4, 1/2 and 1/4.
    together = np.array([7, 7, 3, 7])
    drawn = resample(np.array([[0.0, 0.0, 1.0, 0.0]]), samples=20_000, together=together)
    assert drawn.observed == pytest.approx([0.25])
    shares = [float(np.mean(drawn.means[0] == value)) for value in (0.0, 0.25, 1.0)]
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.015)


def test_users_who_share_a_fate_are_fewer_than_they_look():
    rng = np.random.default_rng(8)
    group = np.repeat(np.arange(50), 40)
    fate = rng.random(50)
    values = fate[group] + 0.01 * rng.standard_normal(2_000)
    apart, lots = mean_interval(values), mean_interval(values, together=group)
    low, high = normal_bounds(fate)
    assert (lots.low, lots.high) == pytest.approx((low, high), abs=0.15 * (high - low))
    assert apart.high - apart.low < 0.25 * (high - low)


def test_everybody_in_a_group_of_their_own_is_drawn_alone():
    values = np.random.default_rng(9).random((2, 400))
    alone, groups = resample(values), resample(values, together=np.arange(400))
    for row in (0, 1):
        one, other = alone.interval(row), groups.interval(row)
        width = one.high - one.low
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.1 * width)


def test_draws_of_two_seeds_by_hand():
    # Of two seeds with the means 0 and 1 the mean is off by -1/2, 0 or 1/2, each times sqrt(2).
    drawn = resample(np.full((1, 9), 0.5), samples=20_000, of_seeds=[[0.0, 1.0]])
    off = np.round(drawn.means[0] - 0.5, 6)
    values, counts = np.unique(off, return_counts=True)
    assert values == pytest.approx([-np.sqrt(0.5), 0, np.sqrt(0.5)], abs=1e-6)
    assert counts / len(off) == pytest.approx([0.25, 0.5, 0.25], abs=0.015)


def test_the_spread_over_seeds_of_two_cells_adds_up():
    ours, theirs = np.array([0.3, 0.5, 0.7]), np.array([0.4, 0.2, 0.3])
    values = np.repeat([[ours.mean()], [theirs.mean()]], 50, axis=1)
    drawn = resample(values, samples=20_000, of_seeds=[ours, theirs])
    variances = np.var(drawn.means, axis=1)
    assert variances == pytest.approx([0.04 / 3, 0.01 / 3], rel=0.05)
    assert np.var(drawn.means[0] - drawn.means[1]) == pytest.approx(0.05 / 3, rel=0.05)
    assert not resample(values).difference(0, 1)[0].low <= 0.1
    found, p = drawn.difference(0, 1)
    assert found.mean == pytest.approx(0.2)
    assert found.low < 0 < 0.4 < found.high
    assert p > 0.05


def test_one_seed_changes_nothing():
    values = np.random.default_rng(7).random((3, 200))
    alone, beside = resample(values), resample(values, of_seeds=[[0.4], [], [0.1, 0.9]])
    assert np.array_equal(alone.means[:2], beside.means[:2])
    assert np.var(beside.means[2]) > 10 * np.var(alone.means[2])


def test_seeds_of_other_rows_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        resample(np.ones((2, 3)), of_seeds=[[0.5]])


def test_holm_by_hand():
    # In order: 4 x .01, 3 x .02, 2 x .03, 1 x .04, none below the one before.
    assert holm([0.03, 0.01, 0.04, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize("differences", [1, 60, 500])
def test_no_table_is_too_large_for_its_draws(differences):
    least = 2 / (samples_for(differences) + 1)
    assert differences * least < 0.05 / 3


def test_about_one_in_twenty_intervals_misses():
    rng = np.random.default_rng(4)
    missed = 0
    for seed in range(300):
        found = mean_interval((rng.random(500) < 0.3).astype(float), samples=500, seed=seed)
        missed += not found.low <= 0.3 <= found.high
    assert 5 <= missed <= 30


def test_about_one_in_twenty_differences_of_nothing_looks_real_and_holm_mends_it():
    rng = np.random.default_rng(6)
    missed = wrong = families = 0
    for seed in range(60):
        # Hits of eleven cells with the same chance, tied to each other by what the user is like.
        ease = rng.beta(0.5, 2, 400)
        drawn = resample((rng.random((11, 400)) < ease).astype(float), samples=800, seed=seed)
        found = [drawn.difference(row, 0) for row in range(1, 11)]
        missed += sum(interval.excludes_zero for interval, _ in found)
        wrong += min(holm([p for _, p in found])) < 0.05
        families += min(p for _, p in found) < 0.05
    assert 10 <= missed <= 60
    assert wrong <= 8 < families


@pytest.mark.parametrize("values", [[], [0.1, np.nan]])
def test_values_that_have_no_mean_are_refused(values):
    with pytest.raises(ValueError, match="at least one value"):
        mean_interval(np.array(values))
