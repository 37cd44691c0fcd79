from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evaluate.worlds import IDS, make_bench
from seesay.core.errors import SeesayError
from seesay.core.files import read_json
from seesay.encode.features import FeatureTable, write_features
from seesay.evaluate.comparison import Cell, Comparison
from seesay.evaluate.preset import (
    FEATURES,
    RECOMMENDERS,
    Ready,
    claim_rows,
    figure_rows,
    keep_paper_table,
    left_out,
    look_what_is_ready,
    make_paper_table,
    not_run,
    paper_markdown,
)
from seesay.evaluate.significance import Interval

LACKING = {name: f"no {name}." for name in FEATURES if name not in ("title", "video")}
READY = Ready(("two-tower", "sasrec"), ("title", "video"), {"tiger": "No tiger.", **LACKING})


def cell(recommender: str, features: str, hr: float, ndcg: float) -> Cell:
    near = Interval(ndcg, ndcg - 0.01, ndcg + 0.01)
    return Cell(recommender, features, (0,), {"hr@10": hr, "ndcg@10": ndcg}, {}, {"ndcg@10": near})


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """Ranks of two users and two seeds; by hand, words gain 1/2 for the one and 0 for the other."""
    ranks = {"video": [[3, 50], [3, 50]], "described-video": [[1, 50], [1, 50]]}
    rows = [
        ("two-tower", name, seed, user, rank)
        for name, seeds in ranks.items()
        for seed, of_users in enumerate(seeds)
        for user, rank in zip("ab", of_users, strict=True)
    ]
    columns = ["recommender", "features", "seed", "user_id", "rank"]
    pl.DataFrame(rows, schema=columns, orient="row").write_parquet(tmp_path / "users.parquet")
    return tmp_path / "users.parquet"


def test_what_is_ready_and_what_to_run_for_the_rest(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    with pytest.raises(SeesayError, match=r"None of the paper's features.*title: There is no"):
        look_what_is_ready(bench, {})
    vectors = np.ones((20, 2), np.float32)
    write_features(tmp_path / "features/title", FeatureTable("title", IDS, vectors, {}))
    left_out = {"left_out": {IDS[-1]: "it has no sound"}}
    silent = FeatureTable("audio", IDS[:-1], vectors[:-1], left_out)
    write_features(tmp_path / "features/audio", silent)
    ready = look_what_is_ready(bench, {"video": "No item has a video."})
    assert ready.features == ("title",)
    assert ready.recommenders[:4] == RECOMMENDERS[:4]
    assert ready.lacking["video"].startswith("No item has a video. Name the videos: seesay data")
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


def test_every_cell_of_the_paper_is_there_run_or_not(users: Path) -> None:
    cells = (
        cell("two-tower", "title", 0.5, 0.25),
        cell("two-tower", "video", 0.4, 0.2),
        Cell("sasrec", "title", note="out of memory"),
    )
    table = make_paper_table(Comparison(cells), READY, users, "data demo")
    assert len(table.lines) == 25
    assert (table.claims, table.simulated) == ((), False)
    head, rows = figure_rows(table)
    assert rows[0] == [
        *("two-tower", "title", ".5000", ".2500", ".2400 to .2600", ".0414", "-"),
        "MicroLens-100K; its own split, describers, encoders and training",
    ]
    assert len(head) == len(rows[0])
    assert rows[5] == ["sasrec", "title", "not run", *"----", "figure not known here"]
    told = not_run(table)
    assert "sasrec x title: out of memory" in told
    assert f"tiger x {', '.join(FEATURES)}: No tiger." in told
    assert "two-tower, sasrec, gru4rec, content-knn x audio: no audio." in told


def test_a_placebo_stands_in_the_table_and_says_so(users: Path) -> None:
    cells = (cell("sasrec", "title", 0.5, 0.25), cell("sasrec", "random", 0.1, 0.05))
    table = make_paper_table(Comparison(cells), READY, users, "")
    (row,) = (row for row in figure_rows(table)[1] if row[1] == "random")
    assert row[0] == "sasrec"
    assert row[2:4] == [".1000", ".0500"]
    assert row[-1] == "a placebo, not in the paper"
    assert all(line.recommender != "NextItNet" for line in table.lines)
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
    assert claim.share == pytest.approx(0.5)
    assert claim.paper_share == pytest.approx(0.0489 / 0.0393 - 1)
    assert claim_rows(table)[1][0] == [
        *("two-tower", "described-video", "video"),
        *("+.2500", "+.0000 to +.5000", "+50%", "+24%"),
    ]


def test_it_is_kept_as_markdown_and_json(users: Path, tmp_path: Path) -> None:
    cells = (cell("two-tower", "title", 0.5, 0.25),)
    table = make_paper_table(Comparison(cells, simulated=True), READY, users, "data demo")
    keep_paper_table(tmp_path, table)
    text = (tmp_path / "paper.md").read_text("utf-8")
    assert text == paper_markdown(table) + "\n"
    assert text.startswith("**SIMULATED")
    assert "| two-tower | title | .5000 | .2500 |" in text
    assert "| NextItNet | id | .0805 | .0442 |" in text
    assert "What words add" not in text
    assert read_json(tmp_path / "paper.json")["lines"][0]["ours"]["mean"]["hr@10"] == 0.5
