"""One trial: trained once, tested once."""

from pathlib import Path

import numpy as np
import polars as pl

from evaluate.worlds import IDS, USERS, make_bench
from seesay.core.files import MANIFEST, read_json
from seesay.encode.features import FeatureTable, write_features
from seesay.evaluate.bench import Bench
from seesay.evaluate.trial import test_trial as try_on_test
from seesay.evaluate.trial import train_trial, users_of
from seesay.recommend.base import FeatureSpec
from seesay.recommend.run import read_run


def test_a_run_is_trained_and_tested_once(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    plan = bench.plan("item-knn", FeatureSpec.parse("id"), 0)
    run = train_trial(plan, bench)
    assert run.id == plan.id
    assert set(run.metrics) == {"validation", "validation_users", "training", "seconds"}
    tested = try_on_test(run, bench)
    users = users_of(tested)
    assert users.height == USERS
    assert tested.metrics["test"]["hr@10"] == users["hr@10"].mean() > 0.9
    stamps = [path.stat().st_mtime_ns for path in sorted(run.folder.iterdir())]
    again = try_on_test(train_trial(plan, bench), bench)
    assert again.metrics == tested.metrics
    assert [path.stat().st_mtime_ns for path in sorted(run.folder.iterdir())] == stamps


def test_a_test_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    plan = bench.plan("popularity", FeatureSpec.parse("id"), 0)
    tested = try_on_test(train_trial(plan, bench), bench)
    before = users_of(tested)
    (tested.folder / "per_user.parquet").unlink()
    assert pl.DataFrame.equals(users_of(try_on_test(tested, bench)), before)


def test_a_run_is_tested_again_when_diversity_is_by_another_feature(tmp_path: Path) -> None:
    def bench_with_titles(vectors: np.ndarray) -> Bench:
        bench = make_bench(tmp_path)
        write_features(bench.features / "title", FeatureTable("title", IDS, vectors, {}))
        return bench

    bench = make_bench(tmp_path)
    run = train_trial(bench.plan("item-knn", FeatureSpec.parse("id"), 0), bench)
    untold = try_on_test(run, bench).metrics["test"]
    assert "diversity@10" not in untold
    alike = bench_with_titles(np.repeat(np.eye(2, dtype=np.float32), len(IDS) // 2, axis=0))
    before = try_on_test(read_run(run.folder), alike).metrics["test"]
    apart = bench_with_titles(np.eye(len(IDS), dtype=np.float32))
    after = try_on_test(read_run(run.folder), apart).metrics["test"]
    assert after["diversity@10"] != before["diversity@10"]
    assert {**after, "diversity@10": 0} == {**before, "diversity@10": 0}


def test_the_manifest_says_what_made_it(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    run = train_trial(bench.plan("content-knn", FeatureSpec.parse("sides"), 3), bench)
    made = read_json(run.folder / MANIFEST)
    assert made["plan"] == read_json(run.folder / "settings.json")
    assert made["plan"]["version"] == 1
    assert set(made["plan"]["inputs"]["features"]) == {"sides"}
