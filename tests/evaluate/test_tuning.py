"""The search for settings: its draws, what it may look at, and what it chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from evaluate.worlds import make_bench
from seesay.catalog.base import Catalog
from seesay.catalog.split import split_log
from seesay.catalog.store import CatalogStore
from seesay.core.files import read_json
from seesay.core.plugins import build_plugin, plugin_names
from seesay.evaluate.bench import Bench
from seesay.evaluate.compare import run_trials
from seesay.evaluate.keep_comparison import keep_comparison
from seesay.evaluate.trial import train_trial
from seesay.evaluate.tuning import DECAY, NEEDS, SPACES, Space, draws, merged, space_of, tune
from seesay.recommend.base import FeatureSpec
from seesay.recommend.popularity import PopularitySettings

SPACE = {"a": (1, 2, 3), "inner": {"b": (True, False)}}
ID, SIDES, BOTH = (FeatureSpec.parse(text) for text in ("id", "sides", "id+sides"))
QUICK = {name: {"dim": 8, "epochs": 1} for name in NEEDS.keys() - {"item-knn", "ease"}}


def test_draws_differ_come_again_and_start_with_what_is() -> None:
    drawn = draws(SPACE, 4)
    assert drawn[0] == {}
    assert len({str(one) for one in drawn}) == 4
    assert all(one["a"] in (1, 2, 3) and one["inner"]["b"] in (True, False) for one in drawn[1:])
    assert draws(SPACE, 4) == drawn == draws(SPACE, 6)[:4] != draws(SPACE, 4, seed=1)
    everything = draws(SPACE, 100)
    assert len(everything) == 7
    assert draws({}, 5) == [{}]


def test_changes_go_on_top_also_inside() -> None:
    settings = {"a": 1, "inner": {"b": 1, "c": 2}}
    assert merged(settings, {"inner": {"b": 3}, "d": 4}) == {
        "a": 1,
        "inner": {"b": 3, "c": 2},
        "d": 4,
    }
    assert settings["inner"]["b"] == 1


@pytest.mark.parametrize("name", sorted(SPACES))
def test_the_values_of_every_space_are_settings(name: str) -> None:
    if name not in plugin_names("recommender"):
        pytest.skip(f"{name} is not installed")
    for drawn in draws(space_of(name, BOTH), 50):
        build_plugin("recommender", name, drawn)


def test_a_plug_in_may_declare_its_own_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PopularitySettings, "search", {"a": (1, 2)}, raising=False)
    assert draws(space_of("popularity", ID), 9)[1:] in ([{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1}])


def at(space: Space, path: str) -> Any:
    return reduce(lambda inside, name: inside.get(name, {}), path.split("."), space)


@pytest.mark.parametrize("spec", [ID, SIDES, BOTH], ids=str)
@pytest.mark.parametrize("name", sorted(NEEDS))
def test_a_cell_searches_what_changes_its_scores(
    tmp_path: Path, name: str, spec: FeatureSpec
) -> None:
    bench = make_bench(tmp_path)

    def scores(changes: Mapping[str, Any]) -> Any:
        settings = merged(QUICK.get(name, {}), changes)
        recommender = build_plugin("recommender", name, settings)
        recommender.fit(bench.task.train, bench.feature_set(spec), bench.task.validation)
        return recommender.score([np.array([0, 2, 5]), np.array([7])]).tolist()

    plain, searched = scores({}), space_of(name, spec)
    for path in NEEDS[name]:
        value = at(SPACES[name], path)[0]
        drawn = reduce(lambda inside, key: {key: inside}, reversed(path.split(".")), value)
        assert (scores(drawn) != plain) == bool(at(searched, path)), path


def test_a_trial_tells_what_it_tries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tuned = tune("item-knn", SIDES, 2, 0, make_bench(tmp_path))
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("with the settings as they were")
    content = tuned.trials[1].drawn["content"]
    assert second.endswith("with " + ", ".join(f"content.{key} {content[key]}" for key in content))


def test_no_two_draws_of_a_cell_are_one(tmp_path: Path) -> None:
    tuned = tune("item-knn", ID, 20, 0, make_bench(tmp_path))
    decays = [trial.options["decay"] for trial in tuned.trials]
    assert decays[0] == 0.5
    assert sorted(decays) == list(DECAY)


def test_the_best_in_validation_is_chosen_and_every_trial_is_kept(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, **{"item-knn": {"content": {"whitening": 0.1}}})
    trials = run_trials(["popularity", "item-knn"], [ID, SIDES], [0], bench, tries=5)
    assert [one.cell for one in trials.tuned] == ["item-knn x id", "item-knn x sides"]
    first, second = trials.tuned
    assert {name for one in first.trials for name in one.drawn} == {"decay"}
    assert {name for one in second.trials for name in one.drawn} == {"content"}
    assert first.trials[0].options["content"]["whitening"] == 0.1
    best = max(trial.validation for trial in first.trials)
    run = trials.runs[1]
    assert run.metrics["validation"]["ndcg@10"] == best == first.best.validation
    kept, folder = keep_comparison(trials, bench)
    assert kept.tuning["item-knn x id"]["trials"] == 5
    assert kept.settings["item-knn x id"] == first.best.options
    recorded = read_json(folder / "tuning.json")
    assert [len(one["trials"]) for one in recorded] == [5, 5]
    assert set(kept.settings) == {"popularity", "item-knn x id", "item-knn x sides"}


def test_what_was_tried_is_not_tried_again(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    few = tune("content-knn", SIDES, 3, 0, bench)
    files = sorted((bench.runs / "tuning").iterdir())
    assert len(files) == 3
    stamps = [path.stat().st_mtime_ns for path in files]
    more = tune("content-knn", SIDES, 5, 0, bench)
    assert [path.stat().st_mtime_ns for path in files] == stamps
    assert more.trials[:3] == few.trials
    assert tune("content-knn", SIDES, 3, 0, bench) == few


def test_a_trial_that_fails_is_recorded_and_another_is_chosen(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, **{"two-tower": {"dim": 10**12, "epochs": 1}})
    failed = tune("two-tower", ID, 1, 0, bench)
    assert failed.trials[0].validation is None
    assert "out of memory" in failed.trials[0].fault
    assert failed.facts()["failed"] == 1
    works = replace(failed, trials=(*failed.trials, replace(failed.trials[0], validation=0.1)))
    assert works.best.validation == 0.1


def other_test_items(bench: Bench, folder: Path) -> Bench:
    """Return a bench on the same log but for the rows that are tested."""
    log = bench.catalog.interactions()
    test = split_log(log, bench.split).test
    rest = log.join(test, on=log.columns, how="anti", maintain_order="left")
    swapped = test.with_columns(pl.lit("i0").alias("item_id"))
    store = CatalogStore(folder)
    whole = pl.concat([rest, swapped]).sort("user_id", "timestamp", maintain_order=True)
    store.put(Catalog(bench.catalog.items(), whole, simulated=False), "tests")
    return replace(bench, catalog=store, runs=folder / "runs")


@pytest.mark.parametrize("name", ["item-knn", "two-tower"])
def test_the_search_does_not_look_at_the_test(tmp_path: Path, name: str) -> None:
    quick = {"two-tower": {"dim": 8, "epochs": 2}}
    bench = make_bench(tmp_path, **quick)
    (tmp_path / "other").mkdir()
    other = other_test_items(bench, tmp_path / "other")
    assert other.task.test.targets.tolist() != bench.task.test.targets.tolist()
    ours, theirs = (tune(name, ID, 3, 0, one) for one in (bench, other))
    assert [one.validation for one in ours.trials] == [one.validation for one in theirs.trials]
    run, same = (train_trial(one.plan(name, ID, 0), one) for one in (bench, other))
    assert "test" not in run.metrics
    assert run.metrics["validation"] == same.metrics["validation"]
    weights = [load_file(one.folder / "model/weights.safetensors") for one in (run, same)]
    assert weights[0].keys() == weights[1].keys()
    for part, values in weights[0].items():
        np.testing.assert_array_equal(values, weights[1][part], err_msg=part)
