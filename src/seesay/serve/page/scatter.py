"""The map of items as JSON: places, titles, and colours by a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from seesay.serve.base import Item

COLOURS = 12
MOST_GROUPS = 60
OTHERS = "all others"


def group_columns(items: Sequence[Item]) -> list[str]:
    """Return the columns whose values sort items into groups: texts, some of them repeated."""
    names = dict.fromkeys(name for item in items for name in item.columns)
    return [name for name in names if _groups(items, name)]


def map_points(
    items: Sequence[Item], places: Sequence[tuple[str, float, float]], column: str
) -> dict[str, Any]:
    """Return the points of a map.

    Args:
        column: one of `group_columns`, or empty for a map of one colour.

    Returns:
        `groups`, the commonest first and at most `COLOURS` with the rest put together; `points`,
        a list of ID, x, y, number of the group, and frames of the poster.
    """
    common = [name for name, _ in Counter(_value(item, column) for item in items).most_common()]
    shown = common if len(common) <= COLOURS else [*common[: COLOURS - 1], OTHERS]
    number = {name: min(at, len(shown) - 1) for at, name in enumerate(common)}
    known = {item.item_id: item for item in items}
    points = [
        [
            item_id,
            round(x, 4),
            round(y, 4),
            number[_value(known[item_id], column)],
            known[item_id].poster_frames if known[item_id].poster else 0,
        ]
        for item_id, x, y in places
        if item_id in known
    ]
    return {"groups": shown if column else [], "points": points}


def _groups(items: Sequence[Item], column: str) -> bool:
    values = [item.columns.get(column) for item in items]
    texts = {value for value in values if isinstance(value, str)}
    return 1 < len(texts) <= min(MOST_GROUPS, len(items) // 2)


def _value(item: Item, column: str) -> str:
    value = item.columns.get(column)
    return str(value) if value not in (None, "") else "none"
