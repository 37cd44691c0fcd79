from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from exchange.awkward import IDS, vectors
from seesay.core.errors import SeesayError
from seesay.encode.features import read_features
from seesay.exchange.outside import Where
from seesay.workspace import Workspace


def feature(workspace: Workspace, name: str) -> dict[str, list[float]]:
    table = read_features(workspace.folder / "features" / name)
    return dict(zip(table.item_ids, np.array(table.vectors).tolist(), strict=True))


EXPECTED = dict(zip(IDS, vectors().tolist(), strict=True))


def test_every_form_of_a_table(workspace: Workspace, tmp_path: Path) -> None:
    wide = pl.DataFrame(vectors(), schema=[f"d{column}" for column in range(5)])
    tables = {
        "lists.parquet": pl.DataFrame({"item_id": IDS, "v": vectors().tolist(), "note": IDS}),
        "arrays.parquet": pl.DataFrame({"item_id": IDS, "v": vectors()}),
        "wide.parquet": wide.insert_column(0, pl.Series("item_id", IDS)),
    }
    for name, table in tables.items():
        table.write_parquet(tmp_path / name)
        taken = workspace.add_features(name.split(".")[0], tmp_path / name)
        assert (taken.rows, taken.dim, taken.without) == (8, 5, 0)
        assert feature(workspace, name.split(".")[0]) == EXPECTED
    tables["wide.parquet"].write_csv(tmp_path / "wide.csv")
    workspace.add_features("wide", tmp_path / "wide.csv")
    assert feature(workspace, "wide") == EXPECTED


def test_an_export_comes_back_as_it_went(workspace: Workspace, tmp_path: Path) -> None:
    workspace.export(["npy", "parquet"], tmp_path / "out")
    workspace.add_features("a", tmp_path / "out/npy/title.npy")
    workspace.add_features("b", tmp_path / "out/parquet/features/title.parquet")
    assert feature(workspace, "a") == feature(workspace, "b") == EXPECTED
    table = tmp_path / "ids.parquet"
    pl.DataFrame({"item_id": IDS[::-1]}).write_parquet(table)
    workspace.add_features("c", tmp_path / "out/npy/title.npy", Where(item_ids=table))
    assert feature(workspace, "c") == EXPECTED


def test_it_trains_and_is_never_stale(workspace: Workspace, tmp_path: Path) -> None:
    pl.DataFrame({"item_id": IDS, "v": vectors()}).write_parquet(tmp_path / "clip.parquet")
    workspace.add_features("clip", tmp_path / "clip.parquet")
    (tmp_path / "items.csv").write_text("item_id,title\n007,another title\n")
    workspace.add_items(tmp_path / "items.csv")
    run = workspace.train("content-knn", "clip")
    assert run.plan["features"] == "clip"
    manifest = read_features(workspace.folder / "features/clip").manifest
    assert manifest["outside"]["file"] == "clip.parquet"
    assert "fingerprint" not in manifest


def test_what_to_do_about_it_is_to_add_it_again(workspace: Workspace, tmp_path: Path) -> None:
    pl.DataFrame({"item_id": IDS, "v": vectors()}).write_parquet(tmp_path / "clip.parquet")
    workspace.add_features("clip", tmp_path / "clip.parquet")
    (workspace.folder / "new.csv").write_text("item_id,title\nnew,a new one\n")
    workspace.add_items(workspace.folder / "new.csv")
    with pytest.raises(SeesayError, match=r"does not cover 1 of 9.*seesay add features clip TABLE"):
        workspace.train("content-knn", "clip")
    (workspace.folder / "features/clip/vectors.npy").write_bytes(b"damaged")
    with pytest.raises(SeesayError, match=r"not those it was made of.*seesay add features clip"):
        workspace.train("content-knn", "clip")


def test_items_without_a_vector_are_named_where_they_are_missed(
    workspace: Workspace, tmp_path: Path
) -> None:
    pl.DataFrame({"item_id": [*IDS[:3], "who"], "v": vectors()[:4]}).write_parquet(
        tmp_path / "part.parquet"
    )
    with pytest.raises(SeesayError, match=r"1 of 4 vectors.*'who'.*--drop-unknown"):
        workspace.add_features("part", tmp_path / "part.parquet")
    taken = workspace.add_features("part", tmp_path / "part.parquet", drop_unknown=True)
    assert (taken.rows, taken.without, taken.dropped) == (3, 5, 1)
    with pytest.raises(SeesayError, match=r"leaves out 5 of 8 items.*the table from outside"):
        workspace.train("content-knn", "part")
    (workspace.folder / "seesay.toml").write_text('[defaults]\nmissing = "mean"\n')
    assert Workspace(workspace.folder).train("content-knn", "part")


def test_bad_input_leaves_the_old_feature(workspace: Workspace, tmp_path: Path) -> None:
    good = pl.DataFrame({"item_id": IDS, "v": vectors()})
    good.write_parquet(tmp_path / "good.parquet")
    workspace.add_features("mine", tmp_path / "good.parquet")
    nan = vectors().copy()
    nan[2, 1] = np.nan
    bad = {
        "nan": (pl.DataFrame({"item_id": IDS, "v": nan}), "not finite.*'c,d'"),
        "twice": (good.with_columns(item_id=pl.lit("007")), "more than once"),
        "ragged": (
            pl.DataFrame({"item_id": IDS[:2], "v": [[1.0], [1.0, 2.0]]}),
            "no vectors of numbers in the column 'v'",
        ),
        "text": (
            good.select("item_id").with_columns(v=pl.lit("x")),
            "no vectors of numbers in its",
        ),
        "no-id": (good.select("v"), "no column 'item_id'"),
        "others": (good.with_columns(item_id="x" + pl.col("item_id")), "mean the same items"),
    }
    for name, (table, message) in bad.items():
        table.write_parquet(tmp_path / f"{name}.parquet")
        with pytest.raises(SeesayError, match=message):
            workspace.add_features("mine", tmp_path / f"{name}.parquet")
    np.save(tmp_path / "flat.npy", np.zeros(8))
    with pytest.raises(SeesayError, match="does not say which item"):
        workspace.add_features("mine", tmp_path / "flat.npy")
    (tmp_path / "flat.item_ids.json").write_text(json.dumps(IDS))
    with pytest.raises(SeesayError, match=r"shape \[8\]"):
        workspace.add_features("mine", tmp_path / "flat.npy")
    np.save(tmp_path / "flat.npy", np.array([{}] * 8), allow_pickle=True)
    with pytest.raises(SeesayError, match="cannot be read as an array"):
        workspace.add_features("mine", tmp_path / "flat.npy")
    for name, message in [("title", "another name"), ("id", "no name"), ("../x", "no name")]:
        with pytest.raises(SeesayError, match=message):
            workspace.add_features(name, tmp_path / "good.parquet")
    assert feature(workspace, "mine") == EXPECTED
