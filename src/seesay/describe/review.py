"""All descriptions of a catalogue with their grades, and how the grades are spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seesay.core.settings import Section
from seesay.describe.base import Kind
from seesay.describe.checks import Evidence, Grade, grade
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import JournalEntry
from seesay.describe.near_texts import near_copies
from seesay.describe.words import KINDS

BINS = 10
# The describer that listens and reads with models made for that; its findings are evidence.
WITNESS = "perception"


class ReviewSettings(Section):
    """What descriptions are graded by.

    Attributes:
        language: the one that the prompt asks for, by its English name; empty for any.
    """

    language: str = "English"


@dataclass(frozen=True)
class Reviewed:
    """One description with its grade."""

    item_id: str
    kind: Kind
    describer: str
    text: str
    grade: Grade

    def as_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "item_id": self.item_id,
            "kind": self.kind,
            "describer": self.describer,
            "score": round(self.grade.score, 3),
            "faults": {fault.name: fault.found for fault in self.grade.faults},
            "unchecked": list(self.grade.unchecked),
            "text": self.text,
        }


@dataclass(frozen=True)
class Review:
    """The grades of a catalogue.

    Attributes:
        rows: every description that counts, the worst first.
    """

    rows: Sequence[Reviewed]

    def spread(self) -> dict[str, Any]:
        """Return the mean, how many grades fall into each tenth, and how often each fault is."""
        scores = [row.grade.score for row in self.rows]
        tenths = Counter(min(int(score * BINS), BINS - 1) for score in scores)
        faults = Counter(fault.name for row in self.rows for fault in row.grade.faults)
        unchecked = Counter(note for row in self.rows for note in row.grade.unchecked)
        return {
            "descriptions": len(self.rows),
            "mean": sum(scores) / max(len(scores), 1),
            "without_fault": sum(not row.grade.faults for row in self.rows),
            "tenths": [tenths[part] for part in range(BINS)],
            "faults": dict(faults.most_common()),
            "unchecked": dict(unchecked.most_common()),
        }


def review(path: Path, item_ids: Collection[str], settings: ReviewSettings | None = None) -> Review:
    """Grade the newest description of each kind of these items.

    What a video says is known where it was written down for a model, or where `perception` has
    described it too; what it shows in writing, where `perception` has. Items that took their words
    from an equal file are no near copies of it.

    Args:
        path: of the journal; one that is not there has no descriptions.
    """
    if not path.is_file():
        return Review(())
    language = (settings or ReviewSettings()).language
    known = set(item_ids)
    rows: list[Reviewed] = []
    with Journal(path) as journal:
        witness = journal.descriptions(describer=WITNESS)
        heard = journal.transcripts()
        for kind in KINDS:
            found = journal.descriptions(kind=kind)
            entries = [entry for item, entry in found.items() if item in known]
            near = _near(entries)
            rows += [
                _reviewed(
                    entry,
                    _evidence(entry, witness.get(entry.item_id), heard.get(entry.item_id)),
                    near.get(entry.item_id, ""),
                    language,
                )
                for entry in entries
            ]
    return Review(sorted(rows, key=lambda row: (row.grade.score, row.item_id, row.kind)))


def _reviewed(entry: JournalEntry, known: Evidence, near: str, language: str) -> Reviewed:
    assert entry.facets is not None
    found = grade(entry.text, entry.facets, known, language=language, error=entry.error, near=near)
    who = entry.attempt
    return Reviewed(who.item_id, who.kind, who.describer, entry.text, found)


def _evidence(entry: JournalEntry, witness: JournalEntry | None, heard: str | None) -> Evidence:
    """Return what is known of the video by others than who described it.

    Args:
        heard: what was written down for a model; it goes before what the witness has heard.
    """
    sound = entry.attempt.sound
    if witness is None or witness.facets is None or witness.error:
        return Evidence(sound, heard)
    if sound is None:
        sound = witness.attempt.sound
    if witness.facets.sound == "No sound track":
        sound = False
    if entry.attempt.describer == WITNESS:
        return Evidence(sound, heard)
    said, seen = witness.facets.speech, witness.facets.on_screen_text
    if heard is None:
        heard = said.partition(": ")[2] or said
    return Evidence(sound, heard, "\n".join(seen))


def _near(entries: Sequence[JournalEntry]) -> Mapping[str, str]:
    """Return the item whose text is nearly the same, for those that have one."""
    paid: dict[int, JournalEntry] = {}
    for entry in entries:
        paid.setdefault(entry.copied_from or entry.id, entry)
    first = list(paid.values())
    pairs = near_copies([entry.text for entry in first])
    near = {first[one].item_id: first[other].item_id for one, other in pairs.items()}
    shown = {source: near.get(entry.item_id, "") for source, entry in paid.items()}
    return {entry.item_id: shown[entry.copied_from or entry.id] for entry in entries}
