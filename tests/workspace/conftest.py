from pathlib import Path

import pytest

from seesay.workspace import Workspace
from workspace.groups import Groups


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "work")
    made.load_dataset(Groups())
    return made
