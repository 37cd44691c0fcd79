from __future__ import annotations

from dataclasses import replace

import pytest

from seesay.describe.senses.compose import Findings, compose
from seesay.describe.senses.labels import Guess, Recognised
from seesay.describe.senses.look import Look
from seesay.describe.senses.screen_text import ScreenText
from seesay.describe.senses.sound import Sound
from seesay.describe.senses.speech import Speech

LOOK = Look(320, 180, 0.5, 0.2, (("red", 0.5), ("blue", 0.3)), False, 0.2, (), 0.03)
SOUND = Sound(4.0, -20.0, 0.0, 3.0, 500.0, 0.01, 0.9, 0.7, 120.0, 0.8)
NOTHING = Findings(Recognised(), LOOK, (), Speech(), None, None, False)


def line(text: str, size: float = 0.1) -> ScreenText:
    return ScreenText(text, 0.95, size, 0.0, 1.0)


def test_nothing_is_said_to_be_there_when_nothing_was_found() -> None:
    facets = compose(NOTHING, 500)
    assert facets.summary == "Nothing in this video was recognised."
    assert facets.people_and_things == facets.on_screen_text == facets.moments == []
    assert facets.speech == facets.mood == facets.genre == facets.intent == ""
    assert facets.sound == "No sound track"
    assert facets.setting == "A wide picture, mostly red and blue"


@pytest.mark.parametrize(
    ("probability", "verb"), [(0.8, "It seems to show"), (0.35, "It may show")]
)
def test_words_are_as_sure_as_the_classifier(probability: float, verb: str) -> None:
    seen = Recognised(
        kinds=(Guess("musical instrument", probability),),
        classes=(Guess("banjo", 0.34), Guess("assault rifle", 0.2)),
    )
    facets = compose(replace(NOTHING, seen=seen), 500)
    assert facets.summary == f"{verb} a musical instrument (perhaps a banjo) or an assault rifle."
    assert facets.people_and_things == ["musical instrument", "banjo", "assault rifle"]


def test_faint_guesses_are_called_guesses_and_are_no_things() -> None:
    seen = Recognised(faint=(Guess("lipstick", 0.1), Guess("mixing bowl", 0.05)))
    facets = compose(replace(NOTHING, seen=seen), 500)
    assert "hard to tell" in facets.summary
    assert "at a guess a lipstick or a mixing bowl" in facets.summary
    assert facets.people_and_things == []


def test_the_summary_quotes_the_largest_text_in_order_of_time() -> None:
    texts = [line("tiny mark", 0.02), line("one", 0.1), line("two", 0.2), line("three", 0.3)]
    facets = compose(replace(NOTHING, texts=texts), 500)
    assert facets.summary == 'The screen reads "one / two / three".'
    assert facets.on_screen_text == ["tiny mark", "one", "two", "three"]


def test_text_is_cut_at_the_limit() -> None:
    texts = [line("a" * 40), line("b" * 40), line("c" * 40)]
    assert compose(replace(NOTHING, texts=texts), 100).on_screen_text == ["a" * 40, "b" * 40]
    assert compose(replace(NOTHING, texts=texts), 0).on_screen_text == []


def test_speech_is_given_with_its_language_and_its_moments() -> None:
    speech = Speech("We bake bread.", "en", ((0.5, 1.5), (2.0, 2.5)))
    facets = compose(replace(NOTHING, speech=speech, sound=SOUND, sound_present=True), 500)
    assert facets.summary == 'A voice says "We bake bread".'
    assert facets.speech == "In English: We bake bread."
    assert facets.sound == "A voice at times"
    assert [(moment.start, moment.end) for moment in facets.moments] == [(0.5, 1.5), (2.0, 2.5)]


def test_a_voice_without_words_is_said_to_be_just_that() -> None:
    speech = Speech("", "", ((0.0, 3.9),))
    facets = compose(replace(NOTHING, speech=speech, sound=SOUND, sound_present=True), 500)
    assert facets.summary == "A voice is heard."
    assert facets.speech == "A voice is heard, its words could not be made out"
    assert facets.moments == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Music or a melody, middle in pitch with a regular, medium beat"),
        ({"tonal": 0.1}, "Drumming, clicks or knocks with a regular, medium beat"),
        ({"tonal": 0.1, "beat_strength": 0.0, "noise": 0.5}, "A hissing noise"),
        ({"tonal": 0.1, "beat_strength": 0.0, "pitch": 90.0}, "A low rumble"),
        (
            {"steadiness": 0.99, "beat_strength": 0.0},
            "One long held tone or chord, middle in pitch",
        ),
        ({"tonal": 0.5, "beat_strength": 0.0, "loudness": -50.0}, "Quiet: various sounds"),
        ({"silent": 1.0}, "A silent sound track"),
    ],
)
def test_sound_is_named_by_its_character(change: dict[str, float], words: str) -> None:
    found = replace(NOTHING, sound=replace(SOUND, **change), sound_present=True)
    assert compose(found, 500).sound.startswith(words)


def test_what_is_heard_besides_a_voice() -> None:
    speech = Speech("Hello there, bread.", "en", ((0.0, 1.0),))
    found = replace(NOTHING, speech=speech, sound=SOUND, rest=SOUND, sound_present=True)
    assert compose(found, 500).sound == "A voice at times, and music or a melody, middle in pitch"
    far = replace(found, rest=replace(SOUND, loudness=-60.0))
    assert compose(far, 500).sound == "A voice at times"


def test_cuts_and_movement_are_told() -> None:
    cut = replace(LOOK, cuts=((1.0, 2.0), (3.0, 4.0)))
    facets = compose(replace(NOTHING, look=cut), 500)
    assert facets.actions == ["the scene changes at least 2 times"]
    assert [moment.what for moment in facets.moments] == ["the scene changes"] * 2
    still = compose(replace(NOTHING, look=replace(LOOK, movement=0.0)), 500)
    assert still.actions == ["the picture hardly moves"]


def test_sound_without_a_picture() -> None:
    facets = compose(replace(NOTHING, look=None, sound=SOUND, sound_present=True), 500)
    assert facets.setting == ""
    assert facets.summary.startswith("It sounds like music or a melody")
