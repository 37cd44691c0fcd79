"""Cosines by hand."""

import numpy as np
import pytest

from seesay.core.errors import SeesayError
from seesay.encode.features import FeatureTable
from seesay.encode.search import filled_rows, nearest_items, nearest_rows, vector_of

VECTORS = np.array([[1, 0], [3, 4], [0, 2]], np.float32)
TABLE = FeatureTable("f", ["a", "b", "c"], VECTORS, {})


def test_nearest() -> None:
    assert nearest_rows(VECTORS, np.array([10.0, 0.0]), 2) == [(0, 1.0), (1, pytest.approx(0.6))]
    found = nearest_items(TABLE, vector_of(TABLE, "b"), 5, "b")
    assert found == [("c", pytest.approx(0.8)), ("a", pytest.approx(0.6))]


def test_an_item_without_a_vector() -> None:
    with pytest.raises(SeesayError, match=r"has no item 'z'.*encode f"):
        vector_of(TABLE, "z")
    rows = filled_rows(TABLE, ["z", "c", "a"])
    assert rows.tolist() == [[0.5, 1], [0, 2], [1, 0]]
    assert rows.dtype == np.float32
    assert filled_rows(TABLE, ["z"]).tolist() == [pytest.approx([4 / 3, 2])]
