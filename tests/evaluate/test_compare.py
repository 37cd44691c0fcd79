"""Cells, seeds and failures of a comparison."""

from pathlib import Path

import pytest

from evaluate.worlds import USERS, make_bench
from seesay.core.errors import SeesayError
from seesay.core.files import read_json
from seesay.evaluate.compare import keep_comparison, run_trials
from seesay.evaluate.comparison import Comparison
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
    with pytest.raises(SeesayError, match="No training came to an end"):
        run_trials(["two-tower"], SPECS[:1], [0], bench)


def test_what_is_kept_can_be_read_again(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    trials = run_trials(["item-knn", "content-knn"], SPECS, [0], bench)
    kept, folder = keep_comparison(trials, bench, "seesay compare", "perception")
    assert kept.describer == ""
    assert kept.seconds == pytest.approx(
        sum(sum(run.metrics["seconds"].values()) for run in trials.runs)
    )
    assert Comparison.from_dict(read_json(folder / "comparison.json")) == kept
    assert (folder / "table.md").read_text().count("| item-knn |") == 3
    assert {path.name for path in folder.iterdir()} == {
        "per_user.parquet",
        "report.html",
        "table.md",
        "comparison.json",
    }
