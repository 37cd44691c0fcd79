"""Outcomes with known ranks, from which comparisons are made."""

import shutil

import numpy as np
import polars as pl
import pytest

from seesay.evaluate.comparison import Comparison
from seesay.evaluate.evaluation import Evaluation
from seesay.evaluate.metrics import per_user
from seesay.evaluate.outcomes import Outcome, make_table

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)


def evaluation(ranks, covered=0.5):
    values = per_user(np.asarray(ranks), (10, 20))
    metrics = {name: float(value.mean()) for name, value in values.items()}
    table = pl.DataFrame({"rank": ranks, **values})
    return Evaluation({**metrics, "coverage@10": covered}, table)


@pytest.fixture
def outcomes():
    """Titles put every target first; IDs put it first, second or nowhere."""
    return [
        Outcome("popularity", "-", {0: evaluation([30, 40, 2, 90], covered=0.9)}, 0.5),
        Outcome("content-knn", "id", note="content-knn has no ID part"),
        Outcome("content-knn", "id+title", note="content-knn has no ID part"),
        Outcome("content-knn", "title", {0: evaluation([1, 1, 2, 1])}, 1.0),
        Outcome(
            "sasrec", "id", {0: evaluation([1, 2, 99, 99]), 1: evaluation([1, 99, 99, 99])}, 20.0
        ),
        Outcome(
            "sasrec", "title", {0: evaluation([1, 1, 1, 1]), 1: evaluation([1, 1, 1, 1])}, 30.0
        ),
    ]


@pytest.fixture
def comparison(outcomes):
    cells, gains = make_table(outcomes)
    return Comparison(
        cells=cells,
        gains=gains,
        dataset={"users": 12345, "split": "leave-one-out"},
        simulated=True,
        describer="perception",
        settings={"sasrec": {"dim": 64, "bias": True, "layers": (1, 2), "path": None}},
        command="seesay compare --recommenders sasrec",
        machine="2 cores",
        seconds=51.5,
        versions={"torch": "2.13.0"},
    )
