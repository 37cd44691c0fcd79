"""The words of each item, by kind: what encoders read and people look up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from seesay.describe.base import Kind
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import JournalEntry

KINDS: tuple[Kind, ...] = ("both", "video", "audio")


def entries_of(path: Path, kind: Kind = "both") -> dict[str, list[JournalEntry]]:
    """Return what the words of each item are made of: its newest description of the kind.

    An item without one of the kind `both` has those of what is seen and of what is heard, in this
    order, or the one of them that there is. A journal that is not there has no words.
    """
    if not path.is_file():
        return {}
    with Journal(path) as journal:
        found = {item: [entry] for item, entry in journal.descriptions(kind=kind).items()}
        if kind == "both":
            for half in KINDS[1:]:
                for item, entry in journal.descriptions(kind=half).items():
                    held = found.setdefault(item, [])
                    if not held or held[0].attempt.kind != "both":
                        held.append(entry)
    return found


def text_of(entries: list[JournalEntry]) -> str:
    """Return the words of one item as one text."""
    return "\n".join(entry.text for entry in entries)


def last_failure(path: Path, kinds: Sequence[Kind] | None, item_id: str) -> JournalEntry | None:
    """Return the newest attempt that failed at one of these kinds of an item; None for none."""
    if not path.is_file():
        return None
    with Journal(path) as journal:
        failed = [entry for entry in journal.failures() if entry.item_id == item_id]
    return next((entry for entry in failed[::-1] if entry.attempt.kind in (kinds or KINDS)), None)


def newest(path: Path, kinds: Sequence[Kind] | None, item_ids: Iterable[str]) -> list[JournalEntry]:
    """Return the newest description of each kind of these items, in the order of the items."""
    if not path.is_file():
        return []
    wanted = list(item_ids)
    with Journal(path) as journal:
        found = [journal.descriptions(wanted, kind=kind) for kind in kinds or KINDS]
    return [entries[item] for item in wanted for entries in found if item in entries]
