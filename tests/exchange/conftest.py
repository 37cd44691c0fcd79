"""One export in every format, read by all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.awkward import make_workspace
from seesay.workspace import Workspace

FORMATS = ["parquet", "npy", "recbole", "rectools", "huggingface"]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "work")


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an export of the awkward workspace with its split, whose histories are cut to 5."""
    here = tmp_path_factory.mktemp("exported")
    made = make_workspace(here / "work")
    settings = made.folder / "seesay.toml"
    settings.write_text(settings.read_text("utf-8") + "[split]\nkeep_last = 5\n", "utf-8")
    Workspace(made.folder).export(FORMATS, here / "out", split="leave-one-out")
    return here / "out"
