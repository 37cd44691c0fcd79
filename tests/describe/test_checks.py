"""Grades: by faults put in on purpose, and none for words that are right."""

from __future__ import annotations

import pytest

from seesay.describe.base import Facets
from seesay.describe.checks import FAULTS, Evidence, Grade, grade
from seesay.describe.render import render
from seesay.describe.senses.compose import Findings, compose
from seesay.describe.senses.labels import Recognised
from seesay.describe.senses.speech import Speech

GOOD = Facets(
    summary="A ginger cat sits on a piano while a girl plays. It puts a paw on the keys.",
    setting="a living room in the evening",
    people_and_things=["a ginger cat", "a girl", "an upright piano"],
    actions=["plays a slow piece", "pushes a key with its paw"],
    mood="calm and funny",
    genre="pets",
    on_screen_text=["my cat hears the fridge", "子猫"],
    speech='She says "please let me finish this piece" in English',
    sound="slow piano music",
)
HEARD = Evidence(True, "Please, let me finish this piece.", "mycat hears thefridge")


def graded(evidence: Evidence = HEARD, error: str = "", near: str = "", **changes) -> Grade:
    facets = GOOD.model_copy(update=changes)
    return grade(render(facets), facets, evidence, error=error, near=near)


def names(found: Grade) -> list[str]:
    return [fault.name for fault in found.faults]


def test_what_is_right_has_no_fault_and_the_full_score():
    assert graded() == Grade()
    assert graded().score == 1


def test_what_nobody_can_check_is_said_and_costs_nothing():
    found = graded(Evidence())
    assert (found.faults, found.unchecked) == ((), ("speech", "screen text"))
    assert found.score == 1


@pytest.mark.parametrize("summary", ["", "none", "N/A", "A cat."])
def test_empty(summary):
    facets = Facets(summary=summary, genre="unknown", mood="none")
    found = grade(render(facets), facets, Evidence())
    assert names(found) == ["empty"]
    assert found.score == 0


def test_one_word_is_told_as_one():
    (fault,) = grade("Cat.", Facets(summary="Cat."), Evidence()).faults
    assert (fault.name, fault.found) == ("empty", "1 word")


def test_a_video_in_which_perception_recognised_nothing_is_empty():
    silent = Findings(Recognised(), None, [], Speech(), None, None, sound_present=False)
    facets = compose(silent, 500).model_copy(update={"setting": "a dark, wide picture in colour"})
    assert facets.summary == "Nothing in this video was recognised."
    found = grade(render(facets), facets, Evidence())
    assert (names(found), found.score) == (["empty"], 0)


def test_repetitive():
    found = graded(summary="The cat sits on the piano and " * 12 + "sleeps.")
    assert names(found) == ["repetitive"]
    assert found.faults[0].found.endswith("such as 'the cat sits'")


@pytest.mark.parametrize(
    "summary",
    [
        "A ginger cat sits on a piano while a girl plays. It puts a paw on",
        "A ginger cat sits on the",
        "A ginger cat, a girl,",
    ],
)
def test_cut_off(summary):
    assert names(graded(summary=summary)) == ["cut off"]


def test_a_model_that_was_stopped_is_cut_off_and_raw():
    found = graded(error="the JSON does not end, cut at max_tokens; repairing it failed: no")
    assert names(found) == ["cut off", "raw"]
    assert found.score == pytest.approx(FAULTS["cut off"] * FAULTS["raw"])


@pytest.mark.parametrize("summary", ["A ginger cat plays the piano", 'It reads "stop now"', "猫。"])
def test_a_summary_without_a_full_stop_need_not_be_cut_off(summary):
    assert names(graded(summary=summary)) == []


def test_the_wrong_language():
    words = Facets(
        summary="Eine Katze sitzt auf dem Klavier, und ein Kind spielt für sie ein Stück.",
        setting="in einem Zimmer am Abend",
    )
    found = grade(render(words), words, Evidence())
    assert [(fault.name, fault.found) for fault in found.faults] == [("wrong language", "German")]
    assert grade(render(words), words, Evidence(), language="German") == Grade()
    assert grade(render(words), words, Evidence(), language="") == Grade()


def test_what_is_quoted_and_read_keeps_its_language():
    quoting = graded(
        summary='A girl reads from a book: "Der Kater ist auf dem Dach und nicht im Haus".',
        on_screen_text=["Der Kater ist auf dem Dach und nicht im Haus"],
        evidence=Evidence(),
    )
    assert names(quoting) == []


def test_speech_without_a_sound_track():
    found = graded(Evidence(sound=False), sound="")
    assert names(found) == ["unsupported speech"]
    assert "no sound track" in found.faults[0].found


@pytest.mark.parametrize("speech", ["No one speaks.", "There is no speech", "none", "Not audible"])
def test_to_say_that_nobody_speaks_is_no_claim(speech):
    assert names(graded(Evidence(False, "", ""), speech=speech, sound="", on_screen_text=[])) == []


def test_speech_that_was_not_heard():
    assert names(graded(Evidence(True, "", HEARD.screen_text))) == ["unsupported speech"]
    other = Evidence(True, "The weather tomorrow will be fine.", HEARD.screen_text)
    found = graded(other)
    assert names(found) == ["unsupported speech"]
    assert "let me finish" in found.faults[0].found
    assert names(graded(other, speech="A man tells in Spanish what comes next.")) == []


def test_sound_without_a_sound_track():
    deaf = Evidence(False, None, HEARD.screen_text)
    assert names(graded(deaf, speech="")) == ["unsupported sound"]
    assert names(graded(deaf, speech="", sound="No sound track")) == []
    told = "A cat sits there. Background music plays as the girl sings."
    assert names(graded(deaf, speech="", sound="", summary=told)) == ["unsupported sound"]
    silent = "A cat sits there. No voice is heard."
    assert names(graded(deaf, speech="", sound="", summary=silent)) == []


def test_screen_text_that_cannot_be_read():
    nothing = Evidence(True, HEARD.transcript, "")
    assert names(graded(nothing)) == ["unsupported screen text"]
    other = Evidence(True, HEARD.transcript, "subscribe now")
    assert names(graded(other)) == ["unsupported screen text"]
    assert names(graded(other, on_screen_text=["SUBSCRIBE", "my cat"])) == []
    cannot_read = graded(nothing, on_screen_text=["子猫と魚"])
    assert (names(cannot_read), cannot_read.unchecked) == ([], ("screen text",))


def test_a_near_copy_names_the_other():
    found = graded(near="clip-7")
    assert names(found) == ["near copy"]
    assert "'clip-7'" in found.faults[0].found
    assert found.score == FAULTS["near copy"]


def test_several_faults_cost_more_and_the_worst_comes_first():
    found = graded(Evidence(sound=False), near="x", summary="The cat sits on the piano and " * 12)
    assert names(found)[0] == "repetitive"
    assert found.score < min(FAULTS[name] for name in names(found))
