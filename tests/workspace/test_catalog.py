"""A workspace before anything is described: made, opened, and what it refuses."""

from pathlib import Path

import pytest

import seesay
from seesay.catalog.datasets.demo import Demo, DemoSettings
from seesay.core.errors import SeesayError
from seesay.workspace import Workspace


def test_create_and_open(tmp_path: Path) -> None:
    with pytest.raises(SeesayError, match=r"is no workspace.*seesay init"):
        Workspace(tmp_path)
    Workspace.create(tmp_path / "a/b")
    text = (tmp_path / "a/b/seesay.toml").read_text()
    (tmp_path / "a/b/seesay.toml").write_text(text + "[split]\nkeep_last = 7\n")
    again = Workspace.create(tmp_path / "a/b")
    assert again.settings.split.keep_last == 7
    assert seesay.Workspace is Workspace


def test_settings_that_are_not_right(tmp_path: Path) -> None:
    Workspace.create(tmp_path)
    for text, message in [
        ("[split]\nkeep = 3\n", r"split\.keep: there is no such key"),
        ("[media]\ncount = 'x'\n", r"media\.count"),
        ("[split\n", "cannot be read"),
    ]:
        (tmp_path / "seesay.toml").write_text(text)
        with pytest.raises(SeesayError, match=message):
            Workspace(tmp_path)


def test_settings_of_a_plugin_that_is_not_there(workspace: Workspace) -> None:
    (workspace.folder / "seesay.toml").write_text("[recommenders.two_tower]\nepochs = 3\n")
    with pytest.raises(SeesayError, match=r"\[recommenders.two_tower\].*Did you mean 'two-tower'"):
        Workspace(workspace.folder)


def test_a_data_set_that_is_refused_is_not_even_made(workspace: Workspace, tmp_path: Path) -> None:
    settings = DemoSettings(folder=tmp_path / "work", clips=1)
    with pytest.raises(SeesayError, match="already holds a catalogue"):
        workspace.load_dataset(Demo(settings))
    assert not (tmp_path / "work/videos").exists()
