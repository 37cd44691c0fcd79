"""One row of the journal: what it holds, and how it is written and read."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from seesay.describe.base import Description, Facets, Failure, Kind, Usage
from seesay.describe.journal_file import storable


@dataclass(frozen=True)
class Attempt:
    """Who is asked what about which item: the part of a row that is known before the answer.

    Attributes:
        kind: whether it is to be of what is seen, of what is heard, or of both.
        sound: whether the file has a sound track; None where nobody has looked.
        trial: made to try a prompt; its words do not become those of the item.
    """

    request_key: str
    item_id: str
    describer: str
    model: str = ""
    prompt: str = ""
    prompt_version: str = ""
    kind: Kind = "both"
    sound: bool | None = None
    trial: bool = False


@dataclass(frozen=True)
class Sent:
    """An attempt that is about to be made.

    Attributes:
        requests: how many requests are about to be sent for it.
        possible: the most that those can cost.
    """

    attempt: Attempt
    requests: int
    possible: float


@dataclass(frozen=True)
class Finished:
    """How an attempt ended.

    Attributes:
        possible: what may have been paid for it beyond the cost that is known.
    """

    row: int
    outcome: Description | Failure
    possible: float


@dataclass(frozen=True)
class JournalEntry:
    """One row of the journal.

    Attributes:
        state: `begun` (sent, and no outcome was recorded), `described` or `failed`.
        error: why it failed; for a description, why it is raw text instead of facets.
        retry: of a failure, whether a later attempt with the same settings may do better.
        copied_from: the row that was paid for, where this one took its words from it.
        transcript: what is said in the video, where somebody wrote it down for the model.
        started, finished: seconds since 1970.
        possible_cost: what may have been paid beyond the cost: of requests without an answer.
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
    retry: bool = True
    possible_cost: float = 0.0
    transcript: str | None = None

    @property
    def item_id(self) -> str:
        """The item that was to be described."""
        return self.attempt.item_id


def insert_row(connection: sqlite3.Connection, attempt: Attempt, now: float) -> int:
    """Write down an attempt that begins now; return the number of its row."""
    row = connection.execute(
        "INSERT INTO attempts (state, request_key, item_id, describer, model, prompt,"
        " prompt_version, kind, sound, trial, started)"
        " VALUES ('begun', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            attempt.request_key,
            storable(attempt.item_id),
            attempt.describer,
            storable(attempt.model),
            attempt.prompt,
            attempt.prompt_version,
            attempt.kind,
            attempt.sound,
            attempt.trial,
            now,
        ),
    ).lastrowid
    assert row is not None
    return row


def settle_row(
    connection: sqlite3.Connection, row: int, outcome: Description | Failure, now: float
) -> None:
    """Write down how a begun attempt ended.

    Raises:
        ValueError: it was not begun, or has ended already.
    """
    facets = text = transcript = None
    if isinstance(outcome, Description):
        facets = storable(json.dumps(outcome.facets.model_dump(), ensure_ascii=False))
        text = storable(outcome.text)
        transcript = outcome.transcript and storable(outcome.transcript)
    usage = outcome.usage
    changed = connection.execute(
        "UPDATE attempts SET state = ?, response = ?, facets = ?, text = ?,"
        " transcript = ?, prompt_tokens = ?, completion_tokens = ?, cost = ?, requests = ?,"
        " error = ?, retry = ?, finished = ?"
        " WHERE id = ? AND state = 'begun'",
        (
            "failed" if facets is None else "described",
            storable(outcome.raw),
            facets,
            text,
            transcript,
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.cost,
            usage.requests,
            storable(outcome.error),
            isinstance(outcome, Description) or outcome.retry,
            now,
            row,
        ),
    ).rowcount
    if changed != 1:
        raise ValueError(f"attempt {row} was not begun, or has ended already")


def read_row(row: sqlite3.Row) -> JournalEntry:
    """Return a row as it was written."""
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
            row["kind"],
            None if row["sound"] is None else bool(row["sound"]),
            bool(row["trial"]),
        ),
        text=row["text"] or "",
        facets=Facets.model_validate_json(row["facets"]) if row["facets"] else None,
        response=row["response"] or "",
        usage=Usage(row["prompt_tokens"], row["completion_tokens"], row["cost"], row["requests"]),
        error=row["error"],
        started=row["started"],
        finished=row["finished"],
        copied_from=row["copied_from"],
        retry=bool(row["retry"]),
        possible_cost=row["possible_cost"],
        transcript=row["transcript"],
    )
