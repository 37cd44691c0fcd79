"""What a comparison says of itself, and the way to JSON and back."""

import json

import pytest

from seesay.core.errors import SeesayError
from seesay.evaluate.comparison import Cell, Comparison


def test_best_leaves_coverage_out(comparison):
    best = comparison.best()
    assert best["hr@10"] == 1.0
    assert "coverage@10" not in best
    assert comparison.metrics[-1] == "coverage@10"


def test_figures_that_only_rounding_sets_apart_are_the_same():
    means = (0.1 + 0.2, 0.3, 0.3 - 1e-7)
    cells = [Cell(name, "id", mean={"mrr": mean}) for name, mean in zip("abc", means, strict=True)]
    assert means[0] != means[1]
    best = Comparison(tuple(cells)).best()
    assert [cell.is_best("mrr", best) for cell in cells] == [True, True, False]
    assert not cells[0].is_best("ndcg@10", best)
    assert not Cell("d", "id").is_best("mrr", best)
    assert Comparison(tuple(cells[:2])).best() == {}


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
