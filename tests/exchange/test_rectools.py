from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from exchange.awkward import IDS, START, ask, log, peer, vectors
from seesay.exchange.rectools import _unit


def columns(path: Path) -> dict[str, list[object]]:
    table = pl.read_parquet(path)
    if "datetime" in table.columns:
        table = table.with_columns(pl.col("datetime").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f"))
    return table.to_dict(as_series=False)


def test_rectools_reads_log_features_and_vectors(exported: Path) -> None:
    folder = exported / "rectools"
    given = {
        "interactions": columns(folder / "interactions.parquet"),
        "item_features": columns(folder / "item_features.parquet"),
        "vectors": columns(folder / "vectors/title.parquet"),
    }
    found = ask(peer("rectools"), "read_rectools.py", given=given)
    assert found["log"] == [list(row) for row in log().select("user_id", "item_id").iter_rows()]
    assert found["nanoseconds"] == [1000 * time for time in log()["timestamp"].to_list()]
    assert found["weights"] == [1.0]
    assert found["vectors"] == dict(zip(IDS, vectors().tolist(), strict=True))
    mine = [(name, value) for item, name, value in found["features"] if item == "a b"]
    assert mine == [
        ("actions", "jumps"),
        ("actions", "runs"),
        ("genre", "comedy"),
        ("sort of", "q"),
        ("tag", "sad"),
    ]


def test_the_long_form(exported: Path) -> None:
    long = pl.read_parquet(exported / "rectools/item_features.parquet")
    assert long.columns == ["id", "feature", "value"]
    assert long.filter(id="c,d").rows() == [
        ("c,d", "sort of", "p"),
        ("c,d", "actions", "runs"),
        ("c,d", "actions", "jumps"),
    ]
    wide = pl.read_parquet(exported / "rectools/vectors/title.parquet")
    assert wide.columns == ["id", *(f"title_{column}" for column in range(5))]
    assert wide["id"].to_list() == IDS[::-1]


def test_the_parts_of_the_split(exported: Path) -> None:
    train = pl.read_parquet(exported / "rectools/train.parquet")
    assert train.columns == ["user_id", "item_id", "weight", "datetime"]
    assert train.height == 15
    assert pl.read_parquet(exported / "rectools/test.parquet").height == 5


@pytest.mark.parametrize(
    ("largest", "unit"),
    [(19_220, "s"), (1_700_000_000, "s"), (1.7e12, "ms"), (START, "us"), (1.7e18, "ns")],
)
def test_the_unit_of_times(largest: float, unit: str) -> None:
    assert _unit(pl.Series([0, int(largest)])) == unit
