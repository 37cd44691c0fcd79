from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evaluate.papers import READY, cell, write_ranks
from evaluate.worlds import IDS, make_bench
from seesay.core.errors import SeesayError
from seesay.encode.features import FeatureTable, write_features
from seesay.evaluate.comparison import Cell, Comparison
from seesay.evaluate.preset import RECOMMENDERS, left_out, look_what_is_ready, make_paper_table


@pytest.fixture
def users(tmp_path: Path) -> Path:
    return write_ranks(tmp_path / "users.parquet")


def test_what_is_ready_and_what_to_run_for_the_rest(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    with pytest.raises(SeesayError, match=r"None of the paper's features.*title: There is no"):
        look_what_is_ready(bench, {})
    vectors = np.ones((20, 2), np.float32)
    write_features(tmp_path / "features/title", FeatureTable("title", IDS, vectors, {}))
    silent_one = {"left_out": {IDS[-1]: "it has no sound"}}
    silent = FeatureTable("audio", IDS[:-1], vectors[:-1], silent_one)
    write_features(tmp_path / "features/audio", silent)
    ready = look_what_is_ready(bench, {"video": "No item has a video."})
    assert ready.features == ("title",)
    assert ready.recommenders[:4] == RECOMMENDERS[:4]
    assert ready.lacking["video"].startswith("No item has a video. Of MicroLens: seesay data")
    assert "it has no sound" in ready.lacking["audio"]
    assert "seesay encode described-video" in ready.lacking["described-video"]
    filled = look_what_is_ready(replace(bench, fill=True), {})
    assert filled.features == ("title", "audio")


def test_a_part_of_the_table(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    for name in ("title", "video"):
        table = FeatureTable(name, IDS, np.ones((20, 2), np.float32), {})
        write_features(tmp_path / f"features/{name}", table)
    ready = look_what_is_ready(bench, left_out(["content-knn"], ["title"]))
    assert (ready.recommenders, ready.features) == (("content-knn",), ("title",))
    assert ready.lacking["video"] == ready.lacking["sasrec"] == "It was not asked for."
    assert left_out(None, None) == {}
    with pytest.raises(SeesayError, match="no recommender in the paper called 'popularity'"):
        left_out(["popularity"], None)
    with pytest.raises(SeesayError, match="no set of features in the paper called 'id'"):
        left_out(None, ["id"])


def test_every_cell_of_the_paper_is_there(users: Path) -> None:
    cells = (cell("two-tower", "title", 0.5, 0.25), Cell("sasrec", "title", note="out of memory"))
    table = make_paper_table(Comparison(cells), READY, users, "data demo")
    assert len(table.lines) == 25
    assert (table.claims, table.simulated) == ((), False)
    by_cell = {(line.recommender, line.features): line for line in table.lines}
    mine, failed, lacking = (
        by_cell[key] for key in (("two-tower", "title"), ("sasrec", "title"), ("tiger", "audio"))
    )
    assert mine.paper is not None
    assert (mine.ours, mine.paper.hr, mine.failed) == (cells[0], 0.0414, False)
    assert (failed.ours, failed.note, failed.failed) == (None, "out of memory", True)
    assert (lacking.note, lacking.failed) == ("No tiger.", False)
    assert {row.recommender for row in table.others} >= {"DSSM", "NextItNet"}


def test_what_words_add_is_paired_by_user(users: Path) -> None:
    cells = (
        cell("two-tower", "video", 0.5, 0.25),
        cell("two-tower", "described-video", 0.75, 0.5),
    )
    table = make_paper_table(Comparison(cells, simulated=True), READY, users, "")
    (claim,) = table.claims
    # By hand: (1 - 1/log2(4)) / 2 = 0.25 over two users, one of whom gains nothing.
    assert claim.ours.mean == pytest.approx(0.25, abs=1e-12)
    assert (claim.ours.low, claim.ours.high) == (0.0, 0.5)
    # Both draw the user who gains nothing a quarter of the time, on one of two sides.
    assert claim.p_holm == pytest.approx(0.5, abs=0.05)
    assert claim.share == pytest.approx(0.5)
    assert claim.paper_share == pytest.approx(0.0489 / 0.0393 - 1)


def test_claims_are_corrected_for_their_number(users: Path) -> None:
    ranks = pl.read_parquet(users)
    both = [ranks, ranks.with_columns(recommender=pl.lit("sasrec"))]
    pl.concat(both).write_parquet(users)
    cells = tuple(
        cell(recommender, name, 0.5, 0.25)
        for recommender in ("two-tower", "sasrec")
        for name in ("video", "described-video")
    )
    table = make_paper_table(Comparison(cells), READY, users, "")
    assert [claim.recommender for claim in table.claims] == ["two-tower", "sasrec"]
    assert all(claim.p_holm == pytest.approx(1.0, abs=0.1) for claim in table.claims)
