"""Looking things up in one feature: nearest items, one item, and items that it lacks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seesay.core.errors import SeesayError
from seesay.encode.base import unit_rows
from seesay.encode.features import FeatureTable


def nearest_rows(
    vectors: np.ndarray, query: np.ndarray, k: int, leave_out: int | None = None
) -> list[tuple[int, float]]:
    """Return the `k` rows with the highest cosine to a vector, best first, and the cosines."""
    cosines = unit_rows(np.asarray(vectors)) @ unit_rows(query[None])[0]
    order = [row for row in np.argsort(-cosines, kind="stable").tolist() if row != leave_out]
    return [(row, float(cosines[row])) for row in order[:k]]


def nearest_items(
    table: FeatureTable, query: np.ndarray, k: int, leave_out: str = ""
) -> list[tuple[str, float]]:
    """Return the IDs of the `k` items nearest to a vector, and the cosines."""
    hidden = table.item_ids.index(leave_out) if leave_out else None
    return [
        (table.item_ids[row], cosine)
        for row, cosine in nearest_rows(table.vectors, query, k, hidden)
    ]


def vector_of(table: FeatureTable, item_id: str) -> np.ndarray:
    """Return the vector of one item.

    Raises:
        SeesayError: the feature does not have the item.
    """
    if item_id not in table.item_ids:
        raise SeesayError(
            f"The feature '{table.name}' has no item '{item_id}'.",
            f"Check the ID, or run: seesay encode {table.name}",
        )
    return np.asarray(table.vectors[table.item_ids.index(item_id)])


def filled_rows(table: FeatureTable, item_ids: Sequence[str]) -> np.ndarray:
    """Return the vectors of items, [n, dim] float32; one without gets the mean of the others."""
    row_of = {item_id: row for row, item_id in enumerate(table.item_ids)}
    wanted = np.array([row_of.get(item_id, -1) for item_id in item_ids])
    rows = np.ascontiguousarray(np.asarray(table.vectors)[wanted], np.float32)
    there = rows[wanted >= 0] if (wanted >= 0).any() else np.asarray(table.vectors)
    rows[wanted < 0] = there.mean(axis=0, dtype=np.float64)
    return rows
