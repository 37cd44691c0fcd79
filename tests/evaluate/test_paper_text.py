from __future__ import annotations

from pathlib import Path

import pytest

from evaluate.papers import READY, cell, write_ranks
from seesay.core.files import read_json
from seesay.evaluate.comparison import Cell, Comparison
from seesay.evaluate.paper_text import (
    claim_rows,
    figure_rows,
    keep_paper_table,
    not_run,
    paper_markdown,
    protocol_text,
)
from seesay.evaluate.preset import FEATURES, make_paper_table


@pytest.fixture
def users(tmp_path: Path) -> Path:
    return write_ranks(tmp_path / "users.parquet")


def test_ours_the_papers_and_its_protocol_or_why_not(users: Path) -> None:
    cells = (
        cell("two-tower", "title", 0.5, 0.25),
        cell("two-tower", "video", 0.4, 0.2),
        Cell("sasrec", "title", note="out of memory"),
    )
    table = make_paper_table(Comparison(cells), READY, users, "data demo")
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


def test_what_words_add(users: Path) -> None:
    cells = (cell("two-tower", "video", 0.5, 0.25), cell("two-tower", "described-video", 0.75, 0.5))
    (row,) = claim_rows(make_paper_table(Comparison(cells), READY, users, ""))[1]
    assert row[:5] == ["two-tower", "described-video", "video", "+.2500", "+.0000 to +.5000"]
    assert row[6:] == ["+50%", "+24%"]
    assert 0.4 < float(row[5]) < 0.6


def test_on_cold_items_users_of_one_item_are_drawn_together(users: Path) -> None:
    cells = (cell("two-tower", "video", 0.5, 0.25), cell("two-tower", "described-video", 0.75, 0.5))
    table = make_paper_table(Comparison(cells, drawn="items"), READY, users, "")
    (row,) = claim_rows(table)[1]
    assert row[3:5] == ["+.2500", "+.2500 to +.2500"]
    assert "over the items guessed" in protocol_text(table)


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
