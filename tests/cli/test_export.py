from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from cli.conftest import Run


def test_export_and_bring_back(workspace: Path, seesay: Run) -> None:
    vectors = [[float(item), 1.0] for item in range(20)]
    table = pl.DataFrame({"item_id": [f"i{item}" for item in range(20)], "v": vectors})
    table.write_parquet(workspace.parent / "clip.parquet")
    added = seesay("add", "features", "clip", "../clip.parquet", "--json", cwd=workspace)
    expected = {"name": "clip", "rows": 20, "dim": 2, "without": 0, "dropped": 0}
    assert json.loads(added.stdout) == expected
    done = seesay(
        "export", "npy", "recbole", "--to", "../out", "--split", "leave-one-out", cwd=workspace
    )
    assert done.returncode == 0, done.stderr
    assert "20 items, 140 interactions, vectors: clip" in done.stdout
    out = workspace.parent / "out"
    assert (out / "recbole/seesay/seesay.clip_emb").is_file()
    again = seesay("add", "features", "back", "../out/npy/clip.npy", cwd=workspace)
    assert again.stdout == "'back': 20 vectors of 2 values.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("export", "rekbole", "--to", "../out"), "Did you mean 'recbole'?"),
        (("export", "--to", "."), "is no earlier export"),
        (("export", "--to", "../out", "--features", "clop"), "no feature called 'clop'"),
        (("export", "--to", "../out", "--split", "cold"), "no kind of split called 'cold'"),
        (("add", "features", "title", "../items.csv"), "another name"),
        (("compare", "--preset", "papers"), "Did you mean 'paper'?"),
        (("compare", "--preset", "paper", "--features", "id"), "no set of features in the paper"),
    ],
)
def test_bad_input_is_one_line(
    workspace: Path, seesay: Run, arguments: tuple[str, ...], message: str
) -> None:
    done = seesay(*arguments, cwd=workspace)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (workspace.parent / "out").exists()


def test_the_paper_as_far_as_titles_go(workspace: Path, seesay: Run) -> None:
    command = ("compare", "--preset", "paper", "--recommenders", "content-knn")
    done = seesay(*command, cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert "content-knn  title" in done.stdout
    assert "seesay data microlens FOLDER --videos FOLDER" in done.stdout
    (table,) = (workspace / "runs").glob("compare-*/paper.json")
    lines = json.loads(table.read_text("utf-8"))["lines"]
    assert [line["features"] for line in lines if line["ours"]] == ["title", "random", "shuffled"]
    assert len(lines) == 25 + 2
    assert "a placebo, not in the paper" in done.stdout
