"""Vectors that somebody else made, as a feature of the workspace like any other."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from seesay.catalog.tables import ColumnSettings, items_table, read_table
from seesay.core.errors import SeesayError
from seesay.core.hashing import file_sha256
from seesay.core.plugins import plugin_names
from seesay.encode.features import FeatureTable, write_features
from seesay.recommend.base import ID

NO_VECTOR = "the table from outside has no vector of it"


@dataclass(frozen=True)
class Where:
    """Where in a file the vectors stand.

    Attributes:
        item_ids: for an array, the file with the ID of each row; by default `NAME.item_ids.json`
            beside `NAME.npy`, as `seesay export npy` writes it.
        item_column: of a table.
        vector_column: of a table; by default its one column of lists, or else all other columns,
            a number each.
    """

    item_ids: Path | None = None
    item_column: str = "item_id"
    vector_column: str = ""


@dataclass(frozen=True)
class Taken:
    """What came of taking vectors.

    Attributes:
        rows: items that have a vector now.
        without: items of the catalogue that have none.
        dropped: vectors of unknown items that were left out on demand.
    """

    name: str
    rows: int
    dim: int
    without: int
    dropped: int


def add_features(
    name: str,
    source: Path,
    features: Path,
    catalogue: Sequence[str],
    where: Where | None = None,
    *,
    drop_unknown: bool = False,
) -> Taken:
    """Write the vectors of a table or array as the feature `name`; one from outside is replaced.

    Its manifest names no encoder, so no change of settings, titles or words makes it stale.

    Args:
        source: a parquet, csv or tsv table, or a .npy of [items, dim].
        features: the folder of features.
        catalogue: the item IDs of the workspace.
        drop_unknown: leave out vectors of items that are not in the catalogue.

    Raises:
        SeesayError: the name is taken by an encoder, the file cannot be read, an ID comes twice, an
            item is unknown, or a value is no finite number.
    """
    _check_name(name)
    item_ids, vectors, columns = _read(source, where or Where())
    known = set(catalogue)
    rows = [row for row, item_id in enumerate(item_ids) if item_id in known]
    unknown = len(item_ids) - len(rows)
    if unknown and not (rows and drop_unknown):
        first = next(item_id for item_id in item_ids if item_id not in known)
        raise SeesayError(
            f"{unknown} of {len(item_ids)} vectors in '{source}' are of items that are not in the "
            f"catalogue (the first: '{first}').",
            "Add these items first, or pass --drop-unknown to leave them."
            if rows
            else "Check that the IDs mean the same items.",
        )
    if unknown:
        item_ids, vectors = [item_ids[row] for row in rows], vectors[rows]
    without = sorted(known.difference(item_ids))
    manifest = {
        "outside": {"file": source.name, "sha256": file_sha256(source)},
        "columns": columns,
        "left_out": dict.fromkeys(without, NO_VECTOR),
    }
    write_features(features / name, FeatureTable(name, item_ids, vectors, manifest))
    return Taken(name, len(item_ids), int(vectors.shape[1]), len(without), unknown)


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[\w-]+", name) or name == ID:
        raise SeesayError(
            f"'{name}' can be no name of a feature.", "Use letters, digits, - and _, such as clip."
        )
    if name in plugin_names("encoder"):
        raise SeesayError(
            f"'{name}' is a feature that seesay makes itself: seesay encode {name}",
            f"Give the vectors another name, such as outside-{name}.",
        )


def _read(source: Path, where: Where) -> tuple[list[str], np.ndarray, list[str]]:
    """Return the item IDs, the vectors, and the columns of the table that they were made from."""
    if source.suffix.lower() == ".npy":
        return *_read_array(source, where.item_ids), []
    table = read_table(source)
    columns = ColumnSettings(item=where.item_column)
    if where.item_column in table.columns:
        item_ids = items_table(table.select(where.item_column), columns, source)["item_id"]
    else:
        item_ids = items_table(table, columns, source)["item_id"]
    lists = [name for name, dtype in table.schema.items() if dtype.is_nested()]
    named = where.vector_column or (lists[0] if len(lists) == 1 else "")
    if named and named not in table.columns:
        raise SeesayError(
            f"'{source}' has no column '{named}'; its columns are: {', '.join(table.columns)}.",
            "Say which one holds the vectors with --vector-column NAME.",
        )
    try:
        if named:
            vectors, made_from = _from_lists(table[named]), [named]
        else:
            wide = table.drop(where.item_column).cast(pl.Float32)
            vectors, made_from = wide.to_numpy(), wide.columns
    except (pl.exceptions.PolarsError, ValueError, TypeError) as error:
        what = f"the column '{named}'" if named else "its columns"
        line = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise SeesayError(
            f"'{source}' holds no vectors of numbers in {what} ({line}).",
            "Give a column of lists, all of one length, or nothing but numbers beside the IDs.",
        ) from error
    return item_ids.to_list(), np.asarray(vectors, np.float32), made_from


def _from_lists(column: pl.Series) -> np.ndarray:
    """Return [rows, dim] from lists of one length.

    Raises:
        ValueError: a list is missing or as long as no other.
    """
    if isinstance(column.dtype, pl.List):
        lengths = column.list.len().unique().to_list()
        if column.null_count() or len(lengths) != 1:
            raise ValueError(f"lengths {lengths}")
        column = column.list.to_array(lengths[0])
    return column.cast(pl.Array(pl.Float32, column.dtype.size)).to_numpy()  # type: ignore[attr-defined]


def _read_array(source: Path, ids: Path | None) -> tuple[list[str], np.ndarray]:
    ids = ids or source.with_name(f"{source.stem}.item_ids.json")
    if not ids.is_file():
        raise SeesayError(
            f"'{source}' does not say which item a row is of, and there is no file '{ids}'.",
            "Name one with --item-ids FILE: json, or a table with a column item_id.",
        )
    try:
        vectors = np.load(source, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SeesayError(
            f"'{source}' cannot be read as an array of numbers ({error}).",
            "Save it with numpy.save, as float32.",
        ) from error
    item_ids = _read_ids(ids)
    if vectors.ndim != 2 or len(vectors) != len(item_ids) or vectors.dtype.kind not in "fiu":
        raise SeesayError(
            f"'{source}' holds {vectors.dtype} of shape {list(vectors.shape)}, and '{ids}' "
            f"{len(item_ids)} IDs.",
            "Give one row of numbers an ID.",
        )
    return item_ids, vectors


def _read_ids(path: Path) -> list[str]:
    if path.suffix.lower() != ".json":
        return items_table(read_table(path), ColumnSettings(), path)["item_id"].to_list()
    try:
        values = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise SeesayError(f"'{path}' is no JSON ({error}).", "Give a list of item IDs.") from error
    if not isinstance(values, list) or not all(isinstance(one, str | int) for one in values):
        raise SeesayError(f"'{path}' holds no list of item IDs.", 'Write it as ["a", "b"].')
    return [str(one) for one in values]
