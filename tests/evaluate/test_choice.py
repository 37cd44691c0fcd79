"""Which run recommends where none is named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluate.worlds import IDS, USERS, make_bench
from seesay.catalog.base import Catalog
from seesay.catalog.split import SplitSettings
from seesay.encode.features import FeatureTable, write_features
from seesay.evaluate.bench import Bench
from seesay.evaluate.choice import Choice, best_run, choose
from seesay.evaluate.trial import train_trial
from seesay.recommend.base import FeatureSpec
from seesay.recommend.item_knn import ItemKNN

ID, SIDES = FeatureSpec.parse("id"), FeatureSpec.parse("sides")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


def test_where_there_is_one_run_it_is_the_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (best_run(bench), choose(bench)) == (None, None)
    run = train_trial(bench.plan("item-knn", ID, 0), bench)
    assert best_run(bench).id == run.id
    assert best_run(bench, "sides") is None
    assert choose(bench) == Choice(run.id, 1, USERS)
    monkeypatch.setattr(ItemKNN, "version", 99)
    assert (best_run(bench), choose(bench)) == (None, None)


def test_a_placebo_does_not_recommend(bench: Bench) -> None:
    noise = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    write_features(bench.features / "random", FeatureTable("random", IDS, noise, {}))
    train_trial(bench.plan("item-knn", FeatureSpec.parse("id+random"), 0), bench)
    assert best_run(bench) is None


def test_of_runs_on_old_data_those_of_the_split_of_now_recommend(bench: Bench) -> None:
    cold = replace(bench, split=SplitSettings(kind="cold-items", test_share=0.2))
    for each in (bench, cold):
        for spec in (ID, SIDES):
            train_trial(each.plan("item-knn", spec, 0), each)
    later = replace(bench)
    log = bench.catalog.interactions()[:-1]
    later.catalog.put(Catalog(bench.catalog.items(), log, simulated=False), "tests")
    best = best_run(later)
    assert not later.is_current(best)
    assert best.split == "leave-one-out"
    assert choose(later).among == 2
