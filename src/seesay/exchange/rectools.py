"""Tables for RecTools (MTS): `Dataset.construct` takes them as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl

from seesay.core.errors import SeesayError
from seesay.encode.features import FeatureTable
from seesay.exchange.package import LISTS, Package, vector_blocks, write_blocks

CATEGORICAL = ("genre", "mood", "setting", "people_and_things", "actions", "cultural_references")
# What is larger would lie behind the year 2262, where pandas ends, in the next coarser unit.
UNITS: tuple[tuple[float, Literal["ns", "us", "ms"]], ...] = (
    (9e15, "ns"),
    (9e12, "us"),
    (9e9, "ms"),
)


def write_rectools(folder: Path, package: Package) -> None:
    """Write `interactions.parquet`, `item_features.parquet` and `vectors/NAME.parquet`.

    Interactions, and the parts of a split, are `user_id`, `item_id`, `weight`, `datetime`. Features
    of items are in the long form `id`, `feature`, `value`, all of them categorical: the user's own
    columns of text, and facets. Vectors are wide: `id` and a column a dimension, for
    `make_dense_item_features`.

    Raises:
        SeesayError: there is no log.
    """
    if not package.interactions.height:
        raise SeesayError(
            "RecTools needs interactions, and there are none.",
            "Run: seesay add interactions TABLE, or leave the format rectools out.",
        )
    unit = _unit(package.interactions["timestamp"])
    for name, log in {"interactions": package.interactions, **package.parts()}.items():
        _interactions(log, unit).write_parquet(folder / f"{name}.parquet")
    write_blocks(folder / "item_features.parquet", _feature_blocks(package))
    (folder / "vectors").mkdir()
    for table in package.features:
        write_blocks(folder / "vectors" / f"{table.name}.parquet", _wide_blocks(table))


def _interactions(log: pl.DataFrame, unit: Literal["ns", "us", "ms", "s"]) -> pl.DataFrame:
    time = pl.from_epoch("timestamp", unit).alias("datetime")
    return log.select("user_id", "item_id", pl.lit(1.0).alias("weight"), time)


def _unit(timestamps: pl.Series) -> Literal["ns", "us", "ms", "s"]:
    """Guess the unit from the size; row numbers count as seconds, so that their order stays."""
    largest = float(timestamps.abs().max() or 0)  # type: ignore[arg-type]
    return next((unit for least, unit in UNITS if largest >= least), "s")


def _feature_blocks(package: Package) -> Iterator[pl.DataFrame]:
    own = [
        name
        for name, dtype in package.items.schema.items()
        if dtype == pl.String and name not in ("item_id", "path", "title")
    ]
    for block in package.item_blocks():
        words = package.words(block["item_id"].to_list())
        facets = (words.explode(name) if name in LISTS else words for name in CATEGORICAL)
        tables = [_long(block, name) for name in own]
        tables += map(_long, facets, CATEGORICAL)
        named = pl.concat(tables).filter(pl.col("value").str.strip_chars() != "")
        if named.height:
            yield named.unique(maintain_order=True)


def _long(table: pl.DataFrame, name: str) -> pl.DataFrame:
    return table.select(
        pl.col("item_id").alias("id"), pl.lit(name).alias("feature"), pl.col(name).alias("value")
    )


def _wide_blocks(table: FeatureTable) -> Iterator[pl.DataFrame]:
    names = [f"{table.name}_{column}" for column in range(table.vectors.shape[1])]
    for block in vector_blocks(table):
        wide = pl.from_numpy(block["vector"].to_numpy(), schema=names)
        yield wide.insert_column(0, block["item_id"].alias("id"))
