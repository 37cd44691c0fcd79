"""Cells, seeds and failures of a comparison."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evaluate.worlds import IDS, USERS, make_bench
from seesay.core.errors import SeesayError
from seesay.encode.features import FeatureTable, write_features
from seesay.evaluate.compare import run_trials
from seesay.recommend.base import FeatureSpec

SPECS = [FeatureSpec.parse(text) for text in ("id", "sides", "id+sides")]
QUICK = {"epochs": 1, "dim": 8}


def test_one_cell_for_what_takes_nothing_and_one_run_for_what_has_no_seed(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, **{"two-tower": QUICK})
    trials = run_trials(["popularity", "item-knn", "two-tower"], SPECS, range(2), bench)
    counted = {(one.recommender, one.features): len(one.evaluations) for one in trials.outcomes}
    assert counted == {
        ("popularity", "-"): 1,
        **{("item-knn", str(spec)): 1 for spec in SPECS},
        **{("two-tower", str(spec)): 2 for spec in SPECS},
    }
    assert trials.settings["two-tower"]["dim"] == 8
    assert "seed" not in trials.settings["two-tower"]
    assert trials.per_user().height == USERS * sum(counted.values())
    assert "sides" in trials.best("sides").spec.content


def test_a_training_that_fails_is_a_note_and_the_table_goes_on(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, **{"two-tower": {**QUICK, "learning_rate": 1e30, "epochs": 3}})
    trials = run_trials(["two-tower", "item-knn"], SPECS[:1], [0], bench)
    failed, done = trials.outcomes
    assert "went astray" in failed.note
    assert done.evaluations
    with pytest.raises(SeesayError, match="No training came to an end; the first: Training of two"):
        run_trials(["content-knn", "two-tower"], SPECS[:1], [0], bench)


def test_a_cell_that_runs_out_of_memory_is_a_note_and_the_table_goes_on(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, **{"two-tower": {**QUICK, "dim": 10**12}})
    trials = run_trials(["two-tower", "item-knn"], SPECS[:1], [0], bench)
    failed, done = trials.outcomes
    assert failed.note.startswith("failed: it ran out of memory")
    assert (failed.failed, done.failed, len(done.evaluations)) == (True, False, 1)


def test_what_shows_examples_is_no_placebo(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    noise = np.random.default_rng(1).normal(size=(len(IDS), 4)).astype(np.float32)
    write_features(bench.features / "random", FeatureTable("random", IDS, noise, {}))
    trials = run_trials(["item-knn"], [FeatureSpec.parse("id+random"), *SPECS[:1]], [0], bench)
    lucky, plain = trials.runs
    lucky = replace(lucky, metrics={**lucky.metrics, "validation": {"ndcg@10": 1.0}})
    assert replace(trials, runs=(lucky, plain)).best("described") == plain
    assert replace(trials, runs=(lucky,)).best("described") == lucky


def test_a_run_that_was_tested_on_other_users_stands_in_no_table(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    run = run_trials(["item-knn"], SPECS[:1], [0], bench).runs[0]
    users = pl.read_parquet(run.folder / "per_user.parquet")
    users.reverse().write_parquet(run.folder / "per_user.parquet")
    trials = run_trials(["item-knn", "popularity"], SPECS[:1], [0], bench)
    failed, done = trials.outcomes
    assert "was tested on other users" in failed.note
    assert (failed.failed, len(done.evaluations)) == (True, 1)


def test_what_leaks_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    views = np.arange(2 * len(IDS), dtype=np.float32).reshape(-1, 2)
    write_features(
        bench.features / "counts", FeatureTable("counts", IDS, views, {"columns": "likes"})
    )
    with pytest.raises(SeesayError, match=r"features made from views or likes: 'counts' is made f"):
        run_trials(["content-knn"], [FeatureSpec.parse("counts")], [0], bench)
    assert not bench.runs.exists()


def test_a_bad_option_of_any_recommender_is_refused_before_anything_is_trained(
    tmp_path: Path,
) -> None:
    bench = make_bench(tmp_path, ease={"regularisation": -1})
    with pytest.raises(SeesayError, match="regularisation"):
        run_trials(["item-knn", "ease"], SPECS[:1], [0], bench)
    assert not bench.runs.exists()


def test_a_run_that_was_chosen_on_the_test_is_refused(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    # A bench that was built wrongly: what it calls validation is the test.
    wrong = make_bench(tmp_path)
    wrong.__dict__["task"] = replace(bench.task, validation=bench.task.test)
    run_trials(["item-knn"], SPECS[:1], [0], wrong)
    with pytest.raises(SeesayError, match="was not chosen on validation"):
        run_trials(["item-knn"], SPECS[:1], [0], bench)


def test_a_cell_says_where_training_did_not_help(tmp_path: Path) -> None:
    idle = {**QUICK, "learning_rate": 1e-12}
    trials = run_trials(
        ["two-tower"], SPECS[1:2], range(2), make_bench(tmp_path, **{"two-tower": idle})
    )
    told, why = trials.outcomes[0].note.split(": ")
    assert told == "UNTRAINED in 2 of 2 seeds"
    assert why == "no epoch did better on validation, so the start is what ranks"
    assert len(trials.outcomes[0].evaluations) == 2


def test_the_audit_names_settings_of_which_nothing_is_known(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, **{"item-knn": {"decay": 0.9}})
    for tries in (0, 2):
        audit = run_trials(["item-knn", "popularity"], SPECS[:1], [0], bench, tries).audit.facts()
        assert "settings of item-knn in" in audit["choices made on the test"]["unknown"]
