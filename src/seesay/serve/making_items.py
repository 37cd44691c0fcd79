"""What a bundle shows of its items: titles, words, the owner's columns, posters, videos."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from seesay.core.progress import track
from seesay.serve import bundle as layout
from seesay.serve.posters import make_strips

if TYPE_CHECKING:
    from seesay.describe.base import Facets

OWN_COLUMNS = ("item_id", "title", "path")


@dataclass(frozen=True)
class Described:
    """The words of an item and the fields that they were made of."""

    words: str
    facets: Facets


def write_items(
    folder: Path,
    rows: pl.DataFrame,
    described: Mapping[str, Described],
    before: Path | None,
    with_videos: bool,
) -> pl.DataFrame:
    """Write the table of items, their owner's columns, their posters, and their videos if asked.

    Args:
        rows: `item_id`, `title`, `path` and whatever else.
        described: by item.
        before: the bundle whose posters are taken where the file is the same.

    Returns:
        What is shown of each item, a row an item.
    """
    paths = [Path(path) if path else None for path in rows["path"].to_list()]
    frames = _write_posters(folder, paths, before)
    ids = rows["item_id"].to_list()
    told = [described.get(item_id) for item_id in ids]
    table = pl.DataFrame(
        {
            "item_id": ids,
            "title": rows["title"].to_list(),
            "video": _keep_videos(folder, paths) if with_videos else [_text(one) for one in paths],
            "stamp": [_stamp(path) for path in paths],
            "words": [one.words if one else "" for one in told],
            "facets": [json.dumps(_facets(one)) for one in told],
            "poster_frames": frames,
        },
        schema_overrides={"video": pl.String, "stamp": pl.String, "title": pl.String},
    )
    table.write_parquet(folder / layout.ITEMS)
    _plain(rows.drop(OWN_COLUMNS, strict=False)).write_parquet(folder / layout.COLUMNS)
    return table


def _plain(columns: pl.DataFrame) -> pl.DataFrame:
    """Return columns that JSON can hold: dates as text, nothing for what is not a finite number.

    Columns of lists and the like are left out.
    """
    plain: list[pl.Expr] = []
    for column in columns:
        kind = column.dtype
        if kind.is_float():
            plain.append(pl.when(pl.col(column.name).is_finite()).then(pl.col(column.name)))
        elif kind.is_integer() or kind in (pl.Boolean, pl.String):
            plain.append(pl.col(column.name))
        elif not kind.is_nested() and kind != pl.Binary:
            plain.append(pl.col(column.name).cast(pl.String))
    return columns.select(plain)


def _facets(described: Described | None) -> dict[str, Any]:
    if described is None:
        return {}
    values = described.facets.model_dump(mode="json")
    return {key: value for key, value in values.items() if value}


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _stamp(path: Path | None) -> str | None:
    """Return what changes with a file, where there is one."""
    try:
        stat = path.stat() if path else None
    except OSError:
        stat = None
    return f"{path} {stat.st_size} {stat.st_mtime_ns}" if stat else None


def _write_posters(folder: Path, paths: Sequence[Path | None], before: Path | None) -> list[int]:
    """Write a strip for each video; those of the bundle before are taken where the file is that."""
    (folder / layout.POSTERS).mkdir()
    known: dict[str, tuple[Path, int]] = {}
    if before is not None and (before / layout.ITEMS).is_file():
        table = pl.read_parquet(before / layout.ITEMS).select("stamp", "poster_frames")
        for row, (stamp, count) in enumerate(table.iter_rows()):
            if stamp and count:
                known[stamp] = before / layout.POSTERS / f"{row}.jpg", count
    frames = [0] * len(paths)
    missing: list[tuple[int, Path]] = []
    for row, path in enumerate(paths):
        held = known.get(_stamp(path) or "")
        if held and held[0].is_file():
            shutil.copyfile(held[0], folder / layout.POSTERS / f"{row}.jpg")
            frames[row] = held[1]
        elif path is not None and path.is_file():
            missing.append((row, path))
    made = track(make_strips(missing), "posters", len(missing)) if missing else ()
    for row, strip, count in made:
        (folder / layout.POSTERS / f"{row}.jpg").write_bytes(strip)
        frames[row] = count
    return frames


def _keep_videos(folder: Path, paths: Sequence[Path | None]) -> list[str | None]:
    (folder / layout.VIDEOS).mkdir()
    kept: list[str | None] = []
    for row, path in enumerate(paths):
        if path is None or not path.is_file():
            kept.append(None)
            continue
        name = f"{layout.VIDEOS}/{row}{path.suffix.lower()}"
        shutil.copyfile(path, folder / name)
        kept.append(name)
    return kept
