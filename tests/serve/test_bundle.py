from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from seesay.core.errors import SeesayError
from seesay.serve.bundle import current_name, files_of, read_bundle
from seesay.serve.engine import BundleEngine
from seesay.serve.posted import Posted
from seesay.workspace import Workspace
from serve.conftest import CLIPS, ITEMS, USERS


def test_it_says_what_it_is(made: Workspace) -> None:
    info = read_bundle(made.folder / "bundle").info
    assert (info.recommender, info.features) == ("item-knn", "id+described")
    assert not info.simulated
    assert info.metrics["validation"]["ndcg@10"] > 0
    assert info.counts == {
        "items": ITEMS,
        "users": USERS,
        "interactions": USERS * 7,
        "described": ITEMS,
        "posters": CLIPS,
    }


def test_every_file_is_held_against_its_checksum(workspace: Workspace) -> None:
    root = workspace.folder / "bundle"
    folder = read_bundle(root).folder
    names = list(files_of(folder))
    assert {"items.parquet", "model/weights.safetensors", "posters/0.jpg"} <= set(names)
    for name in names:
        whole = (folder / name).read_bytes()
        changed = bytes([whole[0] ^ 1]) + whole[1:]
        (folder / name).write_bytes(changed)
        with pytest.raises(SeesayError, match="not the one that was written"):
            read_bundle(root)
        (folder / name).unlink()
        with pytest.raises(SeesayError, match="does not hold the files"):
            read_bundle(root)
        (folder / name).write_bytes(whole)
    (folder / "more.txt").write_text("x")
    with pytest.raises(SeesayError, match="does not hold the files"):
        read_bundle(root)


def test_what_is_no_bundle(workspace: Workspace, tmp_path: Path) -> None:
    root = workspace.folder / "bundle"
    with pytest.raises(SeesayError, match="seesay bundle"):
        read_bundle(tmp_path)
    folder = read_bundle(root).folder
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(SeesayError, match="another format"):
        read_bundle(root)
    for name in ("../work", "..", "", "/etc", "a/b"):
        (root / "current").write_text(name)
        assert current_name(root) == ""


def test_the_last_two_are_kept_and_posters_are_not_made_again(workspace: Workspace) -> None:
    root = workspace.folder / "bundle"
    first = read_bundle(root).folder
    poster = (first / "posters/0.jpg").read_bytes()
    second = workspace.bundle()
    assert read_bundle(root).folder == second
    assert (second / "posters/0.jpg").read_bytes() == poster
    third = workspace.bundle()
    assert {path.name for path in root.iterdir()} == {second.name, third.name, "current"}


def test_it_stands_by_itself_with_videos(workspace: Workspace, tmp_path: Path) -> None:
    workspace.bundle(with_videos=True)
    shutil.move(workspace.folder / "bundle", tmp_path / "away")
    shutil.rmtree(workspace.folder)
    bundle = read_bundle(tmp_path / "away")
    videos = bundle.items["video"].to_list()
    assert [bool(video) for video in videos] == [number < CLIPS for number in range(ITEMS)]
    assert (bundle.folder / videos[0]).read_bytes()[4:8] == b"ftyp"


def test_an_item_newer_than_the_run_comes_behind_and_is_found_by_its_words(
    workspace: Workspace,
) -> None:
    here = workspace.folder
    run = read_bundle(here / "bundle").info.run
    (here / "late.csv").write_text("item_id,title\nlate,a zebra crossing\n")
    workspace.add_items(here / "late.csv")
    workspace.bundle(run)
    bundle = read_bundle(here / "bundle")
    assert bundle.known == ITEMS
    assert bundle.items["item_id"].to_list()[ITEMS:] == ["late"]
    engine = BundleEngine(bundle, Posted(here / "served"))
    assert not engine.item("late").recommended
    assert [one.item.item_id for one in engine.search("zebra", 3)] == ["late"]
    assert "late" not in [one.item.item_id for one in engine.recommend(["i1"], 100)]


def test_columns_are_such_that_json_can_hold_them(workspace: Workspace) -> None:
    here = workspace.folder
    run = read_bundle(here / "bundle").info.run
    pl.DataFrame(
        {
            "item_id": ["i0", "i1", "i2"],
            "title": ["a", "b", "c"],
            "when": [date(2025, 1, 2)] * 3,
            "share": [0.5, float("nan"), float("inf")],
            "tags": [["x"], [], ["y"]],
        }
    ).write_parquet(here / "more.parquet")
    workspace.add_items(here / "more.parquet")
    workspace.bundle(run)
    engine = BundleEngine(read_bundle(here / "bundle"), Posted(here / "served"))
    columns = [engine.item(item).columns for item in ("i0", "i1", "i2", "i3")]
    assert [one["share"] for one in columns] == [0.5, None, None, None]
    assert [one["when"] for one in columns] == ["2025-01-02"] * 3 + [None]
    assert "tags" not in columns[0]
    json.dumps(columns, allow_nan=False)
    found = engine.recommend(["i5"], 30, where={"when": "2025-01-02"})
    assert {one.item.item_id for one in found} == {"i0", "i1", "i2"}
