"""A store makes features by the settings it has, and refuses or tells of what is stale."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seesay.core.errors import SeesayError
from seesay.encode.store import FeatureStore
from seesay.media.base import MediaSettings

IDS = ["a", "b", "c"]


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    items = pl.DataFrame({"item_id": IDS, "title": IDS, "path": [""] * 3})
    options = {"random": {"dim": 5}, "shuffled": {"of": "random"}}
    return FeatureStore(tmp_path, options, MediaSettings(), lambda: items, lambda kind: {})


def with_seed(store: FeatureStore, seed: int) -> FeatureStore:
    return replace(store, options={**store.options, "random": {"dim": 5, "seed": seed}})


def test_encoders_get_their_settings_and_random_words_those_of_described(
    store: FeatureStore,
) -> None:
    assert store.encoder("random").dim == 5
    words = replace(store, options={"described": {"prefix": "say: "}}).encoder("random-words")
    assert words.settings.prefix == "say: "  # type: ignore[attr-defined]
    assert store.read_by("shuffled") == "random"
    assert store.read_by("random") == ""


@pytest.mark.parametrize(
    ("there", "shuffled"),
    [
        ([], "described"),
        (["video", "random"], "video"),
        (["title", "audio"], "title"),
        (["title", "described"], "described"),
    ],
)
def test_what_is_shuffled_is_there_where_the_settings_name_nothing(
    store: FeatureStore, there: list[str], shuffled: str
) -> None:
    for name in there:
        (store.folder / name).mkdir()
    assert replace(store, options={}).read_by("shuffled") == shuffled
    assert store.read_by("shuffled") == "random"


def test_what_is_shuffled_may_be_made_in_the_same_call(store: FeatureStore) -> None:
    made = replace(store, options={}).encode(["shuffled", "title"])
    assert list(made) == ["title", "shuffled"]
    title, shuffled = (np.load(store.folder / name / "vectors.npy") for name in made)
    assert sorted(title.tolist()) == sorted(shuffled.tolist())


def test_a_feature_that_is_named_twice_is_made_once(store: FeatureStore) -> None:
    assert store.encode(["random", "random"])["random"].fresh


def test_what_reads_a_stale_feature_is_stale(
    store: FeatureStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not store.is_stale("random")
    assert [made.fresh for made in store.encode(["random", "shuffled"]).values()] == [True, True]
    store.check_fresh(["random", "shuffled", "from-elsewhere"])
    later = with_seed(store, 1)
    with pytest.raises(SeesayError, match="'shuffled'") as refused:
        later.check_fresh(["shuffled"])
    assert "seesay encode random shuffled" in refused.value.remedy
    assert "has changed" not in capsys.readouterr().err
    replace(later, fills=True).check_fresh(["shuffled"])
    assert "'shuffled' was made from has changed" in capsys.readouterr().err
    later.encode(["random"])
    assert later.is_stale("shuffled")
    later.encode(["shuffled"])
    assert not later.is_stale("shuffled")
