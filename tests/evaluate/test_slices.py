"""Groups of users by hand."""

import numpy as np
import pytest

from seesay.evaluate.slices import cut_by_kind, cut_by_number, cuts_of_users, slice_cells


def test_numbers_by_hand():
    cut = cut_by_number("views", [0, 0, 1, 2, 3, 4, 50, np.nan], most=3)
    # Zero alone; the rest is 1, 2, 3, 4, 50, whose middle is 3.
    assert cut.labels == ("0", "1 to 2", "3 to 50")
    assert cut.groups.tolist() == [0, 0, 1, 1, 2, 2, 2, -1]


def test_a_number_that_half_of_the_users_share_is_no_two_groups():
    cut = cut_by_number("views", [1] * 50 + [2, 3, 4, 5] * 10)
    assert cut.labels[0] == "1"
    assert (np.bincount(cut.groups) > 0).all()
    assert cut.groups.max() == len(cut.labels) - 1


def test_what_is_measured_is_shown_with_three_digits():
    assert cut_by_number("seconds", [1.234, 5.5, 9.25, 20], most=2).labels == (
        "1.23 to 9.25",
        "9.25 or more",
    )
    assert cut_by_number("seconds", [80.5, 1690.4, 2680.1], most=2).labels == (
        "80.5 to 1,690",
        "1,690 or more",
    )


@pytest.mark.parametrize("values", [[], [3, 3, 3], [np.nan, 2.0], [0, 0]])
def test_what_is_all_alike_cannot_be_cut(values):
    assert cut_by_number("x", values) is None


def test_kinds_by_hand():
    kinds = ["b", "a", "a", None, "c", "d", "a", "b"]
    cut = cut_by_kind("tag", kinds, most=3)
    assert cut.labels == ("a", "b", "others")
    assert cut.groups.tolist() == [1, 0, 0, -1, 2, 2, 0, 1]
    assert cut_by_kind("tag", kinds, most=4).labels == ("a", "b", "c", "d")
    assert cut_by_kind("tag", ["a", None, "a"]) is None
    assert cut_by_kind("tag", ["a"] * 97 + ["b", "c", "d"]).labels == ("a", "others")


def test_a_slice_is_the_mean_over_its_users():
    cut = cut_by_kind("side", ["x"] * 20 + ["y"] * 30 + ["z"] * 3 + [None])
    values = np.zeros((2, 54))
    values[0, :5] = 1.0
    values[1, 20:] = 0.5
    found = slice_cells([("knn", "id"), ("knn", "title")], values, cut)
    assert found.labels == ("y", "x", "z")
    assert (found.users, found.unknown) == ((30, 20, 3), 1)
    first, second = found.rows
    assert first.intervals[1].mean == pytest.approx(0.25)
    assert first.intervals[1].low < 0.25 < first.intervals[1].high
    assert [one and one.mean for one in second.intervals] == [0.5, 0.0, None]


def test_a_slice_of_few_items_that_are_drawn_shows_nothing():
    cut = cut_by_kind("side", ["x"] * 30 + ["y"] * 20)
    values = np.tile([0.0, 1.0], 25)[None]
    items = np.array([*np.repeat(np.arange(10), 3), *np.repeat(np.arange(9), 2), 0, 1])
    found = slice_cells([("knn", "id")], values, cut, together=items)
    many, few = found.rows[0].intervals
    assert (found.labels, few) == (("x", "y"), None)
    alone = slice_cells([("knn", "id")], values, cut).rows[0].intervals[0]
    assert many.high - many.low != alone.high - alone.low


def test_what_the_data_do_not_tell_is_left_out_with_the_reason():
    facts = {"a": {"speech": True, "seconds": 3.0}, "b": {"speech": False, "seconds": 3.0}}
    cuts, left_out = cuts_of_users(["a", "b", "c"], np.array([1, 5, 9]), np.array([4, 4, 4]), facts)
    assert [cut.name for cut in cuts] == ["views of the target in training", "speech in the target"]
    assert cuts[1].labels == ("speech", "no speech")
    assert cuts[1].groups.tolist() == [0, 1, -1]
    assert left_out == {
        "views of the user": "all are alike",
        "seconds that the target lasts": "all are alike",
        "language of the target": "nothing says which language the items are in",
    }
