"""Where marks stand on the axis."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seesay.evaluate.comparison import Comparison
from seesay.evaluate.plots import Mark, lay_out, make_plots, plotted_gains, ticks
from seesay.evaluate.significance import Interval


def test_ticks_by_hand():
    assert ticks(0.0, 0.043) == pytest.approx([0, 0.01, 0.02, 0.03, 0.04, 0.05])
    assert ticks(-0.011, 0.019) == pytest.approx([-0.02, -0.01, 0, 0.01, 0.02])
    assert ticks(0.0, 0.0) == ticks(0.0, 5e-324) == [0.0, 0.2]


@given(st.floats(-1, 0), st.floats(0, 1))
def test_ticks_span_the_values_with_few_lines(low, high):
    found = ticks(low, high)
    assert 2 <= len(found) <= 8
    assert found[0] <= low + 1e-12
    assert found[-1] >= high - 1e-12
    assert any(value == 0 for value in found)


def test_places_are_in_proportion():
    marks = [Mark("g", "a", Interval(0.02, 0.01, 0.04)), Mark("g", "b", Interval(-0.01, -0.02, 0))]
    plot = lay_out("title", "caption", marks, signed=True)
    ((group, (first, second)),) = plot.groups
    assert group == "g"
    # The axis goes from -0.02 to 0.04 over the 92 per cent from 4 to 96.
    assert plot.zero == pytest.approx(4 + 92 / 3, abs=1e-3)
    assert (first.low, first.dot, first.high) == pytest.approx((50, 65.333, 96), abs=1e-3)
    assert (second.low, second.high) == pytest.approx((4, plot.zero))
    assert (first.text, second.text) == ("+.0200", "-.0100")
    assert [tick.text for tick in plot.ticks] == ["-0.02", "0", "+0.02", "+0.04"]


def test_the_plots_of_a_comparison(comparison):
    gains, figures = make_plots(comparison)
    assert [group for group, _ in gains.groups] == ["sasrec, against id"]
    assert [group for group, _ in figures.groups] == ["popularity", "content-knn", "sasrec"]
    assert [line.strong for _, lines in gains.groups for line in lines] == [True]
    strong = [line.label for _, lines in figures.groups for line in lines if line.strong]
    assert strong == ["title"]


def test_gains_over_placebos_are_plotted_where_there_are_no_ids(comparison):
    gain = comparison.gains[0]
    over = [
        replace(gain, recommender=name, over=over, against=over)
        for name, over in (("a", "best"), ("a", "placebo"), ("b", "placebo"), ("b", "id"))
    ]
    shown = plotted_gains(replace(comparison, gains=tuple(over)))
    assert [(one.recommender, one.over) for one in shown] == [("a", "placebo"), ("b", "id")]


def test_nothing_to_plot():
    assert make_plots(Comparison(())) == []
