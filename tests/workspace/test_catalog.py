"""A workspace before anything is described: made, opened, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest

import seesay
from seesay.catalog.datasets.demo import Demo, DemoSettings
from seesay.core.errors import SeesayError
from seesay.encode.features import FeatureTable, write_features
from seesay.workspace import Workspace
from workspace.groups import ITEMS, describe_by_hand


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


def test_a_folder_that_is_not_there_is_not_called_a_file(workspace: Workspace) -> None:
    with pytest.raises(SeesayError, match="neither a file nor a folder"):
        workspace.add_items(workspace.folder / "clips")


def test_a_data_set_that_is_refused_is_not_even_made(workspace: Workspace, tmp_path: Path) -> None:
    settings = DemoSettings(folder=tmp_path / "work", clips=1)
    with pytest.raises(SeesayError, match="already holds a catalogue"):
        workspace.load_dataset(Demo(settings))
    assert not (tmp_path / "work/videos").exists()


def test_what_was_made_with_items_that_were_removed_since(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    describe_by_hand(workspace)
    workspace.encode(["title"])
    own = FeatureTable("own", list(workspace.titles()), np.eye(ITEMS, dtype=np.float32), {})
    write_features(workspace.folder / "features/own", own)
    run = workspace.train("item-knn")
    watched = workspace.catalog.interactions()["item_id"].is_in(["i0", "i3"]).sum()
    gone = workspace.remove_items(["i0", "i3"])
    assert (gone.items, gone.interactions, gone.left) == (2, watched, ITEMS - 2)

    left = {item for item in own.item_ids if item not in ("i0", "i3")}
    with pytest.raises(SeesayError, match="or none on the items and features of now"):
        workspace.recommend(user="u0")
    for refused in (
        lambda: workspace.recommend(user="u0", run=run.id),
        lambda: workspace.bundle(run.id),
    ):
        with pytest.raises(SeesayError, match=r"items were removed, since .*Train it again"):
            refused()
    with pytest.raises(SeesayError, match="Train it again"):
        workspace.evaluate(run.id)
    capsys.readouterr()
    assert {one.item_id for one in workspace.recommend(query="cats", k=ITEMS)} == left
    assert {one.item_id for one in workspace.recommend(like="i2", k=ITEMS)} == left - {"i2"}
    assert capsys.readouterr().err.count("Run: seesay encode title") == 2
    with pytest.raises(SeesayError, match="has no item 'i0'"):
        workspace.recommend(like="i0")

    for stale in (
        lambda: workspace.train("content-knn", "title"),
        lambda: workspace.compare(["content-knn"], ["title"]),
    ):
        with pytest.raises(SeesayError, match=r"has changed since\. Run: seesay encode title"):
            stale()
    # Vectors from outside are not made anew, and those of other items are no harm.
    workspace.train("content-knn", "own")
    assert {one.item_id for one in workspace.recommend(like="i2", k=ITEMS)} == left - {"i2"}
    assert workspace.encode(["title"])["title"].manifest["rows"] == ITEMS - 2
    workspace.train("content-knn", "title")
    workspace.compare(["popularity", "content-knn"], ["title"])

    assert "i0" in workspace.descriptions()
    assert "i0" not in {entry.item_id for entry in workspace.journalled()}


def test_a_single_id_is_one_item_not_its_letters(workspace: Workspace) -> None:
    assert workspace.remove_items("i12").items == 1
    assert "i1" in workspace.titles()
