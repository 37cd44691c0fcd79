from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl

from exchange.awkward import IDS, TITLES, log, vectors


def test_parquet_holds_all_as_it_was(exported: Path) -> None:
    folder = exported / "parquet"
    items = pl.read_parquet(folder / "items.parquet")
    assert dict(items.select("item_id", "title").iter_rows()) == TITLES
    assert items["path"].to_list() == [None, "clip.mp4", *[None] * 6]
    assert items["sort of"].to_list() == ["p", "q"] * 4
    assert pl.read_parquet(folder / "interactions.parquet").equals(log())
    title = pl.read_parquet(folder / "features/title.parquet")
    assert title["item_id"].to_list() == IDS[::-1]
    assert (title["vector"].to_numpy() == vectors()[::-1]).all()
    assert title["vector"].dtype == pl.Array(pl.Float32, 5)


def test_descriptions_of_every_kind_with_facets_as_columns(exported: Path) -> None:
    words = pl.read_parquet(exported / "parquet/descriptions.parquet")
    assert list(words.select("item_id", "kind").iter_rows()) == [
        ("007", "both"),
        ("007", "audio"),
        *((item, "both") for item in IDS[1:5]),
    ]
    first = words.row(0, named=True)
    assert first["text"] == "Line one.\nGenre: 0."
    assert first["actions"] == ["runs", "jumps"]
    assert first["moments"] == [{"start": 0.0, "end": 1.5, "what": "it starts"}]
    assert (first["describer"], first["model"]) == ("hand", "m")
    assert words["text"][1] == "A\tdog barks."


def test_the_split_is_the_one_of_comparisons(exported: Path) -> None:
    # By hand: of a user's six events the first is cut off, the fifth and sixth are guessed.
    mine = log().filter(pl.col("user_id") == "u 0")["item_id"].to_list()
    parts = {
        part: pl.read_parquet(exported / f"parquet/split/{part}.parquet")
        .filter(pl.col("user_id") == "u 0")["item_id"]
        .to_list()
        for part in ("train", "validation", "test", "validation_histories", "test_histories")
    }
    assert parts == {
        "train": mine[1:4],
        "validation": mine[4:5],
        "test": mine[5:],
        "validation_histories": mine[1:4],
        "test_histories": mine[1:5],
    }


def test_npy_needs_numpy_alone(exported: Path) -> None:
    folder = exported / "npy"
    assert (np.load(folder / "title.npy", allow_pickle=False) == vectors()[::-1]).all()
    assert json.loads((folder / "title.item_ids.json").read_text("utf-8")) == IDS[::-1]
    assert np.load(folder / "described-video.npy").shape == (5, 5)
