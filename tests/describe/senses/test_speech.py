from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from seesay.describe.senses.speech import Speech, SpeechReader, believable, voice_spans, without
from seesay.media.base import SAMPLE_RATE

SENTENCE = "Put the camera on a tripod and breathe out slowly."


@pytest.fixture(scope="module")
def reader() -> SpeechReader:
    return SpeechReader("", None, beam=1, threads=1)


def seconds(count: float) -> np.ndarray:
    return np.zeros(int(count * SAMPLE_RATE), np.float32)


def test_a_spoken_sentence_is_written_down(
    reader: SpeechReader, say: Callable[..., np.ndarray]
) -> None:
    heard = reader.listen(say(SENTENCE))
    assert heard.language == "en"
    assert {"camera", "tripod", "breathe", "slowly"} <= set(heard.text.lower().strip(".").split())
    assert len(heard.spans) == 1
    assert heard.seconds == pytest.approx(len(say(SENTENCE)) / SAMPLE_RATE, abs=0.6)


def test_speech_is_found_where_it_is(reader: SpeechReader, say: Callable[..., np.ndarray]) -> None:
    voice = say(SENTENCE)
    ((start, end),) = voice_spans(np.concatenate([seconds(3), voice, seconds(3)]))
    assert start == pytest.approx(3.0, abs=0.4)
    assert end == pytest.approx(3 + len(voice) / SAMPLE_RATE, abs=0.5)


def test_a_named_language_is_kept(say: Callable[..., np.ndarray]) -> None:
    heard = SpeechReader("", "en", beam=1, threads=1).listen(say(SENTENCE))
    assert heard.language == "en"
    assert "camera" in heard.text


def test_speech_longer_than_a_window_is_heard_to_its_end(
    reader: SpeechReader, say: Callable[..., np.ndarray]
) -> None:
    sentences = [
        SENTENCE,
        "Taste your coffee before you put in sugar.",
        "A horse can sleep while it is standing up.",
        "The train to the city leaves at seven in the morning.",
        "She trained for years to pilot the space shuttle.",
        "Each of these lights is a galaxy with billions of stars.",
        "This is a single cell, floating under the microscope.",
        "Lay the bricks in rows, and fill the gaps with mortar.",
        "The rain in the mountains fills the river every spring.",
        "My brother plays the violin in a small orchestra.",
        "We saw an elephant drink water from the lake.",
    ]
    long = np.concatenate([part for each in sentences for part in (say(each), seconds(0.3))])
    assert len(long) > 31 * SAMPLE_RATE
    text = reader.listen(long).text.lower()
    assert "camera" in text
    assert "elephant" in text


def test_silence_noise_and_music_say_nothing(reader: SpeechReader, music: np.ndarray) -> None:
    noise = 0.1 * np.random.default_rng(0).normal(size=4 * SAMPLE_RATE).astype(np.float32)
    for sound in (seconds(0), seconds(0.05), seconds(5), noise, music):
        assert reader.listen(sound) == Speech()


def test_words_are_believed_or_not() -> None:
    assert believable("Today we bake bread.", 0.1, -0.3)
    assert not believable("", 0.1, -0.3)
    assert not believable("Today we bake bread.", 0.7, -0.3)
    assert not believable("Today we bake bread.", 0.1, -1.1)
    assert not believable("again and " * 40, 0.1, -0.3)


def test_the_sound_outside_the_spans() -> None:
    sound = np.arange(5 * SAMPLE_RATE, dtype=np.float32)
    rest = without(sound, [(1.0, 2.0), (3.0, 4.5)])
    assert len(rest) == 2.5 * SAMPLE_RATE
    assert rest[SAMPLE_RATE] == 2 * SAMPLE_RATE
    assert len(without(sound, [(0.5, 5.0)])) == 0
    assert len(without(sound, [])) == len(sound)
