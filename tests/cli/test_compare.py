"""`seesay compare` as a process: splits, and what it prints of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seesay.encode.features import FeatureTable, write_features

IDS = ("compare", "--recommenders", "popularity,item-knn", "--features", "id")


def test_a_split_is_chosen_and_its_counts_are_printed(workspace: Path, seesay) -> None:
    done = seesay(*IDS, "--split", "cold-items", cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert "what the split leaves" in done.stdout
    assert "the log" in done.stdout
    assert "nDCG@10 among cold" in done.stdout
    told = json.loads(next(workspace.glob("runs/compare-*/comparison.json")).read_text())
    assert told["split"]["the log"] == {"users": 20, "items": 20, "interactions": 140}
    assert told["dataset"]["split: kind"] == "cold-items"


def test_it_ends_on_the_run_that_now_recommends(workspace: Path, seesay) -> None:
    done = seesay(*IDS, cwd=workspace)
    told = done.stdout.splitlines()[-1]
    start = "recommend, bundle and so serve now go by "
    ground = "the best of 2 by nDCG@10 on 20 validation users, so few that the choice means little"
    assert told.startswith(start)
    run = told.removeprefix(start).split(":")[0]
    assert ground in told
    by = seesay("recommend", "--user", "u1", cwd=workspace).stdout.splitlines()[-1]
    assert by == f"By {run} ({ground}; --run names another)."
    named = seesay("recommend", "--user", "u1", "--run", run, cwd=workspace).stdout
    assert named.splitlines()[-1] == f"By {run}."
    assert f"{run} is {ground}." in seesay("bundle", cwd=workspace).stdout


def test_searched_settings_and_outside_scores(workspace: Path, seesay) -> None:
    rows = [(f"u{user}", f"i{item}", float(item)) for user in range(10) for item in range(20)]
    table = pl.DataFrame(rows, ["user_id", "item_id", "score"], orient="row")
    table.write_parquet(workspace / "theirs.parquet")
    done = seesay(*IDS, "--tune", 3, "--scores", "theirs.parquet", cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert "item-knn x id: of 3 tried on validation: " in done.stdout
    assert "theirs" in done.stdout
    assert "for 10 of 20 tested users; for the others all items tie" in done.stdout
    assert "no leak found" in done.stdout
    kept = json.loads(next(workspace.glob("runs/compare-*/comparison.json")).read_text())
    assert kept["command"].endswith("--seeds 1 --tune 3 --scores theirs.parquet")
    assert len(json.loads(next(workspace.glob("runs/compare-*/tuning.json")).read_text())) == 1


def test_a_cell_that_fails_is_told_and_placebos_are_compared(workspace: Path, seesay) -> None:
    (workspace / "seesay.toml").write_text("[recommenders.ease]\nmax_items = 3\n")
    features = FeatureTable("look", [f"i{item}" for item in range(20)], np.eye(20), {})
    write_features(workspace / "features/look", features)
    names = ("compare", "--recommenders", "ease,content-knn", "--features", "look", "--json")
    done = seesay(*names, cwd=workspace)
    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert "FEW USERS" in told["warnings"][0]
    cells = told["cells"]
    assert [cell["features"] for cell in cells] == ["look", "random"] * 2
    assert [cell["failed"] for cell in cells] == [True, True, False, False]
    assert "ease takes at most 3 items" in cells[0]["note"]
    without = json.loads(seesay(*names, "--no-placebos", cwd=workspace).stdout)["cells"]
    assert [cell["features"] for cell in without] == ["look"] * 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scores", "nowhere.parquet"], "There is no file 'nowhere.parquet'"),
        (["--preset", "paper", "--tune", "3"], "does not search"),
        (["--split", "random"], "'random'. Known: cold-items, global-time, leave-one-out."),
    ],
)
def test_bad_input_is_one_line(workspace: Path, seesay, arguments: list[str], said: str) -> None:
    done = seesay(*IDS, *arguments, cwd=workspace)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_comparison_that_is_killed_goes_on_at_the_next_cell(workspace: Path, seesay) -> None:
    arguments = ["compare", "--recommenders", "item-knn,two-tower", "--features", "id"]
    (workspace / "seesay.toml").write_text("[recommenders.two-tower]\npatience = 60\n")
    with subprocess.Popen(
        [sys.executable, "-m", "seesay", *arguments],
        cwd=workspace,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        assert process.stderr.readline().startswith("1 of 2: item-knn x id: test nDCG@10")
        process.kill()
    (workspace / "seesay.toml").write_text("[recommenders.two-tower]\nepochs = 1\n")
    done = seesay(*arguments, cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert "item-knn_id_s0" in done.stderr
    assert done.stderr.count("is trained already") == 1
    assert "2 of 2: two-tower x id: test nDCG@10" in done.stderr


def test_a_split_that_leaves_nothing_to_test(workspace: Path, seesay) -> None:
    (workspace / "seesay.toml").write_text("[split]\ncore = 8\n")
    done = seesay(*IDS, cwd=workspace)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Nothing is left to split: of 20 users with 140 interactions" in done.stderr
