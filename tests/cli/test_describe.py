"""A folder of clips, one of them broken, from `add items` to a feature that leaves it out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_one_bad_video_is_listed_and_the_job_goes_on(
    tmp_path: Path, seesay: Run, make_clip: Callable[..., Path]
) -> None:
    (tmp_path / "clips").mkdir()
    make_clip(tmp_path / "clips/first one.mp4", seconds=1)
    make_clip(tmp_path / "clips/second.mp4", seconds=1, sound=False)
    (tmp_path / "clips/text.mp4").write_text("This is no video.")
    assert seesay("init", cwd=tmp_path).returncode == 0
    added = seesay("add", "items", "clips", "--json", cwd=tmp_path)
    assert json.loads(added.stdout)["added"] == 3

    done = seesay("describe", "--json", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout)
    assert report["described"] == 2
    assert list(report["failed"]) == ["text"]

    again = seesay("describe", cwd=tmp_path)
    assert again.returncode == 3
    assert "0 described, 2 were done before, 1 failed" in again.stdout
    assert "\n  text: " in again.stdout
    shown = seesay("show", "text", cwd=tmp_path)
    assert shown.returncode == 2
    why = report["failed"]["text"]
    assert f"'text' could not be described: {why}. Try again: seesay describe\n" in shown.stderr

    encoded = seesay("encode", "described", "--json", cwd=tmp_path)
    assert encoded.returncode == 3, encoded.stderr
    feature = json.loads(encoded.stdout)["features"]["described"]
    assert (feature["rows"], list(feature["left_out"])) == (2, ["text"])

    found = seesay("recommend", "--query", "a coloured picture", "--json", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    items = json.loads(found.stdout)["items"]
    assert {item["item_id"] for item in items} == {"first one", "second"}
