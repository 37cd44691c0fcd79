"""Every attempt at describing a video, kept in SQLite; the newest success of an item counts."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from seesay.core.errors import SeesayError
from seesay.describe.base import Description, Facets, Failure, Usage
from seesay.describe.journal_file import JournalFile


@dataclass(frozen=True)
class Attempt:
    """Who is asked what about which item: the part of a row that is known before the answer."""

    request_key: str
    item_id: str
    describer: str
    model: str = ""
    prompt: str = ""
    prompt_version: str = ""


@dataclass(frozen=True)
class JournalEntry:
    """One row of the journal.

    Attributes:
        state: `begun` (sent, and no outcome was recorded), `described` or `failed`.
        error: why it failed; for a description, why it is raw text instead of facets.
        copied_from: the row that was paid for, where this one took its words from it.
        started, finished: seconds since 1970.
    """

    id: int
    state: str
    attempt: Attempt
    text: str
    facets: Facets | None
    response: str
    usage: Usage
    error: str
    started: float
    finished: float | None
    copied_from: int | None

    @property
    def item_id(self) -> str:
        """The item that was to be described."""
        return self.attempt.item_id


class Journal:
    """The attempts of one workspace. Several threads and processes may use the same file.

    What a method has written when it returns is on the disk: it survives a killed process and a
    power cut.
    """

    def __init__(self, path: Path) -> None:
        """Open the journal, making it where there is none.

        Raises:
            SeesayError: the file is something else, is damaged, or cannot be written.
        """
        self.path = path
        self._file = JournalFile(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        self._file.close()

    @contextmanager
    def only_run(self, describer: str) -> Iterator[None]:
        """Keep other processes from describing with the same describer into this journal.

        The lock is that of an empty SQLite file beside the journal: the system frees it when the
        process ends, however it ends.

        Raises:
            SeesayError: another run is at work.
        """
        name = re.sub(r"[^\w-]", "_", describer)
        lock = self.path.with_name(f"{self.path.name}.{name}.lock")
        with closing(sqlite3.connect(lock, timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.DatabaseError as error:
                raise SeesayError(
                    f"Another run is describing with '{describer}' into {self.path} ({error}).",
                    f"Wait until it has ended. If there is none, remove {lock}.",
                ) from error
            yield

    def begin(self, attempts: Sequence[Attempt]) -> list[int]:
        """Write down what is about to be sent, all or nothing; return the numbers of the rows."""
        now = time.time()
        with self._file.writing() as connection:
            return [_insert(connection, attempt, "begun", now) for attempt in attempts]

    def finish(self, ids: Sequence[int], outcomes: Sequence[Description | Failure]) -> None:
        """Write down how begun attempts ended, all or nothing."""
        now = time.time()
        with self._file.writing() as connection:
            for row, outcome in zip(ids, outcomes, strict=True):
                _settle(connection, row, outcome, now)

    def record(self, attempt: Attempt, outcome: Description | Failure) -> None:
        """Write down an attempt for which nothing was sent, such as a file that is no video."""
        now = time.time()
        with self._file.writing() as connection:
            _settle(connection, _insert(connection, attempt, "begun", now), outcome, now)

    def copy(self, attempt: Attempt) -> bool:
        """Make the newest description with the same request key the newest of this item.

        Returns:
            False where no description with this key is known.
        """
        now = time.time()
        with self._file.writing() as connection:
            source = connection.execute(
                "SELECT coalesce(copied_from, id) FROM attempts"
                " WHERE request_key = ? AND state = 'described' ORDER BY id DESC LIMIT 1",
                (attempt.request_key,),
            ).fetchone()
            if source is None:
                return False
            row = _insert(connection, attempt, "begun", now)
            connection.execute(
                "UPDATE attempts SET (state, response, facets, text, error, finished, copied_from)"
                " = (SELECT 'described', '', facets, text, error, ?, id"
                "    FROM attempts WHERE id = ?) WHERE id = ?",
                (now, source[0], row),
            )
            return True

    def done(self, keys: Iterable[str]) -> set[str]:
        """Return those of the request keys for which there is a description."""
        rows = self._file.read(
            "SELECT DISTINCT request_key FROM attempts WHERE state = 'described'"
            " AND request_key IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        )
        return {row["request_key"] for row in rows}

    def current_keys(self, describer: str | None = None) -> dict[str, str]:
        """Return the request key of the newest description of every item."""
        rows = self._file.read(
            f"SELECT item_id, request_key FROM attempts WHERE id IN ({_newest(_ALL)})",
            {"describer": describer},
        )
        return {row["item_id"]: row["request_key"] for row in rows}

    def descriptions(
        self, item_ids: Iterable[str] | None = None, describer: str | None = None
    ) -> dict[str, JournalEntry]:
        """Return the newest description of every item, or of those asked for that have one."""
        items, wanted = _asked_for(item_ids)
        rows = self._file.read(
            f"SELECT * FROM attempts WHERE id IN ({_newest(items)}) ORDER BY id",
            {"describer": describer, "items": wanted},
        )
        return {row["item_id"]: _entry(row) for row in rows}

    def failures(self, describer: str | None = None) -> list[JournalEntry]:
        """Return the last attempt of each item and describer where that attempt failed."""
        rows = self._file.read(
            "SELECT * FROM attempts WHERE state = 'failed' AND id IN ("
            " SELECT max(id) FROM attempts WHERE state != 'begun'"
            " AND (:describer IS NULL OR describer = :describer) GROUP BY item_id, describer"
            ") ORDER BY id",
            {"describer": describer},
        )
        return [_entry(row) for row in rows]

    def attempts(self, item_ids: Iterable[str] | None = None) -> list[JournalEntry]:
        """Return every attempt in order, those without an outcome (`begun`) among them."""
        items, wanted = _asked_for(item_ids)
        rows = self._file.read(
            f"SELECT * FROM attempts WHERE {items} ORDER BY id", {"items": wanted}
        )
        return [_entry(row) for row in rows]

    def known_hash(self, path: str, size: int, mtime_ns: int) -> str | None:
        """Return the hash that was kept of a file, if it has not changed since."""
        rows = self._file.read(
            "SELECT sha256 FROM files WHERE path = ? AND size = ? AND mtime_ns = ?",
            (path, size, mtime_ns),
        )
        return str(rows[0]["sha256"]) if rows else None

    def keep_hashes(self, files: Sequence[tuple[str, int, int, str]]) -> None:
        """Keep hashes of files as (path, size, mtime_ns, sha256), so as not to read them again."""
        with self._file.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", files)


_ALL = "1"
_SOME = "item_id IN (SELECT value FROM json_each(:items))"


def _asked_for(item_ids: Iterable[str] | None) -> tuple[str, str | None]:
    """Return the condition on the item, and the value of its parameter `items`."""
    return (_ALL, None) if item_ids is None else (_SOME, json.dumps(list(item_ids)))


def _newest(items: str) -> str:
    """Return the query for the numbers of the rows that count: one for each item."""
    return (
        f"SELECT max(id) FROM attempts WHERE {items} AND state = 'described'"
        " AND (:describer IS NULL OR describer = :describer) GROUP BY item_id"
    )


def _insert(connection: sqlite3.Connection, attempt: Attempt, state: str, now: float) -> int:
    row = connection.execute(
        "INSERT INTO attempts (state, request_key, item_id, describer, model, prompt,"
        " prompt_version, started) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            state,
            attempt.request_key,
            _storable(attempt.item_id),
            attempt.describer,
            _storable(attempt.model),
            attempt.prompt,
            attempt.prompt_version,
            now,
        ),
    ).lastrowid
    assert row is not None
    return row


def _settle(
    connection: sqlite3.Connection, row: int, outcome: Description | Failure, now: float
) -> None:
    facets = text = None
    if isinstance(outcome, Description):
        facets = _storable(json.dumps(outcome.facets.model_dump(), ensure_ascii=False))
        text = _storable(outcome.text)
    usage = outcome.usage
    changed = connection.execute(
        "UPDATE attempts SET state = ?, response = ?, facets = ?, text = ?, prompt_tokens = ?,"
        " completion_tokens = ?, cost = ?, requests = ?, error = ?, finished = ?"
        " WHERE id = ? AND state = 'begun'",
        (
            "failed" if facets is None else "described",
            _storable(outcome.raw),
            facets,
            text,
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.cost,
            usage.requests,
            _storable(outcome.error),
            now,
            row,
        ),
    ).rowcount
    if changed != 1:
        raise ValueError(f"attempt {row} was not begun, or has ended already")


def _storable(words: str) -> str:
    """Replace halves of surrogate pairs, which a model may write and SQLite refuses."""
    return words.encode("utf-8", "replace").decode("utf-8")


def _entry(row: sqlite3.Row) -> JournalEntry:
    return JournalEntry(
        id=row["id"],
        state=row["state"],
        attempt=Attempt(
            row["request_key"],
            row["item_id"],
            row["describer"],
            row["model"],
            row["prompt"],
            row["prompt_version"],
        ),
        text=row["text"] or "",
        facets=Facets.model_validate_json(row["facets"]) if row["facets"] else None,
        response=row["response"] or "",
        usage=Usage(row["prompt_tokens"], row["completion_tokens"], row["cost"], row["requests"]),
        error=row["error"],
        started=row["started"],
        finished=row["finished"],
        copied_from=row["copied_from"],
    )
