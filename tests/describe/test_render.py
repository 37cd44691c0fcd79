from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seesay.describe.base import Facets, Moment
from seesay.describe.render import render

FULL = Facets(
    summary="A cat plays the piano.",
    setting="a living room",
    people_and_things=["a cat", "an upright piano"],
    actions=["presses keys", "looks up"],
    mood="merry",
    genre="pet video",
    intent="to amuse",
    humour="A cat has no use for a piano!",
    cultural_references=["Keyboard Cat"],
    on_screen_text=["LIVE"],
    speech="none of it",
    sound="single notes",
    moments=[Moment(start=0, end=1.5, what="first chord."), Moment(start=2, end=3, what="a bow")],
)


def test_every_facet_is_a_line_of_its_own():
    assert render(FULL) == (
        "A cat plays the piano.\n"
        "Genre: pet video.\n"
        "Setting: a living room.\n"
        "Shows: a cat, an upright piano.\n"
        "What happens: presses keys, looks up.\n"
        "Mood: merry.\n"
        "Intent: to amuse.\n"
        "Humour: A cat has no use for a piano!\n"
        "Refers to: Keyboard Cat.\n"
        "Text on screen: LIVE.\n"
        "Speech: none of it.\n"
        "Sound: single notes.\n"
        "Moments: first chord (0 to 1.5 s); a bow (2 to 3 s)."
    )


def test_what_says_nothing_leaves_no_line():
    bare = Facets(
        summary="A cat.",
        mood="  ",
        actions=["", " "],
        moments=[Moment(start=0, end=1, what=" . ".replace(".", ""))],
    )
    assert render(bare) == "A cat."
    assert render(Facets(summary="")) == ""


def test_a_thing_named_twice_is_said_once_and_line_breaks_are_gone():
    facets = Facets(summary="A cat\nand a dog", people_and_things=["cat", "dog", "cat "])
    assert render(facets) == "A cat and a dog.\nShows: cat, dog."


words = st.text(max_size=20)


@given(summary=words, mood=words, actions=st.lists(words, max_size=3))
def test_any_words_give_clean_lines(summary, mood, actions):
    facets = Facets(summary=summary, mood=mood, actions=actions)
    text = render(facets)
    assert text == render(facets)
    assert all(line == " ".join(line.split()) and line for line in text.split("\n") if text)
