"""Ctrl-C at the command line: what is said, what is waited for, and the exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from model_server import MODEL, ModelServer, Reply, completion, facets

Run = Callable[..., subprocess.CompletedProcess[str]]
TOLD = "seesay: interrupted. What was finished is kept; run the same command again.\n"
IMPORTED_SLOWLY = "import sys, time\nprint('importing', file=sys.stderr, flush=True)\n"
SLEEP = "time.sleep(120)\n"
# What pybind11 and numpy do with whatever comes while an extension is imported.
AS_AN_EXTENSION = f"""
try:
    {SLEEP}
except KeyboardInterrupt:
    raise ImportError('initialization failed') from None
"""


@pytest.fixture
def one_clip(tmp_path: Path, seesay: Run, make_clip: Callable[..., Path]) -> Path:
    (tmp_path / "clips").mkdir()
    make_clip(tmp_path / "clips/one.mp4", seconds=1)
    assert seesay("init", cwd=tmp_path).returncode == 0
    assert seesay("add", "items", "clips", cwd=tmp_path).returncode == 0
    return tmp_path


def start(folder: Path, *arguments: str, path: Path | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "seesay", *arguments],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(path or "")},
    )


def interrupt(process: subprocess.Popen[str], behind: str) -> None:
    """Press Ctrl-C once a line has been said."""
    assert process.stderr is not None
    while behind not in (line := process.stderr.readline()):
        assert line, f"it ended without '{behind}'"
    process.send_signal(signal.SIGINT)


def end_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    rest = process.communicate(timeout=60)[1]
    return process.returncode, rest


def test_before_the_command_has_begun(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text(IMPORTED_SLOWLY + SLEEP)
    process = start(tmp_path, "runs", path=tmp_path)
    interrupt(process, "importing")
    assert end_of(process) == (130, TOLD)


def test_an_interrupted_import_is_no_missing_package(one_clip: Path) -> None:
    (one_clip / "path").mkdir()
    (one_clip / "path/onnxruntime.py").write_text(IMPORTED_SLOWLY + AS_AN_EXTENSION)
    process = start(one_clip, "describe", path=one_clip / "path")
    interrupt(process, "importing")
    assert end_of(process) == (130, TOLD)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    running = ModelServer()
    yield running
    running.close()


@pytest.mark.parametrize("times", [1, 2])
def test_what_is_on_its_way_is_waited_for_once(
    times: int, one_clip: Path, server: ModelServer, seesay: Run
) -> None:
    answer, arrived = threading.Event(), threading.Event()

    def late(_: object) -> Reply:
        arrived.set()
        answer.wait()
        return Reply(completion(facets()))

    server.usual = late
    ask = ("describe", "--describer", "openai", "--base-url", server.url, "--model", MODEL)
    process = start(one_clip, *ask)
    assert arrived.wait(60)
    process.send_signal(signal.SIGINT)
    if times == 1:
        assert process.stderr is not None
        assert "Ctrl-C again stops at once" in process.stderr.readline()
        answer.set()
    else:
        interrupt(process, "Ctrl-C again stops at once")
    assert end_of(process) == (130, TOLD)
    answer.set()
    shown = seesay("show", "--json", cwd=one_clip)
    assert ("A cat plays the piano." in shown.stdout) == (times == 1)
