"""What is known of items besides who watched them: how long they are, speech, language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import polars as pl

from seesay.describe.base import Facets
from seesay.describe.journal_rows import JournalEntry
from seesay.describe.languages import language_of

DURATIONS = ("duration", "seconds", "duration_seconds", "length_seconds")
LANGUAGES = ("language", "lang")
MOST_FILES = 3_000
Fact = float | str | bool


def item_facts(
    items: pl.DataFrame, entries: Mapping[str, Sequence[JournalEntry]], wanted: Collection[str]
) -> dict[str, dict[str, Fact]]:
    """Return `seconds`, `speech` and `language` of the items wanted, each where it is known.

    A column of the catalogue goes before what can be found out: the length by the files' headers,
    where no more than 3,000 have to be opened; speech by the descriptions; the language by what is
    said, or else by the title.
    """
    known = items.filter(pl.col("item_id").is_in(list(wanted)))
    facts: dict[str, dict[str, Fact]] = {item: {} for item in known["item_id"]}
    seconds = _column(known, DURATIONS, pl.Float64)
    languages = _column(known, LANGUAGES, pl.String)
    may_open = not seconds and known["path"].drop_nulls().len() <= MOST_FILES
    for item, path, title in known.select("item_id", "path", "title").iter_rows():
        heard = _heard(entries.get(item, ()))
        told = languages.get(item) or language_of(heard or title or "")
        length = seconds.get(item) or (_header_seconds(Path(path)) if may_open and path else None)
        if length is not None:
            facts[item]["seconds"] = float(length)
        if heard is not None:
            facts[item]["speech"] = bool(heard)
        if told:
            facts[item]["language"] = str(told)
    return facts


def _column(
    items: pl.DataFrame, names: Sequence[str], kind: type[pl.DataType]
) -> dict[str, float | str]:
    name = next((name for name in names if name in items.columns), None)
    if name is None:
        return {}
    values = items.select("item_id", pl.col(name).cast(kind, strict=False)).drop_nulls()
    return dict(values.iter_rows())


def _heard(entries: Sequence[JournalEntry]) -> str | None:
    """Return what is said in a video; None where nobody listened or the answer had no facets."""
    listened: list[Facets] = [
        entry.facets for entry in entries if entry.facets and entry.attempt.kind != "video"
    ]
    return " ".join(facets.speech for facets in listened).strip() if listened else None


def _header_seconds(path: Path) -> float | None:
    import av

    try:
        with av.open(str(path)) as container:
            return container.duration / av.time_base if container.duration else None
    except (OSError, av.FFmpegError):
        return None
