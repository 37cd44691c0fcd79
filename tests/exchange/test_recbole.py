from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from exchange.awkward import IDS, TITLES, ask, log, peer, vectors
from seesay.catalog.split import SplitSettings, split_log
from seesay.core.errors import SeesayError
from seesay.encode.features import FeatureTable, write_features
from seesay.workspace import Workspace


def pairs(table: pl.DataFrame) -> list[list[str]]:
    return [list(row) for row in table.select("user_id", "item_id").iter_rows()]


@pytest.fixture(scope="module", params=["Pop", "SASRec"])
def found(request: pytest.FixtureRequest, exported: Path) -> dict[str, Any]:
    read: dict[str, Any] = ask(
        peer("recbole"), "read_recbole.py", exported / "recbole", request.param
    )
    return read | {"model": request.param}


def test_recbole_reads_items_titles_and_vectors_as_they_were(found: dict[str, Any]) -> None:
    assert sorted(found["items"]) == sorted(IDS)
    assert found["users"] == 5
    titles = dict(zip(found["items"], found["titles"], strict=True))
    assert titles == {item: title.split() for item, title in TITLES.items()}
    for field, known in (("title_emb_id", 8), ("described_video_emb_id", 5)):
        rows = np.array(found["vectors"][field])
        expected = np.zeros((8, 5))
        order = [IDS.index(item) for item in found["items"]]
        expected[:known] = vectors()[:known]
        assert (rows.astype(np.float32) == expected[order].astype(np.float32)).all()


def test_recbole_splits_as_seesay_does(found: dict[str, Any], exported: Path) -> None:
    parts = [
        pl.read_parquet(exported / f"parquet/split/{part}.parquet")
        for part in ("train", "validation", "test")
    ]
    if found["model"] == "Pop":
        assert found["log"] == pairs(pl.concat(parts).sort("user_id", maintain_order=True))
        assert found["parts"] == [pairs(part) for part in parts]
        return
    # A sequential model's training rows are the ends of prefixes, so the first item is none.
    later = parts[0].filter(pl.int_range(pl.len()).over("user_id") > 0)
    assert found["parts"] == [pairs(later), pairs(parts[1]), pairs(parts[2])]
    seen = [
        pl.read_parquet(exported / f"parquet/split/{part}_histories.parquet")
        .group_by("user_id", maintain_order=True)
        .agg("item_id")["item_id"]
        .to_list()
        for part in ("validation", "test")
    ]
    assert found["histories"][1:] == seen


def test_the_parts_of_another_split_are_files_of_their_own(workspace: Workspace) -> None:
    text = "[split]\nmin_interactions = 3\ntest_share = 0.2\n"
    (workspace.folder / "seesay.toml").write_text(text)
    to = workspace.folder / "out"
    Workspace(workspace.folder).export(["recbole", "parquet"], to, [], split="cold-items")
    whole = (to / "recbole/seesay/seesay.inter").read_text("utf-8").splitlines()
    assert len(whole) == 1 + log().height
    for part, name in (("train", "train"), ("validation", "valid"), ("test", "test")):
        written = (to / f"recbole/seesay/seesay.{name}.inter").read_text("utf-8").splitlines()
        table = pl.read_parquet(to / f"parquet/split/{part}.parquet")
        assert len(written) == 1 + table.height
    read = ask(peer("recbole"), "read_recbole.py", to / "recbole", "Pop")
    parts = [
        pl.read_parquet(to / f"parquet/split/{part}.parquet")
        for part in ("train", "validation", "test")
    ]
    assert read["parts"] == [pairs(part) for part in parts]


def test_only_candidates_are_items_of_recbole(workspace: Workspace) -> None:
    text = "[split]\ncore = 4\nmin_interactions = 3\n"
    (workspace.folder / "seesay.toml").write_text(text)
    kept = split_log(log(), SplitSettings(core=4, min_interactions=3)).items
    assert kept
    assert 0 < len(kept) < len(IDS)
    to = workspace.folder / "out"
    Workspace(workspace.folder).export(["recbole", "parquet"], to, ["title"], split="leave-one-out")
    for ending in ("item", "title_emb"):
        lines = (to / f"recbole/seesay/seesay.{ending}").read_text("utf-8").split("\n")[1:-1]
        assert sorted(line.split("\t")[0] for line in lines) == sorted(kept)
    assert pl.read_parquet(to / "parquet/items.parquet").height == len(IDS)


def test_a_field_that_is_too_long_is_refused(workspace: Workspace) -> None:
    wide = np.full((8, 30_000), 0.125, np.float32)
    write_features(workspace.folder / "features/wide", FeatureTable("wide", IDS, wide, {}))
    with pytest.raises(SeesayError, match=r"at most 131,072 characters.*--features"):
        workspace.export(["recbole"], workspace.folder / "out")
    assert not (workspace.folder / "out").exists()
