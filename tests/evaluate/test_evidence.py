"""What the report shows beside the table, on a small catalogue."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from evaluate.worlds import USERS, make_bench
from seesay.catalog.split import SplitSettings
from seesay.describe.base import Usage
from seesay.describe.journal_rows import Attempt, JournalEntry
from seesay.evaluate.compare import run_trials
from seesay.evaluate.evidence import make_evidence
from seesay.evaluate.report import Pictures, write_report
from seesay.recommend.base import FeatureSpec


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("evidence")
    bench = make_bench(folder, **{"two-tower": {"epochs": 1, "dim": 8}})
    specs = [FeatureSpec.parse(text) for text in ("id", "sides", "id+sides")]
    return run_trials(["popularity", "item-knn", "two-tower"], specs, range(2), bench), bench


@pytest.fixture(scope="module")
def evidence(trials):
    done, bench = trials
    return make_evidence(done.outcomes, done.runs, bench, {})


def test_slices_hold_every_cell_and_every_user(evidence):
    views, *others = evidence.slices
    assert views.name == "views of the target in training"
    assert sum(views.users) + views.unknown == USERS
    assert len(views.rows) == 1 + 3 + 3
    # All users have watched as many; nobody knows how long the videos are or what is said.
    assert others == []
    assert set(evidence.unsliced) == {
        "views of the user",
        "seconds that the target lasts",
        "speech in the target",
        "language of the target",
    }


def test_a_slice_is_the_mean_of_its_users(trials, evidence):
    done, _ = trials
    slices = evidence.slices[0]
    popular = slices.rows[0]
    figures = done.outcomes[0].evaluations[0].metrics["ndcg@10"]
    held = [
        count * one.mean
        for count, one in zip(slices.users, popular.intervals, strict=True)
        if one is not None
    ]
    if all(popular.intervals):
        assert sum(held) / USERS == pytest.approx(figures)


def test_fusions_and_the_map(evidence):
    assert {(one.recommender, one.part) for one in evidence.knock_outs} == {
        (name, part) for name in ("item-knn", "two-tower") for part in ("id", "sides")
    }
    assert (evidence.item_map.feature, evidence.item_map.total) == ("sides", 20)
    assert evidence.codebooks == {}


def described(item: str) -> JournalEntry:
    attempt = Attempt("key", item, "perception", kind="both")
    return JournalEntry(1, "described", attempt, "a cat", None, "", Usage(), "", 0.0, 1.0, None)


def helped(outcomes, feature="sides"):
    """Return outcomes in which `id` misses every target, of a feature that may be renamed."""
    renamed = [replace(one, features=one.features.replace("sides", feature)) for one in outcomes]
    return [
        replace(one, evaluations={seed: missed(it) for seed, it in one.evaluations.items()})
        if one.features == "id"
        else one
        for one in renamed
    ]


def missed(evaluation):
    return replace(evaluation, per_user=evaluation.per_user.with_columns(rank=pl.lit(15)))


def test_words_at_work_are_about_the_tested_item(trials):
    done, bench = trials
    told = make_evidence(helped(done.outcomes), done.runs, bench, {}).words_at_work
    counts = told.contrasts
    assert counts.both + counts.only_with + counts.only_without + counts.neither == USERS
    assert counts.only_with > 0
    task = bench.task
    cases = (*told.helped, *told.hurt)
    assert cases
    for case in cases:
        user = task.users.index(case.user)
        assert [case.target.item_id] == task.vocabulary.ids(task.test.targets[[user]])
        history = task.vocabulary.ids(task.test.histories.history(user))
        assert [item.item_id for item in case.history] == history[-5:]


@pytest.mark.parametrize(("feature", "shown"), [("sides", ""), ("described", "a cat")])
def test_words_are_shown_where_they_were_used(trials, feature, shown):
    done, bench = trials
    entries = {item: [described(item)] for item in bench.item_ids}
    told = make_evidence(helped(done.outcomes, feature), done.runs, bench, entries).words_at_work
    assert told.helped
    assert {case.target.why for case in (*told.helped, *told.hurt)} == {shown}


def test_cold_items_and_no_result(tmp_path):
    bench = make_bench(tmp_path)
    cold = replace(bench, split=SplitSettings(kind="cold-items", test_share=0.2))
    done = run_trials(["content-knn"], [FeatureSpec.parse("sides")], [0], cold)
    found = make_evidence(done.outcomes, done.runs, cold, {})
    # Nobody has watched a cold item in training: there is nothing to cut by.
    assert found.unsliced["views of the target in training"] == "all are alike"
    empty = make_evidence([replace(done.outcomes[0], evaluations={})], [], cold, {})
    assert (empty.slices, empty.knock_outs, empty.item_map, empty.words_at_work) == (
        (),
        (),
        None,
        None,
    )


def test_it_can_be_shown(tmp_path, evidence, comparison):
    path = tmp_path / "report.html"
    write_report(path, comparison, Pictures((), evidence.item_map, evidence.words_at_work))
    assert 'id="map"' in path.read_text("utf-8")
