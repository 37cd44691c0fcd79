"""What a comparison leaves on disk, and what its table says of cold items."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evaluate.worlds import make_bench
from seesay.catalog.split import SplitSettings
from seesay.core.files import read_json
from seesay.evaluate.compare import run_trials
from seesay.evaluate.comparison import Comparison
from seesay.evaluate.keep_comparison import keep_comparison
from seesay.evaluate.significance import resample
from seesay.recommend.base import FeatureSpec
from seesay.recommend.ranking import ndcg

SPECS = [FeatureSpec.parse(text) for text in ("id", "sides", "id+sides")]


def test_cold_items_are_compared_among_all_and_among_themselves(tmp_path: Path) -> None:
    bench = replace(make_bench(tmp_path), split=SplitSettings(kind="cold-items", test_share=0.3))
    trials = run_trials(["popularity", "content-knn"], SPECS, [0], bench)
    kept, _ = keep_comparison(trials, bench)
    popular, _, content, _ = kept.cells
    assert content.mean["ndcg@10 among cold"] > 2 * popular.mean["ndcg@10 among cold"]
    assert set(content.interval) >= {"ndcg@10", "ndcg@10 among cold"}
    assert kept.split["test"]["items"] <= 6
    assert all(check["passed"] for check in kept.audit.values())
    assert "cold items in training or in a history" in kept.audit
    assert kept.drawn == "users"


def test_nothing_is_held_against_the_id_on_cold_items_however_few(tmp_path: Path) -> None:
    bench = replace(make_bench(tmp_path), split=SplitSettings(kind="cold-items", test_share=0.3))
    kept, _ = keep_comparison(run_trials(["item-knn"], SPECS, [0], bench), bench)
    assert {gain.over for gain in kept.gains} == {"best"}


def test_cold_items_are_drawn_with_their_users_where_there_are_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seesay.evaluate.bench.FEWEST_UNITS", 4)
    bench = replace(make_bench(tmp_path), split=SplitSettings(kind="cold-items", test_share=0.3))
    trials = run_trials(
        ["item-knn", "content-knn"],
        [FeatureSpec.parse("id+sides"), FeatureSpec.parse("sides")],
        [0],
        bench,
    )
    kept, folder = keep_comparison(trials, bench)
    assert kept.drawn == "items"
    content = next(cell for cell in kept.cells if cell.recommender == "content-knn" and cell.mean)
    ranks = pl.read_parquet(folder / "per_user.parquet").filter(recommender="content-knn")
    found = np.array([ndcg(ranks["rank"].to_numpy(), 10)])
    lots = resample(found, together=ranks["item_id"].rank("dense").to_numpy()).interval(0)
    assert content.interval["ndcg@10"].mean == pytest.approx(lots.mean)
    assert content.interval["ndcg@10"].low == pytest.approx(lots.low, abs=0.02)
    assert content.interval["ndcg@10"].high == pytest.approx(lots.high, abs=0.02)
    (loss,) = {part.loss for part in kept.knock_outs if part.part == "sides"}
    assert loss.low < loss.mean < loss.high


def test_what_is_kept_can_be_read_again(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    trials = run_trials(["item-knn", "content-knn"], SPECS, [0], bench)
    kept, folder = keep_comparison(trials, bench, "seesay compare", "perception")
    assert kept.describer == ""
    assert kept.versions.keys() > {"seesay", "torch", "feature sides"}
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
