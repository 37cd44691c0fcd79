"""RecBole's atomic files (recbole.io), with a configuration that loads all of them.

Its reader is pandas with tabs and quotes: it takes words such as NA for missing, and a field for
as long as Python's csv does. What it would not read back as it was is refused or cleaned here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from seesay.core.errors import SeesayError
from seesay.encode.features import FeatureTable
from seesay.exchange.package import ROWS, Package, vector_blocks

NAME = "seesay"
LONGEST = 131_072
MISSING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
    *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
)
PARTS = {"train": "train", "validation": "valid", "test": "test"}
LOG = {"user_id": "token", "item_id": "token", "timestamp": "float"}
SIMULATED = "# The interactions are simulated: no figure on them says anything about real people.\n"


def write_recbole(folder: Path, package: Package) -> None:
    """Write `seesay/seesay.inter`, `.item`, one file a feature, and `seesay.yaml`.

    The parts of a split are written as `.train.inter`, `.valid.inter` and `.test.inter`. With
    leave-one-out, `.inter` holds their interactions alone, so that RecBole's own leave-one-out
    comes to the same parts in sequential models too, which cannot read such parts.

    Raises:
        SeesayError: there is no log, or RecBole could not read an ID or a vector.
    """
    if not package.interactions.height:
        raise SeesayError(
            "RecBole needs interactions, and there are none.",
            "Run: seesay add interactions TABLE, or leave the format recbole out.",
        )
    if package.split and package.split.items is not None:
        candidates = pl.col("item_id").is_in(package.split.items)
        package = replace(package, items=package.items.filter(candidates))
    for column in (package.interactions["user_id"], package.items["item_id"]):
        _check_ids(column)
    files = folder / NAME
    files.mkdir()
    parts = {name: part for name, part in package.parts().items() if name in PARTS}
    for name, part in parts.items():
        _write(files / f"{NAME}.{PARTS[name]}.inter", [part], LOG)
    whole = package.interactions
    if _is_leave_one_out(package):
        whole = pl.concat(parts.values()).sort("user_id", maintain_order=True)
    _write(files / f"{NAME}.inter", [whole], LOG)
    known = _types(package.items)
    texts = {f"words_{kind}": "token_seq" for kind in ("both", "video", "audio")}
    _write(
        files / f"{NAME}.item",
        (_item_block(package, block, [*known], [*texts]) for block in package.item_blocks()),
        {**known, **texts},
    )
    for table in package.features:
        _write_vectors(files, table, package.items["item_id"])
    config = _config(package)
    lines = [f"{key}: {json.dumps(value)}" for key, value in config.items()]
    head = SIMULATED if package.simulated else ""
    (folder / f"{NAME}.yaml").write_text(head + "\n".join(lines) + "\n", "utf-8")


def _config(package: Package) -> dict[str, Any]:
    """Return the settings under which RecBole reads the files; its other settings stay free."""
    suffixes = {table.name: _suffix(table.name) for table in package.features}
    vectors = {suffix: [f"{suffix}_id", f"{suffix}_vector"] for suffix in suffixes.values()}
    titled = bool((package.items["title"].str.strip_chars() != "").any())
    read_parts = package.split and not _is_leave_one_out(package)
    return {
        "USER_ID_FIELD": "user_id",
        "ITEM_ID_FIELD": "item_id",
        "TIME_FIELD": "timestamp",
        "load_col": {
            "inter": [*LOG],
            "item": ["item_id", *(["title"] if titled else [])],
            **vectors,
        },
        "additional_feat_suffix": [*vectors],
        "alias_of_item_id": [f"{suffix}_id" for suffix in vectors],
        "preload_weight": {f"{suffix}_id": f"{suffix}_vector" for suffix in vectors},
        "eval_args": {
            "split": {"LS": "valid_and_test"},
            "order": "TO",
            "group_by": "user",
            "mode": "full",
        },
        **({"MAX_ITEM_LIST_LENGTH": package.cut_by.keep_last} if package.cut_by else {}),
        **({"benchmark_filename": [*PARTS.values()]} if read_parts else {}),
    }


def _is_leave_one_out(package: Package) -> bool:
    return bool(package.cut_by and package.cut_by.kind == "leave-one-out")


def _suffix(feature: str) -> str:
    """Return the ending of a feature's file; RecBole makes names of it, and some are its own."""
    return re.sub(r"\W", "_", feature) + "_emb"


def _check_ids(column: pl.Series) -> None:
    bad = column.filter(column.is_in([*MISSING, "[PAD]"]) | column.str.contains(r"\p{Cc}"))
    if bad.len():
        raise SeesayError(
            f"RecBole would not read the {column.name} {bad[0]!r} as it is "
            f"({bad.n_unique()} such IDs).",
            "Rename them, or leave the format recbole out.",
        )


def _types(items: pl.DataFrame) -> dict[str, str]:
    """Return RecBole's type of each column of the items that it has one for."""
    types = {"item_id": "token", "title": "token_seq"}
    for name, dtype in items.schema.items():
        if name in types or name == "path":
            continue
        if dtype.is_numeric():
            types[name] = "float"
        elif dtype in (pl.String, pl.Boolean):
            types[name] = "token"
    return types


def _item_block(
    package: Package, block: pl.DataFrame, known: list[str], texts: list[str]
) -> pl.DataFrame:
    ids = block["item_id"]
    words = package.words(ids.to_list()).select("item_id", "kind", "text")
    columns = [block.select(known)]
    for name in texts:
        kind = words.filter(pl.col("kind") == name.removeprefix("words_"))
        joined = block.select("item_id").join(kind, on="item_id", how="left", maintain_order="left")
        columns.append(joined.select(pl.col("text").alias(name)))
    return pl.concat(columns, how="horizontal").with_columns(
        _clean(pl.col(name))
        for name in (*known[1:], *texts)
        if name in texts or _is_text(block[name])
    )


def _is_text(column: pl.Series) -> bool:
    return column.dtype in (pl.String, pl.Boolean)


def _clean(column: pl.Expr) -> pl.Expr:
    """Return words between single spaces; a space saves one that pandas takes for missing."""
    words = column.cast(pl.String).str.replace_all(r"[\s\p{Cc}]+", " ").str.strip_chars()
    return pl.when(words.is_in([*MISSING[1:]])).then(words + pl.lit(" ")).otherwise(words)


def _write_vectors(folder: Path, table: FeatureTable, items: pl.Series) -> None:
    """Write the vectors of candidates alone: RecBole takes every item that it sees for one."""
    suffix = _suffix(table.name)
    types = {f"{suffix}_id": "token", f"{suffix}_vector": "float_seq"}
    blocks = (
        pl.DataFrame(
            {
                f"{suffix}_id": part["item_id"],
                f"{suffix}_vector": part["vector"].cast(pl.List(pl.String)).list.join(" "),
            }
        )
        for block in vector_blocks(table)
        for part in block.filter(pl.col("item_id").is_in(items.implode())).iter_slices(ROWS)
    )
    _write(folder / f"{NAME}.{suffix}", blocks, types)


def _write(path: Path, blocks: Iterable[pl.DataFrame], types: dict[str, str]) -> None:
    names: list[str] = []
    for own in types:
        # What stands before the colon of a head may hold neither tabs nor colons.
        name = re.sub(r"\W", "_", own)
        names.append(name + "_" * names.count(name))
    heads = [f"{name}:{kind}" for name, kind in zip(names, types.values(), strict=True)]
    with path.open("wb") as file:
        file.write(("\t".join(heads) + "\n").encode())
        for block in blocks:
            _check_lengths(block, path)
            block.write_csv(file, separator="\t", include_header=False)


def _check_lengths(block: pl.DataFrame, path: Path) -> None:
    for column in block.iter_columns():
        longest = int(column.cast(pl.String).str.len_chars().max() or 0)  # type: ignore[arg-type]
        if longest >= LONGEST:
            raise SeesayError(
                f"RecBole reads fields of at most {LONGEST:,} characters, and one of {path.name} "
                f"would have {longest:,}.",
                "Leave that feature out with --features, or leave the format recbole out.",
            )
