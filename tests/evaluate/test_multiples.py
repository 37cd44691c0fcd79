"""Where the dots of small multiples stand."""

import pytest

from seesay.evaluate.multiples import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    draw_slices,
    feature_styles,
    two_lines,
)
from seesay.evaluate.significance import Interval
from seesay.evaluate.slices import SliceRow, Slices


def test_dots_by_hand():
    rows = (
        SliceRow("sasrec", "id", (Interval(0.1, 0.0, 0.2), None)),
        SliceRow("sasrec", "title", (Interval(0.2, 0.1, 0.4), Interval(0.0, 0.0, 0.0))),
        SliceRow("popularity", "-", (None, None)),
    )
    slices = Slices("views", ("0", "1 to 9"), (20, 30), 0, rows)
    drawn = draw_slices(slices, feature_styles(["-", "id", "title"]))
    assert [name for name, _ in drawn.panels] == ["sasrec", "popularity"]
    first, second = drawn.panels[0][1]
    width = (RIGHT - LEFT) / 2
    # Two lines stand five units apart, around the middle of each group.
    assert [dot.x for dot in first.dots] == [LEFT + width / 2 - 2.5]
    assert [dot.x for dot in second.dots] == [LEFT + width / 2 + 2.5, LEFT + 1.5 * width + 2.5]
    # The axis goes from 0 to 0.4.
    assert [tick.text for tick in drawn.ticks] == ["0", ".1000", ".2000", ".3000", ".4000"]
    assert (second.dots[0].high, second.dots[1].y) == (TOP, BOTTOM)
    assert first.dots[0].y == pytest.approx(BOTTOM - (BOTTOM - TOP) / 4)
    assert second.points.startswith("112,78 ")
    assert second.dots[0].text == "sasrec × title, 0: .2000 (.1000 to .4000)"
    assert drawn.ordered
    assert [group.users for group in drawn.groups] == [20, 30]
    assert drawn.panels[1][1][0].dots == ()


def test_kinds_are_not_joined():
    rows = (SliceRow("a", "id", (Interval(0.1, 0.0, 0.2), Interval(0.1, 0.0, 0.2))),)
    slices = Slices("speech", ("speech", "no speech"), (20, 30), 0, rows)
    assert not draw_slices(slices, feature_styles(["id"])).ordered


def test_no_two_features_look_alike():
    styles = feature_styles([f"feature {place}" for place in range(40)])
    assert len({(style.colour, style.shape) for style in styles.values()}) == 40
    assert len({style.shape for style in list(styles.values())[:8]}) == 8


def test_labels_are_broken_near_the_middle():
    assert two_lines("12 to 30") == ("12 to 30",)
    assert two_lines("1,234 to 5,678") == ("1,234 to", "5,678")
    assert two_lines("Chinese or Japanese") == ("Chinese or", "Japanese")
    assert two_lines("Arabicscript") == ("Arabicscr…",)
