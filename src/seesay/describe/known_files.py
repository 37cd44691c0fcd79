"""What the journal keeps of files, so as not to read or decode them again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from seesay.describe.journal import Journal


def known_hash(journal: Journal, path: str, size: int, mtime_ns: int) -> str | None:
    """Return the hash that was kept of a file, if it has not changed since."""
    rows = journal.file.read(
        "SELECT sha256 FROM files WHERE path = ? AND size = ? AND mtime_ns = ?",
        (path, size, mtime_ns),
    )
    return str(rows[0]["sha256"]) if rows else None


def keep_hashes(journal: Journal, files: Sequence[tuple[str, int, int, str]]) -> None:
    """Keep hashes of files as (path, size, mtime_ns, sha256), so as not to read them again."""
    with journal.file.writing() as connection:
        connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", files)


def known_pictures(journal: Journal, sha256s: Iterable[str], version: int) -> dict[str, bytes]:
    """Return what was kept of how files look, by the hash of their content."""
    rows = journal.file.read(
        "SELECT sha256, hash FROM pictures WHERE version = ?"
        " AND sha256 IN (SELECT value FROM json_each(?))",
        (version, json.dumps(list(sha256s))),
    )
    return {row["sha256"]: row["hash"] for row in rows}


def keep_pictures(journal: Journal, pictures: Sequence[tuple[str, int, bytes]]) -> None:
    """Keep how files look as (sha256, version, hash), so as not to decode them again."""
    with journal.file.writing() as connection:
        connection.executemany("INSERT OR REPLACE INTO pictures VALUES (?, ?, ?)", pictures)
