"""What makes two runs the same run."""

from pathlib import Path

import numpy as np
import pytest

from seesay.core.errors import SeesayError
from seesay.recommend.base import FeatureSet, FeatureSpec
from seesay.recommend.interactions import Interactions, Vocabulary
from seesay.recommend.popularity import Popularity
from seesay.recommend.run import (
    NOTHING,
    Run,
    changed_settings,
    list_runs,
    load_recommender,
    make_plan,
    read_run,
    run_vocabulary,
    why_not,
    write_run,
)

ID = FeatureSpec(True, ())
INPUTS = {"interactions_sha256": "x"}


def test_the_id_names_the_run_and_holds_all_that_decides_it() -> None:
    plan = make_plan("sasrec", FeatureSpec.parse("title+id"), 3, {}, INPUTS)
    assert plan.id.startswith("sasrec_id+title_s3_")
    assert plan.options["seed"] == 3
    spelled_out = make_plan("sasrec", FeatureSpec.parse("id+title"), 3, plan.options, INPUTS)
    assert spelled_out.id == plan.id
    others = [
        make_plan("sasrec", plan.spec, 4, {}, INPUTS),
        make_plan("sasrec", plan.spec, 3, {"dim": 8}, INPUTS),
        make_plan("sasrec", ID, 3, {}, INPUTS),
        make_plan("sasrec", plan.spec, 3, {}, {"interactions_sha256": "y"}),
        make_plan("two-tower", plan.spec, 3, {}, INPUTS),
    ]
    assert len({plan.id, *(other.id for other in others)}) == 6


def test_a_recommender_without_a_seed_is_one_run_for_all_seeds() -> None:
    ids = {make_plan("popularity", NOTHING, seed, {}, INPUTS).id for seed in range(3)}
    assert len(ids) == 1
    assert ids.pop().startswith("popularity_-_s0_")


def test_which_features_fit() -> None:
    assert why_not("content-knn", ID)
    assert why_not("content-knn", FeatureSpec.parse("id+title"))
    assert not why_not("content-knn", FeatureSpec.parse("title"))
    assert not why_not("sasrec", FeatureSpec.parse("id+title"))
    assert not why_not("popularity", ID)


def test_written_and_read(tmp_path: Path) -> None:
    train = Interactions.from_histories([np.array([0, 1], np.int32), np.array([1], np.int32)], 3)
    features = FeatureSet(NOTHING, {})
    fitted = Popularity().fit(train, features)
    plan = make_plan("popularity", NOTHING, 0, {}, INPUTS)
    vocabulary = Vocabulary(("a", "b", "c"))
    run = write_run(
        tmp_path / plan.id, plan, fitted, vocabulary, {"validation": {"mrr": 0.5}}, "12ab"
    )
    assert run == read_run(tmp_path / plan.id)
    assert (run.id, run.spec, run.plan["features"]) == (plan.id, NOTHING, "-")
    assert run.remedy == "Train it again: seesay train popularity --seed 0"
    assert run_vocabulary(run) == vocabulary
    history = [np.array([2], np.int32)]
    again = load_recommender(run, features)
    assert np.array_equal(again.score(history), fitted.score(history))
    (tmp_path / "compare-1").mkdir()
    (tmp_path / "half-done").mkdir()
    assert list_runs(tmp_path) == [run]
    with pytest.raises(SeesayError, match=f"Did you mean '{plan.id}'. It is the only one in"):
        read_run(tmp_path / "popular")


def test_a_damaged_run_says_so(tmp_path: Path) -> None:
    for number, manifest in enumerate(["{}", "[]", '{"plan": 3}']):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "manifest.json").write_text(manifest)
        (folder / "metrics.json").write_text("{}")
        with pytest.raises(SeesayError, match=r"is damaged\. Remove"):
            read_run(folder)


def test_a_run_that_another_process_has_finished_stays(tmp_path: Path) -> None:
    train = Interactions.from_histories([np.array([0], np.int32)], 1)
    fitted = Popularity().fit(train, FeatureSet(NOTHING, {}))
    plan = make_plan("popularity", NOTHING, 0, {}, INPUTS)
    first = write_run(tmp_path / plan.id, plan, fitted, Vocabulary(("a",)), {"validation": {}}, "")
    (first.folder / "per_user.parquet").write_text("in use")
    again = write_run(tmp_path / plan.id, plan, fitted, Vocabulary(("a",)), {"validation": {}}, "")
    assert again == first
    assert (first.folder / "per_user.parquet").read_text() == "in use"


def test_a_run_says_its_split_and_how_its_settings_differ(tmp_path: Path) -> None:
    options = {"metric": "watched", "decay": 0.7}
    split = {"split": {"kind": "cold-items"}}
    for name, changes, inputs in (
        ("content-knn", {"metric": "watched"}, split),
        ("item-knn", {"content.metric": "watched", "content.decay": 0.9}, INPUTS),
    ):
        own = {"content": {**options, "decay": 0.9}} if name == "item-knn" else options
        plan = make_plan(name, FeatureSpec.parse("title"), 0, own, inputs)
        run = Run(tmp_path / plan.id, plan.as_dict(), {})
        assert changed_settings(run) == changes
        assert run.split == ("cold-items" if inputs is split else "leave-one-out")
    gone = Run(tmp_path, {**plan.as_dict(), "recommender": "gone"}, {})
    assert changed_settings(gone) == {}
