from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seesay.catalog.base import Catalog
from seesay.catalog.store import CatalogStore
from seesay.core.errors import SeesayError
from seesay.core.files import read_json
from seesay.core.hashing import file_sha256
from seesay.describe.base import Description, Facets
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.encode.features import FeatureTable, write_features
from seesay.exchange.package import ROWS
from seesay.workspace import Workspace


def test_the_manifest_says_what_it_was_made_from(exported: Path) -> None:
    manifest = read_json(exported / "manifest.json")
    assert manifest["simulated"] is True
    assert manifest["split"]["keep_last"] == 5
    assert (manifest["items"], manifest["interactions"]) == (8, 30)
    features = manifest["made_from"]["features"]
    work = exported.parent / "work"
    assert features["title"]["vectors_sha256"] == file_sha256(work / "features/title/vectors.npy")
    written = {path for path in exported.rglob("*") if path.is_file()}
    assert {exported / name for name in manifest["files"]} | {exported / "manifest.json"} == written
    assert all(file_sha256(exported / name) == sha for name, sha in manifest["files"].items())


def test_no_path_of_this_machine_leaves_it(exported: Path) -> None:
    for path in exported.rglob("*"):
        if path.is_file():
            assert b"/videos/x" not in path.read_bytes()


def test_an_item_that_was_removed_leaves_no_vector(workspace: Workspace) -> None:
    first, *rest = workspace.titles()
    workspace.remove_items([first])
    to = workspace.folder / "out"
    manifest = workspace.export(["parquet"], to, ["title"])
    vectors = pl.read_parquet(to / "parquet/features/title.parquet")
    assert sorted(vectors["item_id"]) == sorted(rest)
    assert manifest["made_from"]["features"]["title"]["rows"] == len(rest)


def test_an_earlier_export_is_replaced_and_nothing_else_is(workspace: Workspace) -> None:
    to = workspace.folder / "out"
    workspace.export(["parquet", "npy"], to)
    (to / "left").write_text("from before")
    workspace.export(["npy"], to, ["title"])
    assert sorted(path.name for path in to.iterdir()) == ["manifest.json", "npy"]
    assert sorted(path.stem for path in (to / "npy").glob("*.npy")) == ["title"]
    mine = workspace.folder / "mine"
    (mine / "sub").mkdir(parents=True)
    for _ in range(2):
        with pytest.raises(SeesayError, match="is no earlier export"):
            workspace.export(["npy"], mine)
        (mine / "manifest.json").write_text(json.dumps({"kind": "something else"}))
    assert (mine / "sub").is_dir()
    with pytest.raises(SeesayError, match="is no earlier export"):
        workspace.export(["npy"], workspace.folder)


def test_a_placebo_leaves_only_by_name_and_marked_as_noise(workspace: Workspace) -> None:
    ids = workspace.catalog.items()["item_id"].to_list()
    noise = FeatureTable("random", ids, np.ones((len(ids), 2), np.float32), {})
    write_features(workspace.folder / "features/random", noise)
    to = workspace.folder / "out"
    left = workspace.export(["huggingface"], to)["made_from"]["features"]
    assert "title" in left
    assert "random" not in left
    assert "noise" not in (to / "huggingface/README.md").read_text("utf-8")
    named = workspace.export(["huggingface"], to, ["title", "random"])["made_from"]["features"]
    assert [name for name in named if "placebo" in named[name]] == ["random"]
    assert "`feature-random` is noise" in (to / "huggingface/README.md").read_text("utf-8")


def test_bad_input_writes_nothing(workspace: Workspace) -> None:
    to = workspace.folder / "out"
    for formats, features, message in [
        (["parket"], None, "no format called 'parket'.*parquet"),
        (["npy"], ["nothing"], "no feature called 'nothing'"),
        (["npy"], ["../.."], "no feature called"),
    ]:
        with pytest.raises(SeesayError, match=message):
            workspace.export(formats, to, features)
    log = workspace.catalog.interactions()
    items = workspace.catalog.items()
    bad = items.with_columns(item_id=items["item_id"].replace("i7", "NA"))
    kept = log.filter(log["item_id"] != "i7")
    CatalogStore(workspace.folder).put(Catalog(bad, kept, simulated=True), "tests")
    with pytest.raises(SeesayError, match="RecBole would not read the item_id 'NA'"):
        workspace.export(["parquet", "recbole"], to)
    assert [path.name for path in workspace.folder.iterdir() if "out" in path.name] == []


def test_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "bare")
    (tmp_path / "items.csv").write_text("item_id,title\na,cats\nb,\n")
    workspace.add_items(tmp_path / "items.csv")
    workspace.export(["parquet", "huggingface"], tmp_path / "out")
    found = {path.name for path in (tmp_path / "out/parquet").iterdir() if path.is_file()}
    assert found == {"items.parquet"}
    card = (tmp_path / "out/huggingface/README.md").read_text("utf-8")
    assert "`items`" in card
    assert "`descriptions`" not in card
    assert "simulated" not in card
    for name, message in [("npy", "no vectors"), ("recbole", "needs inter"), ("rectools", "needs")]:
        with pytest.raises(SeesayError, match=message):
            workspace.export([name], tmp_path / "other")
    with pytest.raises(SeesayError, match="no interactions yet"):
        workspace.export(["parquet"], tmp_path / "other", split="leave-one-out")


def test_a_catalogue_of_several_blocks_stays_in_order(tmp_path: Path) -> None:
    count = 2 * ROWS + 5
    ids = [f"i{item}" for item in range(count)]
    workspace = Workspace.create(tmp_path / "work")
    items = pl.DataFrame({"item_id": ids, "title": ["a title"] * count, "tag": ids})
    items = items.with_columns(path=pl.lit(None, pl.String))
    log = pl.DataFrame({"user_id": "u", "item_id": ids[-6:], "timestamp": range(6)})
    workspace.catalog.put(Catalog(items, log), "tests")
    with Journal(workspace.folder / "journal.sqlite") as journal:
        for row in (0, ROWS, count - 1):
            words = Description(ids[row], f"words {row}", Facets(summary="s", mood="calm"), "")
            journal.record(Attempt(f"key {row}", ids[row], "hand"), words)
    vectors = np.arange(2 * count, dtype=np.float32).reshape(-1, 2)
    write_features(workspace.folder / "features/wide", FeatureTable("wide", ids, vectors, {}))
    workspace.export(["parquet", "recbole", "rectools", "huggingface"], tmp_path / "out")
    out = tmp_path / "out"
    told = pl.read_parquet(out / "parquet/descriptions.parquet")
    assert told["item_id"].to_list() == ["i0", f"i{ROWS}", f"i{count - 1}"]
    shards = sorted((out / "huggingface/items/train").glob("*.parquet"))
    assert [pl.read_parquet(shard).height for shard in shards] == [ROWS, ROWS, 5]
    lines = (out / "recbole/seesay/seesay.item").read_text("utf-8").splitlines()
    assert [line.split("\t")[0] for line in lines[1:]] == ids
    assert lines[1 + ROWS].split("\t")[3] == f"words {ROWS}"
    emb = (out / "recbole/seesay/seesay.wide_emb").read_text("utf-8").splitlines()
    assert emb[-1] == f"i{count - 1}\t{2 * count - 2}.0 {2 * count - 1}.0"
    assert len(emb) == count + 1
    long = pl.read_parquet(out / "rectools/item_features.parquet")
    assert long.filter(feature="tag")["value"].to_list() == ids
    assert long.filter(feature="mood").height == 3
