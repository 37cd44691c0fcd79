"""The catalogue of a workspace on disk: items.parquet, interactions.parquet, catalog.json."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from seesay.catalog.base import Catalog
from seesay.catalog.tables import check_known_items
from seesay.core.errors import SeesayError
from seesay.core.files import read_json, replacing_file, write_json

ITEMS = "items.parquet"
INTERACTIONS = "interactions.parquet"
ABOUT = "catalog.json"
EVENT = ["user_id", "item_id", "timestamp"]
OWN = "own tables"
# 1973 in seconds; what is smaller may be steps or days, and grow by any factor.
LEAST_EPOCH = 1e8
MOST_NAMED = 5


@dataclass(frozen=True)
class Added:
    """What came of adding rows.

    Attributes:
        added: rows that are new.
        replaced: items whose older row was replaced; interactions that were forgotten on demand.
        already_there: interactions that were there already, to the timestamp, and were left out.
        dropped: interactions with unknown items that were left out on demand.
        repeats: new interactions of a user with an item that this user had before.
        total: rows there are now.
    """

    added: int
    total: int
    replaced: int = 0
    already_there: int = 0
    dropped: int = 0
    repeats: int = 0


@dataclass(frozen=True)
class Removed:
    """How many items went, how many interactions with them, and how many items are left."""

    items: int
    interactions: int
    left: int


class CatalogStore:
    """Reads and writes the catalogue of one workspace; each file is replaced whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def items(self) -> pl.DataFrame:
        """Return the items; paths are absolute.

        Raises:
            SeesayError: there are none yet.
        """
        if not (self.folder / ITEMS).is_file():
            raise SeesayError(
                f"'{self.folder}' holds no items yet.",
                "Run: seesay add items TABLE_OR_FOLDER, or seesay data microlens FOLDER",
            )
        items = _read(self.folder / ITEMS)
        paths = [path and str(self.folder.absolute() / path) for path in items["path"].to_list()]
        return items.with_columns(pl.Series("path", paths, dtype=pl.String))

    def interactions(self) -> pl.DataFrame:
        """Return the interactions, sorted by user and then by time.

        Raises:
            SeesayError: there are none yet.
        """
        if not (self.folder / INTERACTIONS).is_file():
            raise SeesayError(
                f"'{self.folder}' holds no interactions yet.",
                "Run: seesay add interactions TABLE, or seesay data microlens FOLDER",
            )
        return _read(self.folder / INTERACTIONS)

    def about(self) -> dict[str, Any]:
        """Return where the rows came from and whether the interactions are simulated."""
        path = self.folder / ABOUT
        start = {"source": "", "simulated": False, "ordered_by": ""}
        return {**start, **(read_json(path) if path.exists() else {})}

    def add_items(self, rows: pl.DataFrame) -> Added:
        """Add items behind the others; one whose ID is there takes the place of the older row.

        Raises:
            SeesayError: a column holds another type than it did before.
        """
        with self._only_writer():
            return self._add_items(rows)

    def _add_items(self, rows: pl.DataFrame) -> Added:
        before = self.items() if (self.folder / ITEMS).is_file() else rows.clear()
        known = rows.join(before.select("item_id"), on="item_id", how="semi").height
        kept = before.join(rows.select("item_id"), on="item_id", how="anti", maintain_order="left")
        try:
            items = pl.concat([kept, rows], how="diagonal")
        except pl.exceptions.PolarsError as error:
            raise SeesayError(
                f"The new items do not fit those that are there ({error}).",
                "Give every column the type that it has in the workspace.",
            ) from error
        self._write_items(_in_old_order(items, before))
        self._write_about(source=self.about()["source"] or OWN)
        return Added(rows.height - known, items.height, replaced=known)

    def add_interactions(
        self, rows: pl.DataFrame, timed: bool, replace: bool = False, drop_unknown: bool = False
    ) -> Added:
        """Add interactions; events that are there already, to the timestamp, are left out.

        Args:
            rows: `user_id`, `item_id`, `timestamp`, checked by `tables.interactions_table`.
            timed: the timestamps are times; otherwise they are row numbers.
            replace: forget the interactions that are there.
            drop_unknown: leave out interactions with items that are not in the catalogue.

        Raises:
            SeesayError: items are unknown, times would be mixed with row numbers, or with times
                in another unit.
        """
        with self._only_writer():
            return self._add_interactions(rows, timed, replace, drop_unknown)

    def _add_interactions(
        self, rows: pl.DataFrame, timed: bool, replace: bool, drop_unknown: bool
    ) -> Added:
        known = check_known_items(rows, self.items(), drop_unknown)
        about = self.about()
        order = "time" if timed else "rows"
        before, forgotten = known.clear(), 0
        there = (self.folder / INTERACTIONS).is_file() and not replace
        if there:
            before = self.interactions()
        else:
            # A damaged log can be replaced like any other.
            with suppress(SeesayError):
                forgotten = self.interactions().height
        if there and (order, about["ordered_by"]) != ("time", "time"):
            raise SeesayError(
                "There are interactions already, and without timestamps in both logs "
                "the old and the new cannot be put in order.",
                "Add a column of timestamps to both, or start over with --replace.",
            )
        _check_unit(known, before)
        new = known.join(before, on=EVENT, how="anti", maintain_order="left")
        joined = pl.concat([before, new]).sort("user_id", "timestamp", maintain_order=True)
        pairs = ["user_id", "item_id"]
        repeats = _repeats(joined.select(pairs)) - _repeats(before.select(pairs))
        _write(self.folder / INTERACTIONS, joined)
        self._write_about(ordered_by=order, simulated=there and about["simulated"])
        return Added(
            new.height,
            joined.height,
            replaced=forgotten,
            already_there=known.height - new.height,
            dropped=rows.height - known.height,
            repeats=repeats,
        )

    def remove_items(self, item_ids: Collection[str]) -> Removed:
        """Take items away, and their interactions out of the log.

        Raises:
            SeesayError: some are not there; then nothing is removed.
        """
        with self._only_writer():
            items = self.items()
            _check_there(item_ids, items)
            gone = pl.col("item_id").is_in(list(item_ids))
            there = (self.folder / INTERACTIONS).is_file()
            log = self.interactions() if there else pl.DataFrame(schema={"item_id": pl.String})
            kept, watched = items.filter(~gone), log.filter(~gone)
            # Before the items: killed in between, no interaction may be with an item that is gone.
            if watched.height < log.height:
                _write(self.folder / INTERACTIONS, watched)
            self._write_items(kept)
            return Removed(items.height - kept.height, log.height - watched.height, kept.height)

    def put(self, catalog: Catalog, source: str) -> None:
        """Make a whole dataset the catalogue.

        Raises:
            SeesayError: there is a catalogue already that came from somewhere else.
        """
        self.check_source(source)
        check_known_items(catalog.interactions, catalog.items)
        with self._only_writer():
            # Before the rows: killed in between, no simulated log may pass for a real one.
            simulated = catalog.simulated or self.about()["simulated"]
            order = "time" if catalog.timed else "rows"
            self._write_about(source=source, simulated=simulated, ordered_by=order)
            self._write_items(catalog.items)
            _write(self.folder / INTERACTIONS, catalog.interactions.select(EVENT))
            self._write_about(simulated=catalog.simulated)

    def check_source(self, source: str) -> None:
        """Look whether a dataset may become the catalogue.

        Raises:
            SeesayError: there is a catalogue already that came from somewhere else.
        """
        present = self.about()["source"]
        if present not in ("", source):
            raise SeesayError(
                f"'{self.folder}' already holds a catalogue ({present}).",
                "Make another workspace for the data set: seesay init DIR",
            )

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        """Let one process at a time read, change and write the tables; the others wait.

        The lock is on the folder itself, and the system frees it however the process ends.
        """
        try:
            import fcntl
        except ImportError:
            yield
            return
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write_items(self, items: pl.DataFrame) -> None:
        """Write items with paths relative to the workspace where they lie inside of it."""
        roots = (self.folder.absolute(), self.folder.resolve())
        paths = [path and _relative(path, roots) for path in items["path"].to_list()]
        _write(self.folder / ITEMS, items.with_columns(pl.Series("path", paths, dtype=pl.String)))

    def _write_about(self, **changes: Any) -> None:
        write_json(self.folder / ABOUT, {**self.about(), **changes})


def _write(path: Path, rows: pl.DataFrame) -> None:
    """Replace a table whole; one without rows is not there."""
    if rows.is_empty():
        path.unlink(missing_ok=True)
        return
    with replacing_file(path) as temporary:
        rows.write_parquet(temporary)


def _relative(path: str, roots: Sequence[Path]) -> str:
    inside = (root for root in roots if Path(path).is_relative_to(root))
    root = next(inside, None)
    return str(Path(path).relative_to(root)) if root else path


def _read(path: Path) -> pl.DataFrame:
    try:
        path.open("rb").close()
    except OSError as error:
        raise SeesayError(
            f"'{path}' cannot be read ({error.strerror}).", "See that you may read it."
        ) from error
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SeesayError(
            f"'{path}' is damaged ({error}).", "Take the file away and add its rows again."
        ) from error


def _check_there(item_ids: Collection[str], items: pl.DataFrame) -> None:
    unknown = sorted(set(item_ids) - set(items["item_id"].to_list()))
    if unknown:
        named = ", ".join(f"'{item_id}'" for item_id in unknown[:MOST_NAMED])
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        raise SeesayError(
            f"The catalogue has no item {named}{more}.",
            "Nothing was removed: write the IDs as they were added.",
        )


def _in_old_order(items: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    # The order is a part of what features and runs were made from: a new title must not change it.
    place = {item_id: row for row, item_id in enumerate(before["item_id"].to_list())}
    rows = [place.get(item_id, len(place)) for item_id in items["item_id"].to_list()]
    return items[np.argsort(rows, kind="stable")]


def _check_unit(new: pl.DataFrame, before: pl.DataFrame) -> None:
    """Refuse seconds beside milliseconds or dates: every user's order would be wrong."""
    if new.is_empty() or before.is_empty():
        return
    old, now = (abs(float(log["timestamp"].median() or 0)) for log in (before, new))  # type: ignore[arg-type]
    if max(old, now) > LEAST_EPOCH and max(old, now) > 100 * min(old, now):
        raise SeesayError(
            f"The new timestamps are in another unit than those that are there (their medians are "
            f"{now:.0f} and {old:.0f}; dates are kept in microseconds).",
            "Write them as in the log that is there, or start over with --replace.",
        )


def _repeats(pairs: pl.DataFrame) -> int:
    return pairs.height - pairs.unique().height
