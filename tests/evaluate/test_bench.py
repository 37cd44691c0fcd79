"""What decides a run, and which runs still fit."""

from pathlib import Path

import numpy as np
import pytest

from evaluate.worlds import IDS, ITEMS, USERS, make_bench
from seesay.core.errors import SeesayError
from seesay.core.files import read_json, write_json
from seesay.core.hashing import file_sha256
from seesay.encode.features import FeatureTable, write_features
from seesay.evaluate.bench import Bench
from seesay.evaluate.trial import train_trial
from seesay.recommend.base import FeatureSpec
from seesay.recommend.item_knn import ItemKNN
from seesay.recommend.run import NOTHING

ID, SIDES = FeatureSpec.parse("id"), FeatureSpec.parse("sides")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path, **{"item-knn": {"decay": 0.4}})


def test_the_task_holds_the_last_two_of_each_user_out(bench: Bench) -> None:
    assert len(bench.task.users) == USERS
    assert np.diff(bench.task.train.offsets).tolist() == [5] * USERS
    assert len(bench.task.test.targets) == len(bench.task.validation.targets) == USERS


def test_a_plan_settles_every_setting(bench: Bench) -> None:
    plan = bench.plan("item-knn", ID, 4, {"decay": 0.6})
    assert plan.options["decay"] == 0.6
    assert bench.plan("item-knn", ID, 4).options["decay"] == 0.4
    assert plan.seed == 0
    assert bench.plan("sasrec", ID, 4).seed == 4
    assert bench.plan("popularity", SIDES, 0).spec == NOTHING


def test_a_run_of_another_version_does_not_fit(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train_trial(bench.plan("item-knn", ID, 0), bench)
    assert bench.still_fits(run)
    monkeypatch.setattr(ItemKNN, "version", 99)
    assert not bench.still_fits(run)
    assert bench.plan("item-knn", ID, 0).id != run.id


def test_a_run_on_other_vectors_does_not_fit(bench: Bench) -> None:
    run = train_trial(bench.plan("item-knn", SIDES, 0), bench)
    other = FeatureTable("sides", IDS, np.eye(ITEMS, dtype=np.float32), {})
    write_features(bench.features / "sides", other)
    assert not make_bench_again(bench).still_fits(run)


def make_bench_again(bench: Bench) -> Bench:
    return Bench(bench.catalog, bench.features, bench.runs, bench.split, bench.options)


def test_a_feature_must_cover_the_items(bench: Bench) -> None:
    half = FeatureTable("half", IDS[:5], np.eye(5, dtype=np.float32), {})
    write_features(bench.features / "half", half)
    with pytest.raises(SeesayError, match="does not cover 15 of 20"):
        bench.feature_set(FeatureSpec.parse("half"))
    filled = Bench(bench.catalog, bench.features, bench.runs, bench.split, {}, fill=True)
    rows = filled.feature_set(FeatureSpec.parse("half")).content["half"]
    assert np.allclose(rows[5:], 0.2)


def test_what_is_no_number_is_refused_with_its_rows(bench: Bench) -> None:
    folder = bench.features / "sides"
    vectors = np.load(folder / "vectors.npy")
    vectors[[3, 11], 1] = np.nan
    np.save(folder / "vectors.npy", vectors)
    manifest = read_json(folder / "manifest.json")
    write_json(
        folder / "manifest.json",
        {**manifest, "vectors_sha256": file_sha256(folder / "vectors.npy")},
    )
    with pytest.raises(SeesayError, match=r"no.*numbers for 2 of 20 items, the first: 'i3', 'i11'"):
        bench.feature_set(SIDES)


def test_likeness_is_by_the_title_and_does_without(bench: Bench, tmp_path: Path) -> None:
    assert (bench.measure, bench.likeness) == ("", None)
    vectors = np.random.default_rng(0).normal(size=(15, 3)).astype(np.float32)
    write_features(bench.features / "title", FeatureTable("title", IDS[5:], vectors, {}))
    again = make_bench(tmp_path)
    assert again.measure == "title"
    assert again.likeness is not None
    lengths = np.linalg.norm(again.likeness, axis=1)
    assert lengths == pytest.approx([0.0] * 5 + [1.0] * 15)
    assert again.facts()["diversity is by"] == "title"
    (bench.features / "title/vectors.npy").write_bytes(b"damaged")
    assert make_bench(tmp_path).likeness is None


def test_all_features_that_are_missing_are_named_at_once(bench: Bench) -> None:
    asked = [FeatureSpec.parse(text) for text in ("id+video", "title", "sides", "random")]
    with pytest.raises(SeesayError) as caught:
        bench.check(asked)
    assert "'video', 'title'" in caught.value.problem
    assert caught.value.remedy == "Run: seesay encode video title"
    with pytest.raises(SeesayError, match="no feature 'video'"):
        bench.check(asked[:1])
    bench.check(asked[2:])
