"""A workspace with everything that is awkward to write down: words, IDs, times and vectors."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from seesay.catalog.base import Catalog
from seesay.catalog.store import CatalogStore
from seesay.describe.base import Description, Facets, Moment
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.encode.features import FeatureTable, write_features
from seesay.workspace import Workspace

TITLES = {
    "007": "tabs\tand\nlines  and\r\nmore",
    "a b": '"quoted" and "more',
    "c,d": "NA",
    "é|": "",
    "i4": "\u2028 猫 and a\u00a0dog",
    "i5": "a | b : c",
    "i6": '"',
    "i7": "None",
}
IDS = list(TITLES)
USERS = ["u 0", "1", "02", '"q"', "ü"]
START = 1_700_000_000_000_000


def log() -> pl.DataFrame:
    """Six events a user, microseconds apart, so that 32 bits cannot tell their times apart."""
    rows = [
        (user, IDS[(step * (1 + row % 3) + row) % len(IDS)], START + 10 * row + step)
        for row, user in enumerate(USERS)
        for step in range(6)
    ]
    schema = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("user_id", "timestamp")


def write_catalogue(folder: Path) -> None:
    items = pl.DataFrame(
        {
            "item_id": IDS,
            "path": pl.Series([None, "/videos/x/clip.mp4", *[None] * 6], dtype=pl.String),
            "title": list(TITLES.values()),
            "tag": ["funny", "sad", None, "sad", "a\tb", "null", "x", "y"],
            "seconds": pl.Series([1.5, None, 3, 4, 5, 6, 7, 8], dtype=pl.Float64),
            "size:x": [1, 2, 3, 4, 5, 6, 7, 8],
            "sort of": pl.Series(["p", "q"] * 4, dtype=pl.Categorical),
        }
    )
    CatalogStore(folder).put(Catalog(items, log(), simulated=True), "tests")


def write_words(folder: Path) -> None:
    with Journal(folder / "journal.sqlite") as journal:
        for row, item_id in enumerate(IDS[:5]):
            facets = Facets(
                summary=f"Line one of {item_id}.",
                genre="comedy" if row % 2 else "",
                actions=["runs", "jumps"],
                moments=[Moment(start=0, end=1.5, what="it starts")],
            )
            done = Description(item_id, f"Line one.\nGenre: {row}.", facets, "{}")
            journal.record(Attempt(f"both-{row}", item_id, "hand", "m"), done)
        heard = Description(IDS[0], "A\tdog barks.", Facets(summary="A dog barks."), "{}")
        journal.record(Attempt("audio", IDS[0], "hand", kind="audio"), heard)


def vectors(dim: int = 5) -> np.ndarray:
    values = np.random.default_rng(0).normal(size=(len(IDS), dim)).astype(np.float32)
    values[0, :3] = [1e-30, -3e20, 0.1]
    return values


def make_workspace(folder: Path) -> Workspace:
    made = Workspace.create(folder)
    write_catalogue(made.folder)
    write_words(made.folder)
    for name, ids in (("title", IDS), ("described-video", IDS[:5])):
        table = FeatureTable(name, ids[::-1], vectors()[: len(ids)][::-1], {"encoder": "tests"})
        write_features(made.folder / "features" / name, table)
    return made


def peer(name: str) -> Path:
    """Return the Python of another library's environment; skip where `make peers` has not run."""
    python = Path(__file__).parents[2] / ".venvs" / name / "bin/python"
    if not (python.parents[1] / ".made").is_file():
        pytest.skip(f"the environment of {name} is not there: run make peers")
    return python


def ask(python: Path, script: str, *arguments: object, given: Any = None) -> Any:
    """Run a script beside this file with another Python and return the JSON that it prints."""
    done = subprocess.run(
        [str(python), str(Path(__file__).with_name(script)), *map(str, arguments)],
        input=None if given is None else json.dumps(given),
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
