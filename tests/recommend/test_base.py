from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seesay.core.errors import SeesayError
from seesay.recommend.base import FeatureSet, FeatureSpec

NAMES = st.sampled_from(["id", "title", "video", "audio", "described"])


@given(st.lists(NAMES, min_size=1, unique=True))
def test_a_spec_survives_being_written_and_read(names: list[str]) -> None:
    spec = FeatureSpec.parse("+".join(names))
    assert FeatureSpec.parse(str(spec)) == spec
    assert spec.use_id == ("id" in names)
    assert set(spec.content) == set(names) - {"id"}


@pytest.mark.parametrize("text", ["", "+", "id+", "title+title", "id++title"])
def test_what_is_no_set_of_features_is_refused(text: str) -> None:
    with pytest.raises(SeesayError, match="joined by"):
        FeatureSpec.parse(text)


def test_features_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(SeesayError, match="seesay encode title"):
        FeatureSet(FeatureSpec.parse("title"), {"title": np.array([[1.0, np.nan]])})


def test_content_stands_in_the_order_of_its_names() -> None:
    ones = np.ones((2, 2), np.float32)
    given = FeatureSet(FeatureSpec.parse("b+a"), {"b": ones, "a": ones})
    assert list(given.content) == ["a", "b"]


def test_features_other_than_those_named_are_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="video"):
        FeatureSet(FeatureSpec.parse("title"), {"video": np.ones((2, 2))})


@pytest.mark.parametrize("text", ["../title", "a/b", "id+.", "clip-v1.5", "title+a b"])
def test_what_cannot_be_a_folder_or_a_part_of_a_model_is_no_name(text: str) -> None:
    with pytest.raises(SeesayError, match="no set of features"):
        FeatureSpec.parse(text)
