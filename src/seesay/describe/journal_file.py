"""The SQLite file behind the journal: its tables, its locks, and what it says when it breaks."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seesay.core.errors import SeesayError

APPLICATION_ID = 0x5EE5A4
BUSY_SECONDS = 30.0

_FIRST = """
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('begun', 'described', 'failed')),
    request_key TEXT NOT NULL,
    item_id TEXT NOT NULL,
    describer TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    prompt_version TEXT NOT NULL,
    copied_from INTEGER REFERENCES attempts (id),
    response TEXT,
    facets TEXT,
    text TEXT,
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    cost REAL NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    started REAL NOT NULL,
    finished REAL,
    CHECK (state != 'described' OR (text IS NOT NULL AND facets IS NOT NULL)),
    CHECK ((state = 'begun') = (finished IS NULL))
);
CREATE INDEX attempts_by_key ON attempts (request_key, state);
CREATE INDEX attempts_by_item ON attempts (item_id, describer, state);
CREATE TABLE files (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL
);
"""
_KINDS_AND_PICTURES = """
ALTER TABLE attempts ADD COLUMN kind TEXT NOT NULL DEFAULT 'both'
    CHECK (kind IN ('both', 'video', 'audio'));
ALTER TABLE attempts ADD COLUMN retry INTEGER NOT NULL DEFAULT 1;
ALTER TABLE attempts ADD COLUMN sound INTEGER;
DROP INDEX attempts_by_item;
CREATE INDEX attempts_by_item ON attempts (item_id, kind, describer, state);
CREATE TABLE pictures (
    sha256 TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    hash BLOB NOT NULL
);
"""
_MONEY = """
ALTER TABLE attempts ADD COLUMN possible_cost REAL NOT NULL DEFAULT 0;
"""
_TRIALS = """
ALTER TABLE attempts ADD COLUMN trial INTEGER NOT NULL DEFAULT 0;
"""
_REPLIES_AND_TRANSCRIPTS = """
CREATE TABLE replies (
    request_key TEXT PRIMARY KEY,
    attempt INTEGER NOT NULL REFERENCES attempts (id),
    response TEXT NOT NULL,
    cut INTEGER NOT NULL
);
ALTER TABLE attempts ADD COLUMN transcript TEXT;
CREATE TABLE token_rates (
    model TEXT PRIMARY KEY,
    prompt REAL NOT NULL,
    completion REAL NOT NULL
);
"""
# What makes a file of each version from one of the version before; a new file takes them all.
_STEPS = (_FIRST, _KINDS_AND_PICTURES, _MONEY, _TRIALS, _REPLIES_AND_TRANSCRIPTS)
SCHEMA_VERSION = len(_STEPS)


class JournalFile:
    """One connection to the file, shared by the threads of this process.

    What was written when a `writing` block has ended is on the disk: it survives a killed process
    and a power cut (WAL, synchronous=FULL).
    """

    def __init__(self, path: Path) -> None:
        """Open the file, making it where there is none.

        Raises:
            SeesayError: the file is something else, is damaged, or cannot be written.
        """
        self.path = path
        self._lock = threading.RLock()
        with self._mendable():
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        with self._lock:
            self._connection.close()

    def read(self, query: str, values: Any) -> list[sqlite3.Row]:
        """Return the rows of one query, each with its columns by name."""
        with self._lock, self._mendable():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the one write lock of the file; commit at the end, or take everything back."""
        with self._lock, self._mendable():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _prepare(self) -> None:
        """Set the connection up; make the tables of a new file, or bring an old one up to date."""
        with self._mendable():
            self._connection.row_factory = sqlite3.Row
            self._refuse_foreign()
            self._wal()
            self._connection.execute("PRAGMA synchronous = FULL")
        with self.writing() as connection:
            for version in range(self._pragma("user_version"), SCHEMA_VERSION):
                for statement in _STEPS[version].strip().rstrip(";").split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {version + 1}")

    def _refuse_foreign(self) -> None:
        """Leave alone what another program, or a later seesay, has made."""
        self._connection.execute("BEGIN")
        application, version = self._pragma("application_id"), self._pragma("user_version")
        tables = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        self._connection.execute("COMMIT")
        if application != APPLICATION_ID and (application or version or tables):
            raise SeesayError(
                f"{self.path} is a database, but not a journal of seesay.",
                "Move it away, or name another workspace.",
            )
        if version > SCHEMA_VERSION:
            raise SeesayError(
                f"{self.path} was written by a later version of seesay.",
                "Use that version of seesay, or a later one.",
            )

    def _wal(self) -> None:
        """Turn WAL on; SQLite does not wait by itself while another process does the same."""
        give_up = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > give_up:
                    raise
                time.sleep(0.02)

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    @contextmanager
    def _mendable(self) -> Iterator[None]:
        """Turn what SQLite says into what a person can do about it."""
        try:
            yield
        except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
            raise
        except sqlite3.OperationalError as error:
            remedy = "See that the folder exists, can be written, and that its disk is not full."
            if "locked" in str(error):
                remedy = "Another process is writing into it: wait until that has ended."
            raise SeesayError(f"{self.path} cannot be used ({error}).", remedy) from error
        except sqlite3.DatabaseError as error:
            raise SeesayError(
                f"{self.path} is damaged or is no journal of seesay ({error}).",
                "Move it away (every description would be made anew), or restore a copy of it.",
            ) from error


def storable(words: str) -> str:
    """Replace halves of surrogate pairs, which a model may write and SQLite refuses."""
    return words.encode("utf-8", "replace").decode("utf-8")
