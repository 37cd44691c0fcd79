"""Each check says what was found, and what to do where it is not well."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from seesay.cli.checks import check_disk, check_workspace

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_doctor(tmp_path: Path, seesay: Run) -> None:
    done = seesay("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert checks["python"]["good"]
    assert "h264" in checks["codecs"]["found"]
    assert sum(name.startswith("weights") for name in checks) == 3
    assert {"disk", "device", "extra embedded", "extra faiss"} <= set(checks)
    assert "extra ray" not in checks
    assert checks["workspace"]["remedy"] == "Make one: seesay init ."
    assert all(check["good"] or check["remedy"] for check in checks.values())


def test_places_that_are_not_there_yet(tmp_path: Path) -> None:
    assert "GB free" in check_disk(tmp_path / "not/yet").found
    assert not check_workspace(tmp_path / "not/yet").good


def test_a_misspelt_setting_of_a_plug_in_is_told(tmp_path: Path, seesay: Run) -> None:
    assert seesay("init", "work", cwd=tmp_path).returncode == 0
    assert check_workspace(tmp_path / "work").good
    with (tmp_path / "work/seesay.toml").open("a") as settings:
        settings.write('\n[recommenders.content-knn]\nmetricc = "watched"\n')
    found = check_workspace(tmp_path / "work")
    assert not found.good
    assert "metricc" in found.found
