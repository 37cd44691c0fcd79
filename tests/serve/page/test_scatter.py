"""The map of items as JSON."""

from __future__ import annotations

from seesay.serve.base import Item
from seesay.serve.page.scatter import COLOURS, OTHERS, group_columns, map_points


def item(number: int, **columns: object) -> Item:
    return Item(f"i{number}", f"Title {number}" if number else "", columns=columns)


def test_a_column_of_repeated_texts_makes_groups() -> None:
    items = [item(n, tag="ab"[n % 2], name=f"n{n}", views=n % 2, same="x") for n in range(8)]
    assert group_columns(items) == ["tag"]


def test_points_carry_their_group_the_commonest_first() -> None:
    items = [item(0, tag="dog"), item(1, tag="cat"), item(2, tag="cat"), item(3)]
    places = [(f"i{n}", n / 3, 0.5) for n in range(4)] + [("gone", 0.0, 0.0)]
    found = map_points(items, places, "tag")
    assert found["groups"][0] == "cat"
    assert sorted(found["groups"][1:]) == ["dog", "none"]
    assert found["points"][0][:3] == ["i0", 0.0, 0.5]
    assert found["points"][1] == ["i1", 0.3333, 0.5, 0, 0]
    assert len(found["points"]) == 4


def test_more_groups_than_colours_share_the_last() -> None:
    items = [item(n, tag=f"t{n // 2}") for n in range(40)]
    found = map_points(items, [(one.item_id, 0.0, 0.0) for one in items], "tag")
    assert len(found["groups"]) == COLOURS
    assert found["groups"][-1] == OTHERS
    assert max(point[3] for point in found["points"]) == COLOURS - 1


def test_without_a_column_there_is_one_colour() -> None:
    found = map_points([item(1)], [("i1", 0.2, 0.3)], "")
    assert found == {"groups": [], "points": [["i1", 0.2, 0.3, 0, 0]]}
