"""What a comparison says of itself, and the way to JSON and back."""

import json

import pytest

from seesay.core.errors import SeesayError
from seesay.evaluate.comparison import Comparison


def test_best_leaves_coverage_out(comparison):
    best = comparison.best()
    assert best["hr@10"] == 1.0
    assert "coverage@10" not in best
    assert comparison.metrics[-1] == "coverage@10"


def test_json_and_back(comparison):
    text = json.dumps(comparison.as_dict(), allow_nan=False)
    back = Comparison.from_dict(json.loads(text))
    assert back.cells == comparison.cells
    assert back.gains == comparison.gains
    assert back.as_dict() == comparison.as_dict()


@pytest.mark.parametrize("values", [{}, [], {"cells": [{"recommender": "x"}]}, None])
def test_something_else_is_refused(values):
    with pytest.raises(SeesayError, match="no comparison"):
        Comparison.from_dict(values)


def test_nothing_to_compare_is_a_comparison_too():
    empty = Comparison(())
    assert (empty.metrics, empty.best()) == ([], {})
