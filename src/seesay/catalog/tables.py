"""Reading a user's own tables (csv, tsv, parquet) into items and interactions."""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from seesay.catalog.paths import resolve_paths
from seesay.core.counts import counted
from seesay.core.errors import SeesayError
from seesay.core.settings import Section

SEPARATORS = {".csv": ",", ".tsv": "\t"}
READABLE = "csv, tsv or parquet"
LONGEST_HEAD = 100_000
MICROSECONDS = 1_000_000
LARGEST = 2**63 - 1


class ColumnSettings(Section):
    """What the columns of the user's tables are called.

    Attributes:
        timestamp: may be missing from a log; the order of its rows then stands for time.
        title: may be missing from a table of items, and so may `path`.
    """

    item: str = "item_id"
    user: str = "user_id"
    timestamp: str = "timestamp"
    title: str = "title"
    path: str = "path"


def read_table(path: Path) -> pl.DataFrame:
    """Read a table; every column of a csv or tsv file comes as strings, so that `007` stays so.

    One whose head is separated by another of `,`, `;` and tab than its ending says is read by that.

    Raises:
        SeesayError: the file is missing, is no such table, cannot be read, or has no rows.
    """
    if path.is_dir():
        raise SeesayError(f"'{path}' is a folder, not a table.", f"Give a {READABLE} file.")
    if not path.is_file():
        raise SeesayError(f"There is no file '{path}'.", "Check the name of the table.")
    suffix = path.suffix.lower()
    if suffix not in (*SEPARATORS, ".parquet"):
        raise SeesayError(
            f"'{path}' is not a table that can be read.",
            f"Give a {READABLE} file, named so by its ending.",
        )
    try:
        if suffix == ".parquet":
            table = pl.read_parquet(path)
        else:
            table = pl.read_csv(path, separator=_separator(path), infer_schema=False)
    except pl.exceptions.NoDataError:
        table = pl.DataFrame()
    except (pl.exceptions.PolarsError, OSError) as error:
        line = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise SeesayError(
            f"'{path}' cannot be read as {suffix[1:]} ({_longer_line(path) or line}).",
            f"Save it again as {READABLE}, text in UTF-8, and try again.",
        ) from error
    if table.is_empty():
        raise SeesayError(f"'{path}' holds no rows.", "Give a table with at least one row.")
    try:
        return table.rename(lambda name: name.strip())
    except pl.exceptions.DuplicateError as error:
        raise SeesayError(
            f"'{path}' has columns whose names differ by spaces alone: {table.columns}.",
            "Rename or remove one of them.",
        ) from error


def _separator(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        head = re.sub(r'"[^"]*"', "", file.readline(LONGEST_HEAD))
    found = [sign for sign in (",", ";", "\t") if sign in head]
    return found[0] if len(found) == 1 else SEPARATORS[path.suffix.lower()]


def _longer_line(path: Path) -> str:
    """Say which line of a text has more values than the head; empty where it is not that."""
    if path.suffix.lower() not in SEPARATORS:
        return ""
    with (
        suppress(OSError, UnicodeError, csv.Error),
        path.open(encoding="utf-8-sig", newline="") as file,
    ):
        rows = csv.reader(file, delimiter=_separator(path))
        head = next(rows, [])
        for row in rows:
            if len(row) > len(head):
                of = f"and the head names {counted(len(head), 'column')}"
                return f"line {rows.line_num} has {len(row)} values {of}"
    return ""


def place_of(row: int, source: Path) -> str:
    """Say where the `row`-th row of a table is, as an editor counts: the head is a text's line 1.

    A text with line breaks in quotes before that row has it further down.
    """
    return f"line {row + 2}" if source.suffix.lower() in SEPARATORS else f"row {row + 1}"


def items_table(
    table: pl.DataFrame, columns: ColumnSettings, source: Path, videos: Sequence[Path] = ()
) -> pl.DataFrame:
    """Return `item_id`, `path`, `title` and the table's other columns, one row an item.

    A relative path is taken from the folder of `source`. A missing title is empty.

    Args:
        videos: folders whose files the table may name, besides its own.

    Raises:
        SeesayError: there is no column of IDs, an ID is missing or comes twice, or a path leads
            out of the folders.
    """
    wanted = {"item_id": columns.item, "path": columns.path, "title": columns.title}
    _need(table, {"item": columns.item}, source)
    others = [name for name in table.columns if name not in {*wanted, *wanted.values()}]
    rows = table.select(
        *(_text_column(table, found, name, source) for name, found in wanted.items()), *others
    )
    _no_missing_ids(rows, ["item_id"], source)
    repeated = rows.filter(pl.col("item_id").is_duplicated())
    if not repeated.is_empty():
        raise SeesayError(
            f"'{source}' holds {counted(repeated['item_id'].n_unique(), 'item ID')} more than "
            f"once (the first: '{repeated['item_id'][0]}').",
            "Leave one row an item.",
        )
    paths = resolve_paths(rows["path"].to_list(), source.parent, videos, source)
    return rows.with_columns(
        pl.Series("path", paths, dtype=pl.String), pl.col("title").fill_null("")
    )


def interactions_table(table: pl.DataFrame, columns: ColumnSettings, source: Path) -> pl.DataFrame:
    """Return `user_id`, `item_id`, `timestamp` (int64), sorted by user and then by time.

    Timestamps may be whole numbers, decimal numbers (kept to the millionth), or ISO dates and
    times (without a zone they count as UTC). Without the column, the row number is the time.

    Raises:
        SeesayError: a column is missing, or an ID or a timestamp is missing or unreadable.
    """
    _need(table, {"user": columns.user, "item": columns.item}, source)
    if columns.timestamp in table.columns:
        times = _timestamps(table[columns.timestamp], source)
    elif columns.timestamp != ColumnSettings().timestamp:
        _need(table, {"timestamp": columns.timestamp}, source)
    else:
        times = pl.Series(range(table.height), dtype=pl.Int64)
    rows = table.select(
        _text_column(table, columns.user, "user_id", source),
        _text_column(table, columns.item, "item_id", source),
    ).with_columns(times.alias("timestamp"))
    _no_missing_ids(rows, ["user_id", "item_id"], source)
    return rows.sort("user_id", "timestamp", maintain_order=True)


def why_untimed(table: pl.DataFrame, columns: ColumnSettings, source: Path) -> str:
    """Say that the order of a log's rows stands for time; empty where a column holds times."""
    if columns.timestamp in table.columns:
        return ""
    return (
        f"'{source}' has no column '{columns.timestamp}' (its columns: "
        f"{', '.join(table.columns)}): the order of its rows stands for time. "
        f"If one of them holds times, name it: {_option(table, 'timestamp', columns.timestamp)}"
    )


def check_known_items(
    interactions: pl.DataFrame, items: pl.DataFrame, drop_unknown: bool = False
) -> pl.DataFrame:
    """Return the interactions whose items are in the catalogue.

    Raises:
        SeesayError: some are not and `drop_unknown` is not set, or none are.
    """
    known = interactions.join(items.select("item_id"), on="item_id", how="semi")
    if known.height == interactions.height:
        return interactions
    unknown = interactions.join(items.select("item_id"), on="item_id", how="anti")
    many = f"{unknown.height} of {counted(interactions.height, 'interaction')} with items that are "
    problem = f"{many}not in the catalogue (the first: '{unknown['item_id'][0]}')."
    if known.is_empty():
        raise SeesayError(problem, "Check that the IDs of both tables mean the same items.")
    if not drop_unknown:
        raise SeesayError(problem, "Add these items first, or pass --drop-unknown to leave them.")
    return interactions.join(
        items.select("item_id"), on="item_id", how="semi", maintain_order="left"
    )


def _need(table: pl.DataFrame, wanted: dict[str, str], source: Path) -> None:
    missing = {role: name for role, name in wanted.items() if name not in table.columns}
    if missing:
        names = ", ".join(f"'{name}'" for name in missing.values())
        options = " and ".join(_option(table, role, name) for role, name in missing.items())
        one = "one it is" if len(missing) == 1 else "ones they are"
        raise SeesayError(
            f"'{source}' has no column {names}; its columns are: {', '.join(table.columns)}.",
            f"Say which {one} with {options}, or under [columns] in seesay.toml.",
        )


def _option(table: pl.DataFrame, role: str, name: str) -> str:
    """Return the option that names a column, with the one that differs by case or spaces alone."""
    plain = {it: re.sub(r"[\s_-]", "", it).casefold() for it in (name, *table.columns)}
    alike = [column for column in table.columns if plain[column] == plain[name]]
    return f"--{role}-column {shlex.quote(alike[0]) if len(alike) == 1 else 'NAME'}"


def _text_column(table: pl.DataFrame, found: str, name: str, source: Path) -> pl.Expr:
    if found not in table.columns:
        return pl.lit(None, pl.String).alias(name)
    column = table[found]
    if column.dtype.is_float():
        # Tables that passed through pandas hold whole numbers as floats where a row had none.
        column = column.fill_nan(None)
        if (column == column.round()).all():
            column = column.cast(pl.Int64, strict=False)
    return pl.lit(_as_text(column, source)).alias(name)


def _as_text(column: pl.Series, source: Path) -> pl.Series:
    if not column.dtype.is_nested():
        with suppress(pl.exceptions.PolarsError):
            return column.cast(pl.String)
    raise SeesayError(
        f"The column '{column.name}' of '{source}' holds {column.dtype}, which is no text.",
        "Give a column of strings or numbers.",
    )


def _no_missing_ids(rows: pl.DataFrame, names: Sequence[str], source: Path) -> None:
    for name in names:
        missing = rows[name].is_null() | (rows[name].str.strip_chars() == "")
        if missing.any():
            raise SeesayError(
                f"'{source}' has {counted(int(missing.sum()), 'row')} without {name} "
                f"(the first is {place_of(missing.arg_max() or 0, source)}).",
                "Fill them in or take these rows out.",
            )


def _timestamps(column: pl.Series, source: Path) -> pl.Series:
    if column.dtype.is_integer():
        numbers = column.cast(pl.Int64, strict=False)
    elif column.dtype.is_temporal() and column.dtype in (pl.Date, pl.Datetime):
        numbers = column.cast(pl.Datetime("us")).to_physical()
    elif column.dtype.is_numeric():
        numbers = _from_floats(column.cast(pl.Float64))
    else:
        numbers = _from_texts(_as_text(column, source))
    bad = numbers.is_null()
    if bad.any():
        row = bad.arg_max() or 0
        empty = column[row] is None or not str(column[row]).strip()
        found = ", which is empty" if empty else f": {column[row]!r}"
        raise SeesayError(
            f"'{source}' has {counted(int(bad.sum()), 'timestamp')} missing, unreadable, or not of "
            f"the kind of the others (the first is {place_of(row, source)}{found}).",
            "Give every row a number, or every row an ISO date and time, or leave the whole "
            "column out.",
        )
    return numbers


def _from_floats(column: pl.Series) -> pl.Series:
    usable = column.is_finite() & (column.abs() < LARGEST / MICROSECONDS)
    if (column == column.round()).all():
        return column.cast(pl.Int64, strict=False)
    micro = pl.select(pl.when(usable).then(column * MICROSECONDS)).to_series()
    return micro.round().cast(pl.Int64, strict=False)


def _from_texts(column: pl.Series) -> pl.Series:
    stripped = column.str.strip_chars()
    integers = stripped.cast(pl.Int64, strict=False)
    if not integers.is_null().any():
        return integers
    floats = stripped.cast(pl.Float64, strict=False)
    if floats.count() and floats.count() * 2 >= (stripped != "").sum():
        return _from_floats(floats)
    return pl.Series([_from_iso(text) for text in stripped.to_list()], dtype=pl.Int64)


def _from_iso(text: str | None) -> int | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * MICROSECONDS)
