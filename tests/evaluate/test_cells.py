from __future__ import annotations

import pytest

from seesay.core.errors import SeesayError
from seesay.evaluate.cells import cells_of, placebos_of
from seesay.recommend.base import FeatureSpec

ID, TITLE = FeatureSpec.parse("id"), FeatureSpec.parse("title")


@pytest.mark.parametrize(
    ("compared", "shuffled", "placebos"),
    [
        ("title", "described", "random"),
        ("title", "title", "random shuffled"),
        ("described-audio", "described", "random random-words"),
        ("described random", "described", "shuffled random-words"),
        ("id title id+title", "described", "random id+random"),
        ("id+title id+random", "described", "random"),
        ("random id+random", "described", ""),
        ("id", "described", ""),
    ],
)
def test_placebos_fit_what_is_compared(compared: str, shuffled: str, placebos: str) -> None:
    specs = [FeatureSpec.parse(text) for text in compared.split()]
    assert [str(spec) for spec in placebos_of(specs, shuffled)] == placebos.split()


def test_each_recommender_meets_each_set_of_features_once() -> None:
    cells = cells_of(["popularity", "content-knn", "popularity"], [ID, TITLE, TITLE])
    assert [(name, str(spec), bool(fault)) for name, spec, fault in cells] == [
        ("popularity", "", False),
        ("content-knn", "id", True),
        ("content-knn", "title", False),
    ]


@pytest.mark.parametrize(
    ("recommenders", "specs"), [([], [ID]), (["sasrec"], []), (["content-knn"], [ID])]
)
def test_without_any_cell_it_says_what_to_change(
    recommenders: list[str], specs: list[FeatureSpec]
) -> None:
    with pytest.raises(SeesayError, match="nothing to compare"):
        cells_of(recommenders, specs)
