"""Every attempt at describing a video, kept in SQLite; the newest success of an item counts.

An item has up to three texts, one of each kind: of what is seen and heard, of what is seen, and of
what is heard. They are newest each for itself.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

from seesay.core.errors import SeesayError
from seesay.describe.base import Description, Failure, Kind, Usage
from seesay.describe.journal_file import JournalFile
from seesay.describe.journal_rows import (
    Attempt,
    Finished,
    JournalEntry,
    Sent,
    insert_row,
    read_row,
    settle_row,
)


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
        self.file = JournalFile(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        self.file.close()

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
        with self.file.writing() as connection:
            return [insert_row(connection, attempt, now) for attempt in attempts]

    def finish(self, ids: Sequence[int], outcomes: Sequence[Description | Failure]) -> None:
        """Write down how begun attempts ended, all or nothing."""
        now = time.time()
        with self.file.writing() as connection:
            for row, outcome in zip(ids, outcomes, strict=True):
                settle_row(connection, row, outcome, now)

    def record(self, attempt: Attempt, outcome: Description | Failure) -> None:
        """Write down an attempt for which nothing was sent, such as a file that is no video."""
        now = time.time()
        with self.file.writing() as connection:
            settle_row(connection, insert_row(connection, attempt, now), outcome, now)

    def copy(self, attempt: Attempt, key: str | None = None) -> bool:
        """Make the newest description with a request key the newest of this item and kind.

        Args:
            attempt: of the item that takes the words.
            key: whose words are taken; by default those of the attempt's own request key.

        Returns:
            False where no description with this key is known.
        """
        now = time.time()
        with self.file.writing() as connection:
            source = connection.execute(
                "SELECT coalesce(copied_from, id) FROM attempts WHERE request_key = ?"
                " AND kind = ? AND state = 'described' ORDER BY id DESC LIMIT 1",
                (key or attempt.request_key, attempt.kind),
            ).fetchone()
            if source is None:
                return False
            row = insert_row(connection, attempt, now)
            connection.execute(
                "UPDATE attempts SET (state, response, facets, text, error, transcript, sound,"
                " finished, copied_from) = (SELECT 'described', '', facets, text, error,"
                " transcript, coalesce(attempts.sound, source.sound), ?, id"
                "    FROM attempts AS source WHERE id = ?) WHERE id = ?",
                (now, source[0], row),
            )
            return True

    def done(self, keys: Iterable[str]) -> set[str]:
        """Return those of the request keys for which there is a description."""
        rows = self.file.read(
            "SELECT DISTINCT request_key FROM attempts WHERE state = 'described'"
            " AND request_key IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        )
        return {row["request_key"] for row in rows}

    def current_keys(self, describer: str | None = None, kind: Kind = "both") -> dict[str, str]:
        """Return the request key of the newest description of one kind of every item."""
        rows = self.file.read(
            f"SELECT item_id, request_key FROM attempts WHERE id IN ({_newest(_ALL)})",
            {"describer": describer, "kind": kind},
        )
        return {row["item_id"]: row["request_key"] for row in rows}

    def descriptions(
        self,
        item_ids: Iterable[str] | None = None,
        describer: str | None = None,
        kind: Kind = "both",
    ) -> dict[str, JournalEntry]:
        """Return the newest description of one kind of every item, or of those asked for."""
        items, wanted = _asked_for(item_ids)
        rows = self.file.read(
            f"SELECT * FROM attempts WHERE id IN ({_newest(items)}) ORDER BY id",
            {"describer": describer, "items": wanted, "kind": kind},
        )
        return {row["item_id"]: read_row(row) for row in rows}

    def transcripts(self) -> dict[str, str]:
        """Return what was last written down of what is said in each item, for any model."""
        rows = self.file.read(
            "SELECT item_id, transcript, max(id) FROM attempts WHERE transcript IS NOT NULL"
            " AND state = 'described' GROUP BY item_id",
            (),
        )
        return {row["item_id"]: row["transcript"] for row in rows}

    def failures(self, describer: str | None = None) -> list[JournalEntry]:
        """Return the last attempt of each item, kind and describer where that attempt failed."""
        rows = self.file.read(
            "SELECT * FROM attempts WHERE state = 'failed' AND id IN ("
            " SELECT max(id) FROM attempts WHERE state != 'begun' AND NOT trial"
            " AND (:describer IS NULL OR describer = :describer) GROUP BY item_id, kind, describer"
            ") ORDER BY id",
            {"describer": describer},
        )
        return [read_row(row) for row in rows]

    def attempts(self, item_ids: Iterable[str] | None = None) -> list[JournalEntry]:
        """Return every attempt in order, those without an outcome (`begun`) among them."""
        items, wanted = _asked_for(item_ids)
        rows = self.file.read(
            f"SELECT * FROM attempts WHERE {items} ORDER BY id", {"items": wanted}
        )
        return [read_row(row) for row in rows]

    def last_row(self) -> int:
        """Return the number of the newest attempt, 0 where there is none."""
        return int(self.file.read("SELECT coalesce(max(id), 0) FROM attempts", ())[0][0])

    def trials(self, after: int) -> list[JournalEntry]:
        """Return the attempts behind a row that were made to try a prompt, in order."""
        rows = self.file.read("SELECT * FROM attempts WHERE trial AND id > ? ORDER BY id", (after,))
        return [read_row(row) for row in rows]

    def write(
        self,
        begun: Sequence[Sent],
        again: Sequence[tuple[int, Usage, float]],
        ended: Sequence[Finished],
    ) -> list[int]:
        """Write down what many threads have to say, all or nothing; return the begun rows.

        Args:
            again: rows for which one more request is about to be sent, each with what those before
                it took, and what all of them may have cost beyond that.
        """
        now = time.time()
        with self.file.writing() as connection:
            rows = [insert_row(connection, sent.attempt, now) for sent in begun]
            connection.executemany(
                "UPDATE attempts SET requests = ?, possible_cost = ? WHERE id = ?",
                [
                    (sent.requests, sent.possible, row)
                    for sent, row in zip(begun, rows, strict=True)
                ],
            )
            connection.executemany(
                "UPDATE attempts SET requests = requests + 1, cost = ?, possible_cost = ?,"
                " prompt_tokens = ?, completion_tokens = ? WHERE id = ?",
                [
                    (before.cost, possible, before.prompt_tokens, before.completion_tokens, row)
                    for row, before, possible in again
                ],
            )
            for one in ended:
                settle_row(connection, one.row, one.outcome, now)
            connection.executemany(
                "UPDATE attempts SET possible_cost = ? WHERE id = ?",
                [(one.possible, one.row) for one in ended],
            )
            return rows

    def leave(self, row: int, usage: Usage, possible: float) -> None:
        """Leave a begun attempt without an outcome; one of which nothing was sent has not been."""
        with self.file.writing() as connection:
            if usage.requests:
                connection.execute(
                    "UPDATE attempts SET requests = ?, cost = ?, possible_cost = ?,"
                    " prompt_tokens = ?, completion_tokens = ? WHERE id = ? AND state = 'begun'",
                    (
                        usage.requests,
                        usage.cost,
                        possible,
                        usage.prompt_tokens,
                        usage.completion_tokens,
                        row,
                    ),
                )
            else:
                connection.execute("DELETE FROM attempts WHERE id = ? AND state = 'begun'", (row,))

    def given_up(self, describer: str) -> dict[str, str]:
        """Return why each request failed whose last attempt was not worth another, by its key."""
        rows = self.file.read(
            "SELECT request_key, error FROM attempts WHERE state = 'failed' AND NOT retry"
            " AND request_key != '' AND id IN (SELECT max(id) FROM attempts"
            "  WHERE state != 'begun' AND describer = ? GROUP BY request_key)",
            (describer,),
        )
        return {row["request_key"]: row["error"] for row in rows}

    def spent(self) -> tuple[float, float]:
        """Return what all attempts have cost, and what they may have cost beyond that."""
        rows = self.file.read(
            "SELECT coalesce(sum(cost), 0.0) AS cost,"
            " coalesce(sum(possible_cost), 0.0) AS possible FROM attempts",
            (),
        )
        return rows[0]["cost"], rows[0]["possible"]


_ALL = "1"
_SOME = "item_id IN (SELECT value FROM json_each(:items))"


def _asked_for(item_ids: Iterable[str] | None) -> tuple[str, str | None]:
    """Return the condition on the item, and the value of its parameter `items`."""
    return (_ALL, None) if item_ids is None else (_SOME, json.dumps(list(item_ids)))


def _newest(items: str) -> str:
    """Return the query for the numbers of the rows that count: one for each item."""
    return (
        f"SELECT max(id) FROM attempts WHERE {items} AND kind = :kind AND state = 'described'"
        " AND NOT trial"
        " AND (:describer IS NULL OR describer = :describer) GROUP BY item_id"
    )
