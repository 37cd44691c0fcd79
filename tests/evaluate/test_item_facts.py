"""What is found out of items: from columns, files and descriptions."""

import polars as pl
import pytest

from seesay.describe.base import Facets, Usage
from seesay.describe.journal_rows import Attempt, JournalEntry
from seesay.evaluate.item_facts import item_facts


def entry(item, speech, kind="both", facets=True):
    attempt = Attempt("key", item, "perception", kind=kind)
    held = Facets(summary="s", speech=speech) if facets else None
    return JournalEntry(1, "described", attempt, "text", held, "", Usage(), "", 0.0, 1.0, None)


def table(**columns):
    ids = ["a", "b", "c", "d"]
    empty = {"path": pl.Series([None] * 4, dtype=pl.String), "title": [""] * 4}
    return pl.DataFrame({"item_id": ids, **empty, **columns})


def test_files_say_how_long_they_are(tmp_path, make_clip):
    clip = make_clip(tmp_path / "a.mp4", seconds=2)
    (tmp_path / "b.mp4").write_bytes(b"no video")
    paths = [str(clip), str(tmp_path / "b.mp4"), str(tmp_path / "none.mp4"), None]
    facts = item_facts(table(path=paths), {}, ["a", "b", "c", "d"])
    assert facts["a"]["seconds"] == pytest.approx(2, abs=0.2)
    assert facts["b"] == facts["c"] == facts["d"] == {}


def test_columns_go_before_what_is_found_out():
    items = table(duration=["7.5", None, "x", "3"], lang=["fr", None, "", "de"])
    facts = item_facts(items, {"a": [entry("a", "the cat is in the hat and on it")]}, ["a", "b"])
    assert facts == {"a": {"seconds": 7.5, "speech": True, "language": "fr"}, "b": {}}


def test_descriptions_say_who_speaks():
    entries = {
        "a": [entry("a", "das ist der Hund und er ist nicht klein")],
        "b": [entry("b", " ")],
        "c": [entry("c", "who looked only", kind="video")],
        "d": [entry("d", "", facets=False)],
    }
    title = ["x", "the world of cats and how it was", "x", ""]
    facts = item_facts(table(title=title), entries, ["a", "b", "c", "d"])
    assert facts == {
        "a": {"speech": True, "language": "German"},
        "b": {"speech": False, "language": "English"},
        "c": {},
        "d": {},
    }
