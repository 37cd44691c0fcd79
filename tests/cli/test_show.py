"""What there is, as a person lists it; and words that others have published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def described(prepared: Path, seesay, tmp_path_factory) -> Path:
    """Return a folder whose workspace holds published words."""
    import shutil

    here = tmp_path_factory.mktemp("show") / "here"
    shutil.copytree(prepared, here)
    rows = [
        {"item_id": f"i{item}", "kind": "video", "text": f"A film of item {item}, in short."}
        for item in range(20)
    ]
    (here / "theirs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = seesay("-w", "work", "data", "describe-what-you-see", "theirs.jsonl", cwd=here)
    assert (done.returncode, done.stdout) == (
        0,
        "20 descriptions by 'theirs' added (20 of kind 'video').\n",
    )
    return here


def test_a_second_run_does_nothing_and_says_so(described, seesay):
    again = seesay("-w", "work", "data", "describe-what-you-see", "theirs.jsonl", cwd=described)
    assert again.stdout == "Nothing to do: no new text; 20 were there already.\n"


def test_one_is_told_in_the_singular(tmp_path, seesay):
    (tmp_path / "items.csv").write_text("item_id\na\n")
    words = {"item_id": "a", "text": "A film of a cat that sleeps."}
    (tmp_path / "theirs.jsonl").write_text(json.dumps(words))
    assert seesay("init", cwd=tmp_path).returncode == 0
    assert seesay("add", "items", "items.csv", cwd=tmp_path).returncode == 0
    for command, told in (
        ("data describe-what-you-see theirs.jsonl", "1 description by 'theirs' added"),
        ("describe --review", "1 description, 1 without a fault;"),
    ):
        done = seesay(*command.split(), cwd=tmp_path)
        assert done.stdout.startswith(told), done.stderr


def test_show(described, seesay):
    all_lines = seesay("-w", "work", "show", cwd=described).stdout.splitlines()
    assert all_lines[0].split() == ["item", "kind", "by", "description"]
    assert len(all_lines) == 21
    one = seesay("-w", "work", "show", "i3", cwd=described).stdout
    assert one.startswith("A film of item 3, in short.\n(video; by theirs; 20")
    found = json.loads(seesay("-w", "work", "show", "i3", "--json", cwd=described).stdout)
    assert found["descriptions"][0]["facets"]["summary"] == "A film of item 3, in short."
    for arguments, message in (
        (["i99"], "no item 'i99'"),
        (["i3", "--kind", "audio"], "'i3' has no description"),
        (["--kind", "smell"], "no kind of text called 'smell'"),
    ):
        wrong = seesay("-w", "work", "show", *arguments, cwd=described)
        assert wrong.returncode == 2
        assert message in wrong.stderr


def test_review(described, seesay):
    done = seesay("-w", "work", "describe", "--review", "-n", "2", cwd=described)
    assert done.returncode == 0
    assert done.stdout.startswith("20 descriptions, 20 without a fault; mean grade 1.00.")


def test_runs(described, seesay):
    assert "No run is trained yet" in seesay("-w", "work", "runs", cwd=described).stdout
    for command in (["encode", "random"], ["train", "item-knn"]):
        assert seesay("-w", "work", *command, cwd=described).returncode == 0
    placebo = ["train", "content-knn", "--features", "random"]
    assert seesay("-w", "work", *placebo, cwd=described).returncode == 0
    lines = seesay("-w", "work", "runs", cwd=described).stdout.splitlines()
    marks = {line.split("_")[0]: line.split("  ")[-1].strip() for line in lines[1:3]}
    assert marks == {"item-knn": "the default", "content-knn": "a placebo"}
    assert "--run" in lines[-1]
    told = json.loads(seesay("-w", "work", "--json", "runs", cwd=described).stdout)["runs"]
    assert {run["run"].split("_")[0]: (run["default"], run["placebo"]) for run in told} == {
        "item-knn": (True, False),
        "content-knn": (False, True),
    }
