"""Descriptions that somebody else has published, read as those of an outside describer.

Made for the words of the paper's first author (`marcodena/video-recs-describe-what-you-see` on the
Hugging Face hub), and for any table with a column of item IDs and one of texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import polars as pl

from seesay.catalog.tables import read_table
from seesay.core.counts import counted
from seesay.core.errors import SeesayError
from seesay.core.hashing import value_sha256
from seesay.core.plugins import plugin_names
from seesay.describe.base import Description, Facets, Kind
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.describe.words import KINDS

ENDINGS = (".parquet", ".jsonl", ".ndjson", ".csv", ".tsv")
CHUNK = 1000
ITEM = ("item_id", "item", "video_id", "videoid", "video", "vid", "id")
TEXT = ("text", "description", "caption", "summary", "words", "response", "output", "answer")
KIND = ("kind", "modality", "type")
# Tables with a column for each kind; the words before or behind the kind.
WIDE = ("description", "caption", "text", "summary", "described", "words")
KIND_NAMES: Mapping[str, Kind] = {
    **dict.fromkeys(("video", "visual", "vision", "image", "described-video"), "video"),
    **dict.fromkeys(("audio", "sound", "described-audio"), "audio"),
    **dict.fromkeys(("both", "all", "video+audio", "audio+video", "described", ""), "both"),
}


@dataclass(frozen=True)
class Columns:
    """What the columns are called, and the kind of texts without one; empty to find out."""

    item: str = ""
    text: str = ""
    kind: str = ""
    texts_are: Kind = "both"


@dataclass(frozen=True)
class Published:
    """One text as it was published."""

    item_id: str
    kind: Kind
    text: str


@dataclass(frozen=True)
class Imported:
    """What came of reading published words.

    Attributes:
        added: texts that are now the description of their item.
        already_there: texts that were so before.
        dropped: texts of unknown items that were left out on demand.
        empty: rows without a text.
        kinds: how many of the added ones are of which kind.
    """

    name: str
    added: int
    already_there: int
    dropped: int
    empty: int
    kinds: Mapping[str, int]


def import_published(
    source: Path,
    journal: Journal,
    item_ids: Sequence[str],
    *,
    name: str = "",
    columns: Columns | None = None,
    drop_unknown: bool = False,
) -> Imported:
    """Read texts into the journal; they become the newest descriptions of their items.

    Args:
        source: a parquet, jsonl, csv or tsv file, or a folder of them.
        item_ids: of the catalogue.
        name: of the outside describer; by default the name of the folder or file.
        drop_unknown: leave texts of unknown items out.

    Raises:
        SeesayError: there is nothing to read, a column cannot be found, items are unknown, or an
            item has several texts of one kind.
    """
    name = name or (source.resolve().name if source.is_dir() else source.stem)
    if name in plugin_names("describer"):
        raise SeesayError(
            f"'{name}' is a describer that is installed here.", "Give another --name."
        )
    texts, empty = read_published(source, columns or Columns())
    known = _known(texts, item_ids, drop_unknown, source)
    added = _keep(known, name, journal)
    return Imported(
        name,
        len(added),
        len(known) - len(added),
        len(texts) - len(known),
        empty,
        {kind: sum(one.kind == kind for one in added) for kind in KINDS},
    )


def read_published(source: Path, columns: Columns) -> tuple[list[Published], int]:
    """Return the texts of a file or folder, and how many rows have none.

    Raises:
        SeesayError: see `import_published`.
    """
    texts: dict[tuple[str, Kind], str] = {}
    empty = 0
    for file in _files(source):
        for item_id, kind, text in _rows(_table(file), columns, file):
            if not text.strip():
                empty += 1
            elif texts.setdefault((item_id, kind), text) != text:
                raise SeesayError(
                    f"'{source}' holds several texts of the kind '{kind}' for '{item_id}'.",
                    "Leave one text an item and kind, or name one of its files.",
                )
    if not texts:
        raise SeesayError(f"'{source}' holds no text.", "Check the file or folder.")
    return [Published(item, kind, text) for (item, kind), text in texts.items()], empty


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise SeesayError(f"There is no '{source}'.", "Check the name of the file or folder.")
    found = [
        file
        for file in sorted(source.rglob("*"))
        if file.suffix.lower() in ENDINGS
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(source).parts)
    ]
    if not found:
        raise SeesayError(
            f"'{source}' holds no table.", f"Tables are known by their ending: {' '.join(ENDINGS)}."
        )
    return found


def _table(file: Path) -> pl.DataFrame:
    if file.suffix.lower() not in (".jsonl", ".ndjson"):
        return read_table(file)
    try:
        return pl.read_ndjson(file, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        line = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise SeesayError(
            f"'{file}' cannot be read as jsonl ({line}).", "Give one JSON object a line."
        ) from error


def _rows(table: pl.DataFrame, columns: Columns, file: Path) -> Iterator[tuple[str, Kind, str]]:
    """Yield item, kind and text; the columns may be in any order, and kinds in rows or columns."""
    item = _find(table, columns.item, ITEM)
    text = _find(table, columns.text, TEXT)
    wide = {} if text or columns.text else _wide(table)
    if not item or not (text or wide):
        lacks = "no column of item IDs" if not item else "no column of texts"
        raise SeesayError(
            f"'{file}' has {lacks}; its columns are: {', '.join(table.columns)}.",
            "Say which ones they are: --item-column NAME --text-column NAME",
        )
    ids = _ids(table[item], file)
    if wide:
        for column, kind in wide.items():
            texts = table[column].cast(pl.String).fill_null("").to_list()
            yield from zip(ids, [kind] * len(ids), texts, strict=True)
        return
    named = _find(table, columns.kind, KIND)
    kinds = (
        [_kind(value, named, file) for value in table[named].cast(pl.String).to_list()]
        if named
        else [columns.texts_are] * len(ids)
    )
    yield from zip(ids, kinds, table[text].cast(pl.String).fill_null("").to_list(), strict=True)


def _find(table: pl.DataFrame, asked: str, usual: Sequence[str]) -> str:
    """Return the column that is asked for, or the first that has a usual name; empty for none."""
    if asked:
        return asked if asked in table.columns else ""
    by_name = {column.lower().replace("-", "_"): column for column in table.columns}
    return next((by_name[name] for name in usual if name in by_name), "")


def _wide(table: pl.DataFrame) -> dict[str, Kind]:
    """Return the columns that hold texts of one kind, such as `audio_description`."""
    found: dict[str, Kind] = {}
    for column in table.columns:
        words = column.lower().replace("-", "_").split("_")
        kinds = {KIND_NAMES[word] for word in words if word in KIND_NAMES}
        if len(kinds) == 1 and any(word in WIDE for word in words):
            found[column] = kinds.pop()
    return found


def _kind(value: str | None, column: str, file: Path) -> Kind:
    kind = KIND_NAMES.get((value or "").strip().lower().replace("_", "-"))
    if kind is None:
        raise SeesayError(
            f"'{file}' says '{value}' in its column '{column}', which is no kind of text.",
            f"Kinds are: {', '.join(KINDS)}. Or name the right column: --kind-column NAME",
        )
    return kind


def _ids(column: pl.Series, file: Path) -> list[str]:
    if column.dtype.is_float():
        column = column.cast(pl.Int64, strict=False)
    if column.null_count():
        raise SeesayError(
            f"'{file}' has {counted(column.null_count(), 'row')} without an item ID.",
            "Take such rows out.",
        )
    return cast(list[str], column.cast(pl.String).to_list())


def _known(
    texts: Sequence[Published], item_ids: Sequence[str], drop_unknown: bool, source: Path
) -> list[Published]:
    items = set(item_ids)
    known = [one for one in texts if one.item_id in items]
    if len(known) == len(texts) or (known and drop_unknown):
        return known
    first = next(one.item_id for one in texts if one.item_id not in items)
    raise SeesayError(
        f"'{source}' has {counted(len(texts) - len(known), 'text')} of {len(texts)} about items "
        f"that are not in the catalogue (the first: '{first}').",
        "Add these items first, or pass --drop-unknown to leave them."
        if known
        else "Check that the IDs mean the same items.",
    )


def _keep(texts: Sequence[Published], name: str, journal: Journal) -> list[Published]:
    """Make texts the newest of their items, and return those that were not; a chunk at a time."""
    current = {kind: journal.current_keys(kind=kind) for kind in KINDS}
    attempts = {one: _attempt(one, name) for one in texts}
    new = [one for one in texts if current[one.kind].get(one.item_id) != attempts[one].request_key]
    for start in range(0, len(new), CHUNK):
        chunk = new[start : start + CHUNK]
        known = journal.done([attempts[one].request_key for one in chunk])
        fresh = [one for one in chunk if attempts[one].request_key not in known]
        for one in chunk:
            if attempts[one].request_key in known:
                journal.copy(attempts[one])
        rows = journal.begin([attempts[one] for one in fresh])
        journal.finish(
            rows,
            [
                Description(one.item_id, one.text, Facets(summary=one.text), one.text)
                for one in fresh
            ],
        )
    return new


def _attempt(one: Published, name: str) -> Attempt:
    asked = {"published": name, "item": one.item_id, "kind": one.kind, "text": one.text}
    return Attempt(value_sha256(asked), one.item_id, name, kind=one.kind)
