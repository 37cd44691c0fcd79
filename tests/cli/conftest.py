"""The command line as a process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def seesay() -> Run:
    """Return what runs `python -m seesay` with arguments in a folder."""

    def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "seesay", *map(str, arguments)],
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=200,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, seesay: Run) -> Path:
    """Return a folder with a small catalogue as csv files, and a workspace that holds it."""
    here = tmp_path_factory.mktemp("prepared")
    items = [f"i{item},{'cats' if item % 2 else 'rockets'} number {item}" for item in range(20)]
    (here / "items.csv").write_text("\n".join(["item_id,title", *items]) + "\n")
    events = [
        f"u{user},i{(2 * step + user % 2 + 2 * (user // 2)) % 20},{step}"
        for user in range(20)
        for step in range(7)
    ]
    (here / "log.csv").write_text("\n".join(["user_id,item_id,timestamp", *events]) + "\n")
    for command in (["init"], ["add", "items", "items.csv"], ["add", "interactions", "log.csv"]):
        done = seesay("-w", "work", *command, cwd=here)
        assert done.returncode == 0, done.stderr
    return here


@pytest.fixture
def workspace(prepared: Path, tmp_path: Path) -> Path:
    """Return a copy of that workspace; its tables lie beside it."""
    shutil.copytree(prepared, tmp_path / "here")
    return tmp_path / "here/work"
