from __future__ import annotations

from dataclasses import replace

import pytest

from seesay.describe.base import Description, Facets
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.describe.render import render
from seesay.describe.review import Review, review

KNOWN = ["true", "false", "silent", "unheard"]


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def say(journal, item, describer="openai", kind="both", sound=None, heard=None, **facets):
    said = Facets(**{"summary": f"A film that shows what the animal called {item} does.", **facets})
    attempt = Attempt(f"{item} {describer} {kind}", item, describer, kind=kind, sound=sound)
    journal.record(attempt, Description(item, render(said), said, "", transcript=heard))
    return attempt


def test_the_worst_come_first_and_only_items_that_are_there(journal):
    say(journal, "good")
    say(journal, "bad", summary="none")
    say(journal, "gone", summary="")
    found = review(journal.path, ["good", "bad"])
    assert [(row.item_id, row.grade.score) for row in found.rows] == [("bad", 0), ("good", 1)]
    spread = found.spread()
    assert spread == {
        "descriptions": 2,
        "mean": 0.5,
        "without_fault": 1,
        "tenths": [1, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        "faults": {"empty": 1},
        "unchecked": {},
    }


def test_nothing_to_review(tmp_path):
    empty = review(tmp_path / "none.sqlite", ["a"])
    assert empty == Review(())
    assert empty.spread()["mean"] == 0
    assert not (tmp_path / "none.sqlite").exists()


def test_what_perception_heard_and_read_is_held_against_others(journal):
    seen = {"on_screen_text": ["subscribe now"], "speech": "In English: good morning everybody"}
    for describer in ("perception", "openai"):
        say(journal, "true", describer, **seen)
    say(journal, "false", "perception", speech="", on_screen_text=[])
    say(journal, "false", **seen)
    rows = {row.item_id: row.grade for row in review(journal.path, ["true", "false"]).rows}
    assert rows["true"].faults == ()
    assert [fault.name for fault in rows["false"].faults] == [
        "unsupported speech",
        "unsupported screen text",
    ]


def test_perception_is_no_witness_for_itself(journal):
    say(journal, "a", "perception", on_screen_text=["subscribe now"])
    (row,) = review(journal.path, ["a"]).rows
    assert (row.grade.faults, row.grade.unchecked) == ((), ("screen text",))


def test_a_silent_file_is_known_from_the_journal(journal):
    say(journal, "a", sound=False, speech="A man greets his friends")
    say(journal, "b", sound=True, speech="A man greets his friends")
    rows = {row.item_id: row.grade for row in review(journal.path, ["a", "b"]).rows}
    assert [fault.name for fault in rows["a"].faults] == ["unsupported speech"]
    assert rows["b"].unchecked == ("speech",)


def test_near_copies_name_each_other_but_copies_of_equal_files_do_not(journal):
    first = say(journal, "a", summary="The same words are said of two different films.")
    assert journal.copy(replace(first, item_id="twin"))
    rows = {row.item_id: row.grade for row in review(journal.path, ["a", "twin"]).rows}
    assert rows["a"].faults == rows["twin"].faults == ()
    say(journal, "b", summary="The same words are said of two different films.")
    rows = {row.item_id: row.grade for row in review(journal.path, ["a", "b", "twin"]).rows}
    assert {item: [fault.name for fault in grade.faults] for item, grade in rows.items()} == {
        "a": ["near copy"],
        "b": ["near copy"],
        "twin": ["near copy"],
    }
    assert "'b'" in rows["a"].faults[0].found
    assert "'a'" in rows["b"].faults[0].found


def test_each_kind_is_graded_for_itself(journal):
    say(journal, "a", kind="video")
    say(journal, "a", kind="audio", summary="none")
    rows = review(journal.path, ["a"]).rows
    assert [(row.kind, row.grade.score) for row in rows] == [("audio", 0), ("video", 1)]
    assert rows[0].as_dict()["faults"] == {"empty": "0 words"}


def test_what_was_written_down_for_the_model_is_held_against_what_it_says(journal):
    claims = {"speech": 'A man says "buy one of these today my friends"'}
    say(journal, "true", heard="[0.5 s] Buy one of these today, my friends.", **claims)
    say(journal, "false", heard="[0.5 s] Good morning everybody.", **claims)
    say(journal, "silent", heard="", **claims)
    say(journal, "unheard", **claims)
    rows = {row.item_id: row.grade for row in review(journal.path, KNOWN).rows}
    faults = {item: [fault.name for fault in grade.faults] for item, grade in rows.items()}
    assert faults.pop("true") == faults.pop("unheard") == []
    assert set(faults) == {"false", "silent"}
    assert all("unsupported speech" in found for found in faults.values())
    assert [rows[item].unchecked for item in ("true", "unheard")] == [(), ("speech",)]


def test_what_was_written_down_for_one_model_is_evidence_for_another(journal):
    say(journal, "true", kind="audio", heard="[0.5 s] Good morning everybody.")
    say(journal, "true", speech='He says "good morning everybody"')
    say(journal, "false", "perception", speech="In English: nothing that matters")
    attempt = say(journal, "false", kind="audio", heard="")
    assert journal.copy(replace(attempt, item_id="twin"))
    assert journal.transcripts() == {
        "true": "[0.5 s] Good morning everybody.",
        "false": "",
        "twin": "",
    }
    say(journal, "false", speech='He says "good morning everybody"')
    rows = {(row.item_id, row.kind): row.grade for row in review(journal.path, KNOWN).rows}
    assert rows["true", "both"].faults == ()
    assert [fault.name for fault in rows["false", "both"].faults] == ["unsupported speech"]
    assert rows["false", "both"].faults[0].found == "nobody was heard to speak"
