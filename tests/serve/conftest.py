"""A small workspace with words, a log and a few real clips, its bundle, and real servers on it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from making import make_clip
from seesay.serve.bundle import read_bundle
from seesay.serve.engine import BundleEngine
from seesay.serve.posted import Posted
from seesay.workspace import Workspace

ITEMS, USERS, CLIPS = 24, 40, 3
CATS = (
    "A cat opens the fridge. The kitchen is dark.",
    "A cat sleeps on a sofa. The room is quiet.",
    "Two kittens chase a ball. Somebody laughs.",
)
ROCKETS = (
    "A rocket rises from the pad. Smoke fills the picture.",
    "An engine is tested at night. The flame is blue.",
    "People count down to the launch. The crowd cheers.",
)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """Asks a server."""

    address: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        method: str | None = None,
        timeout: float = 60,
    ) -> Answer:
        sent = {**self.headers, **(headers or {})}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.address + path, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def upload(self, path: Path, **fields: str) -> Answer:
        edge = "----edge"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"'
        parts += [f"{head}\r\n\r\n".encode(), path.read_bytes(), f"\r\n--{edge}--\r\n".encode()]
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        return self.ask("/v1/items", b"".join(parts), kind, timeout=200)


def make_workspace(folder: Path) -> Workspace:
    workspace = Workspace.create(folder)
    clips = folder / "clips"
    clips.mkdir()
    for number in range(CLIPS):
        make_clip(clips / f"i{number}.mp4", seconds=1, size=(96, 64))
    pl.DataFrame(
        {
            "item_id": [f"i{item}" for item in range(ITEMS)],
            "title": [("rocket", "cat")[item % 2] + f" number {item}" for item in range(ITEMS)],
            "path": [f"clips/i{item}.mp4" if item < CLIPS else None for item in range(ITEMS)],
            "topic": [("rockets", "cats")[item % 2] for item in range(ITEMS)],
            "likes": list(range(ITEMS)),
        }
    ).write_parquet(folder / "given.parquet")
    workspace.add_items(folder / "given.parquet")
    random = np.random.default_rng(0)
    rows = [
        (f"u{user:02}", f"i{item}", step)
        for user in range(USERS)
        for step, item in enumerate(random.permutation(np.arange(user % 2, ITEMS, 2))[:7])
    ]
    log = pl.DataFrame(rows, ["user_id", "item_id", "timestamp"], orient="row")
    log.write_parquet(folder / "log.parquet")
    workspace.add_interactions(folder / "log.parquet")
    pl.DataFrame(
        {
            "item_id": [f"i{item}" for item in range(ITEMS)],
            "text": [
                (ROCKETS, CATS)[item % 2][item // 2 % 3] + f" It is number {item}."
                for item in range(ITEMS)
            ],
        }
    ).write_parquet(folder / "words.parquet")
    workspace.add_descriptions(folder / "words.parquet", "outside")
    workspace.encode(["described"])
    return workspace


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace with runs and a bundle; it is for all tests, so it must not change."""
    workspace = make_workspace(tmp_path_factory.mktemp("served") / "work")
    for name, features in (
        ("popularity", "id"),
        ("item-knn", "id"),
        ("item-knn", "id+described"),
        ("content-knn", "described"),
        ("ease", "id"),
    ):
        workspace.train(name, features)
    workspace.train("sasrec", "id+described", options={"epochs": 2, "dim": 16})
    workspace.bundle(run_of(workspace, "item-knn", "id+described"))
    return workspace


def run_of(workspace: Workspace, recommender: str, features: str) -> str:
    return next(
        run.id
        for run in workspace.runs()
        if run.plan["recommender"] == recommender and run.plan["features"] == features
    )


@pytest.fixture
def workspace(made: Workspace, tmp_path: Path) -> Workspace:
    """Return a copy of it that may be changed."""
    shutil.copytree(made.folder, tmp_path / "work")
    return Workspace(tmp_path / "work")


@pytest.fixture
def engine(workspace: Workspace) -> Iterator[BundleEngine]:
    """Return an engine on the bundle of a copy, without a model for searching."""
    posted = Posted(workspace.folder / "served")
    yield BundleEngine(read_bundle(workspace.folder / "bundle"), posted)
    posted.close()


Start = Callable[..., Client]


@pytest.fixture(scope="session")
def starting() -> Iterator[Callable[..., tuple[Client, subprocess.Popen[str]]]]:
    """Return what starts `seesay serve` on a free port; all that run at the end are ended."""
    running: list[subprocess.Popen[str]] = []

    def start(folder: Path, *options: str) -> tuple[Client, subprocess.Popen[str]]:
        command = [sys.executable, "-m", "seesay", "-w", str(folder), "serve", "--port", "0"]
        process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        running.append(process)
        assert process.stdout is not None
        told = process.stdout.readline().split()
        if not told:
            raise AssertionError(process.communicate()[1])
        address = told[1].replace("0.0.0.0", "127.0.0.1")
        return Client(address), process

    yield start
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    for process in running:
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@pytest.fixture(scope="session")
def client(made: Workspace, starting: Any, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Return who asks a server that many tests share; what they post stays there."""
    folder = tmp_path_factory.mktemp("shared") / "work"
    shutil.copytree(made.folder, folder)
    return starting(folder)[0]


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
