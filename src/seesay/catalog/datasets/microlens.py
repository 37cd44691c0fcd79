"""MicroLens (Ni et al. 2023, arXiv 2309.15379): the official files of 50K, 100K and 1M."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import polars as pl

from seesay.catalog.base import Catalog
from seesay.catalog.folder import VIDEO_ENDINGS
from seesay.catalog.paths import resolve_paths
from seesay.core.errors import SeesayError
from seesay.core.settings import Section

WHERE = "Get the official files at github.com/westlake-repl/MicroLens and name their folder."


class MicroLensSettings(Section):
    """Where the user's own download lies.

    Attributes:
        folder: holds `*_pairs.csv` or `*_pairs.tsv`, `*_titles.csv` (100K: `*_title_en.csv`, 1M:
            `*_title.csv`) and, where there are tags, `tags_to_summary.csv`.
        videos: holds files named after item IDs.
    """

    folder: Path
    videos: Path | None = None


class MicroLens:
    """Users' sequences, titles and tags.

    Likes and views are not read: they are counted when the items were crawled, which is after
    the interactions, so they leak.
    """

    name = "microlens"
    Settings: ClassVar = MicroLensSettings

    def __init__(self, settings: MicroLensSettings) -> None:
        self.settings = settings

    def load(self) -> Catalog:
        """Return every item that has a title or an interaction, and every interaction.

        Raises:
            SeesayError: a file is missing or does not have the official form.
        """
        folder = self.settings.folder
        if not folder.is_dir():
            raise SeesayError(f"There is no folder '{folder}'.", WHERE)
        # With times a log can also be split by time; the other file has the same events in order.
        timed = any(folder.glob("*_pairs.csv"))
        interactions = (
            _read_timed(_only(folder, "*_pairs.csv"))
            if timed
            else _read_pairs(_only(folder, "*_pairs.tsv"))
        )
        titles = _read_two_columns(_only(folder, "*_title*.csv"), ["item_id", "title"])
        return Catalog(self._items(interactions, titles), interactions, timed=timed)

    def _items(self, interactions: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
        seen = interactions.select("item_id").unique()
        items = (
            pl.concat([titles.select("item_id"), seen])
            .unique()
            .join(titles, on="item_id", how="left")
            .with_columns(pl.col("title").fill_null(""))
            .sort(pl.col("item_id").str.len_bytes(), "item_id")
        )
        tags = self.settings.folder / "tags_to_summary.csv"
        if tags.is_file():
            table = _read_two_columns(tags, ["item_id", "tag"])
            items = items.join(table, on="item_id", how="left", maintain_order="left")
        paths = _video_paths(self.settings.videos, items["item_id"].to_list())
        return items.with_columns(pl.Series("path", paths, dtype=pl.String)).select(
            "item_id", "path", "title", *(["tag"] if tags.is_file() else [])
        )


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise SeesayError(f"'{folder}' holds no file {pattern}.", WHERE)
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        raise SeesayError(
            f"'{folder}' holds more than one file {pattern}: {names}.",
            "Put each size of MicroLens into a folder of its own.",
        )
    return found[0]


def _read_pairs(path: Path) -> pl.DataFrame:
    try:
        rows = pl.read_csv(
            path,
            separator="\t",
            has_header=False,
            infer_schema=False,
            new_columns=["user_id", "item_id"],
            quote_char=None,
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _not_official(path) from error
    if rows.columns != ["user_id", "item_id"]:
        raise _not_official(path)
    events = (
        rows.with_columns(pl.col("item_id").str.strip_chars().str.split(" "))
        .explode("item_id")
        .with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("timestamp"))
    )
    unreadable = pl.any_horizontal(pl.col("user_id", "item_id").fill_null("") == "")
    if events.select(unreadable.any()).item() or rows["user_id"].is_duplicated().any():
        raise _not_official(path)
    return events.sort("user_id", "timestamp", maintain_order=True)


def _read_timed(path: Path) -> pl.DataFrame:
    """Read `user,item,timestamp`, times in milliseconds."""
    try:
        rows = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _not_official(path) from error
    if [name.strip().lower() for name in rows.columns] != ["user", "item", "timestamp"]:
        raise _not_official(path)
    rows.columns = ["user_id", "item_id", "timestamp"]
    events = rows.with_columns(
        pl.col("user_id", "item_id").str.strip_chars(),
        pl.col("timestamp").str.strip_chars().cast(pl.Int64, strict=False),
    )
    missing = pl.any_horizontal(pl.col("user_id", "item_id").fill_null("") == "")
    if events.select((missing | pl.col("timestamp").is_null()).any()).item():
        raise _not_official(path)
    return events.sort("user_id", "timestamp", maintain_order=True)


def _read_two_columns(path: Path, names: list[str]) -> pl.DataFrame:
    """Read item IDs and texts; a file with a head is proper csv, one without is lines."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            headless = file.readline().partition(",")[0].strip().isdigit()
        table = _read_lines(path) if headless else pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise _not_official(path) from error
    if table.width != 2 or table.to_series(0).null_count():
        raise _not_official(path)
    table.columns = names
    return table.with_columns(pl.all().str.strip_chars()).unique(
        "item_id", keep="first", maintain_order=True
    )


def _read_lines(path: Path) -> pl.DataFrame:
    """Split every line at its first comma: texts hold commas, and quotes that nothing closes."""
    rows = []
    for line in path.read_text("utf-8-sig").split("\n"):
        item, comma, text = line.strip().partition(",")
        if not line.strip():
            continue
        if not comma or not item.strip().isdigit():
            raise _not_official(path)
        rows.append((item, _unquoted(text.strip())))
    return pl.DataFrame(rows, schema=["item", "text"], orient="row")


def _unquoted(text: str) -> str:
    """Return a text without the quotes of a csv field, where it is one."""
    inner = text[1:-1].replace('""', "")
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in inner:
        return text[1:-1].replace('""', '"')
    return text


def _not_official(path: Path) -> SeesayError:
    return SeesayError(f"'{path}' does not have the form of the official file.", WHERE)


def _video_paths(folder: Path | None, item_ids: list[str]) -> list[str | None]:
    if folder is None:
        return [None] * len(item_ids)
    if not folder.is_dir():
        raise SeesayError(f"There is no folder '{folder}'.", "Check the name after --videos.")
    files: dict[str, str] = {}
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.suffix.lower() in VIDEO_ENDINGS:
            files.setdefault(file.stem, file.name)
    return resolve_paths([files.get(item_id) for item_id in item_ids], folder, (), folder)
