"""`seesay compare` as a process: splits, and what it prints of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

IDS = ("compare", "--recommenders", "popularity,item-knn", "--features", "id")


def test_a_split_is_chosen_and_its_counts_are_printed(workspace: Path, seesay) -> None:
    done = seesay(*IDS, "--split", "cold-items", cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert "what the split leaves" in done.stdout
    assert "the log" in done.stdout
    assert "nDCG@10 among cold" in done.stdout
    told = json.loads(seesay(*IDS, "--json", cwd=workspace).stdout)
    assert told["split"]["the log"] == {"users": 20, "items": 20, "interactions": 140}
    assert told["split"]["test"]["users"] == 20
    assert told["dataset"]["split: kind"] == "leave-one-out"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--split", "random"], "'leave-one-out', 'global-time' or 'cold-items'"),
    ],
)
def test_bad_input_is_one_line(workspace: Path, seesay, arguments: list[str], said: str) -> None:
    done = seesay(*IDS, *arguments, cwd=workspace)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_split_that_leaves_nothing_to_test(workspace: Path, seesay) -> None:
    (workspace / "seesay.toml").write_text("[split]\ncore = 8\n")
    done = seesay(*IDS, cwd=workspace)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Nothing is left to split: of 20 users with 140 interactions" in done.stderr
