from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contracts.describer_contract import video
from seesay.core.errors import SeesayError
from seesay.core.plugins import build_plugin
from seesay.describe.answering import Reply
from seesay.describe.base import Description, Video
from seesay.describe.message import video_message
from seesay.describe.pace import Stopped
from seesay.describe.prompting import load_prompt
from seesay.describe.questions import Questions, QuestionSettings
from seesay.describe.senses.speech import Speech, Word
from seesay.describe.transcript import Transcriber, TranscriptSettings, shifted, written
from seesay.media.base import SAMPLE_RATE

FIRST = "Put the camera on a tripod and breathe out slowly."
SECOND = "Taste your coffee before you put in sugar."


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return Transcriber(TranscriptSettings(transcript=True, beam=1))


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * SAMPLE_RATE), np.float32)


def with_sound(audio: np.ndarray) -> Video:
    made = video("a", 10)
    return replace(made, media=replace(made.media, audio=audio))


@pytest.fixture(scope="module")
def two_sentences(say: Callable[..., np.ndarray]) -> np.ndarray:
    return np.concatenate([silence(3), say(FIRST), silence(4), say(SECOND), silence(1)])


def test_words_have_their_seconds_in_the_video(
    transcriber: Transcriber, two_sentences: np.ndarray, say: Callable[..., np.ndarray]
) -> None:
    heard = transcriber.listen(two_sentences)
    first, second = written(heard).splitlines()
    assert "tripod" in first
    assert "coffee" in second
    at = {word.text.strip(".,").lower(): word for word in heard.words}
    begin = 3 + len(say(FIRST)) / SAMPLE_RATE + 4
    assert at["camera"].start == pytest.approx(3.3, abs=0.6)
    assert at["coffee"].start == pytest.approx(begin + 0.6, abs=0.7)
    starts = [word.start for word in heard.words]
    assert starts == sorted(starts)
    assert all(
        0 <= word.start <= word.end <= len(two_sentences) / SAMPLE_RATE + 0.5
        for word in heard.words
    )
    assert "".join(word.text for word in heard.words) == heard.text.replace(" ", "")
    assert heard.language == "en"
    assert 0.5 < heard.confidence <= 1


def test_a_model_is_told_what_is_said_and_when_by_one_reader_for_all_threads(
    transcriber: Transcriber, two_sentences: np.ndarray
) -> None:
    one = with_sound(two_sentences[: 7 * SAMPLE_RATE])
    with ThreadPoolExecutor(2) as pool:
        told, again = pool.map(transcriber.add, [one, one])
    assert told.transcript == again.transcript
    assert re.fullmatch(r"\[(2|3)\.\d s, \d\d% sure\] Put the camera .* slowly\.?", told.transcript)
    (words,) = [
        part
        for part in video_message(told, load_prompt("describe"), "both", hears=False).parts
        if isinstance(part, str) and "<speech>" in part
    ]
    assert told.transcript in words


def test_music_noise_and_silence_say_nothing(transcriber: Transcriber, music: np.ndarray) -> None:
    noise = 0.1 * np.random.default_rng(0).normal(size=4 * SAMPLE_RATE).astype(np.float32)
    broken = np.full(2 * SAMPLE_RATE, np.nan, np.float32)
    for sound in (silence(5), silence(0), noise, music, broken):
        assert transcriber.add(with_sound(sound)).transcript == ""


def test_a_transcript_that_is_there_is_kept(
    transcriber: Transcriber, two_sentences: np.ndarray
) -> None:
    known = replace(with_sound(two_sentences), transcript="known")
    assert transcriber.add(known) is known


def test_who_is_told_to_end_listens_to_nothing() -> None:
    def end() -> None:
        raise Stopped("the run is ending")

    listens = Transcriber(TranscriptSettings(transcript=True, whisper="there is none"), end)
    with pytest.raises(Stopped):
        listens.add(with_sound(silence(1)))


def test_lines_of_a_piece_get_the_seconds_of_the_whole() -> None:
    assert (
        shifted("[0.5 s, 90% sure] One [1.0 s].\n[12.0 s] Two", 60.0)
        == "[60.5 s, 90% sure] One [1.0 s].\n[72.0 s] Two"
    )
    assert shifted("", 60.0) == ""


def test_nobody_listens_unless_asked(two_sentences: np.ndarray) -> None:
    deaf = Transcriber(TranscriptSettings())
    heard = with_sound(two_sentences)
    assert deaf.add(heard) is heard
    assert deaf.fingerprint() == {}
    deaf.check()


def test_lines_end_with_sentences_and_at_pauses() -> None:
    words = [
        Word("Look.", 0.5, 0.9, 0.9),
        Word("A", 1.0, 1.1, 0.8),
        Word("dog", 1.2, 1.5, 1.0),
        Word("runs", 2.5, 2.9, 0.5),
    ]
    speech = Speech("", "en", (), tuple(words))
    assert written(speech) == (
        "[0.5 s, 90% sure] Look.\n[1.0 s, 90% sure] A dog\n[2.5 s, 50% sure] runs"
    )
    assert speech.confidence == pytest.approx(0.8)
    chinese = Speech("", "zh", (), (Word("猫", 0, 0.2, 1), Word("走", 0.2, 0.4, 1)))
    assert written(chinese) == "[0.0 s, 100% sure] 猫走"
    assert written(Speech()) == ""
    assert Speech().confidence == 0


def test_what_decides_the_words_is_in_the_fingerprint(tmp_path: Path) -> None:
    def mark(**options: object) -> object:
        settings = TranscriptSettings.model_validate({"transcript": True, **options})
        return Transcriber(settings).fingerprint()

    assert mark() == mark()
    (tmp_path / "model.bin").write_bytes(b"one")
    seen = [
        mark(),
        mark(beam=5),
        mark(language="de"),
        mark(whisper="o/n"),
        mark(whisper=str(tmp_path)),
    ]
    (tmp_path / "model.bin").write_bytes(b"two")
    seen.append(mark(whisper=str(tmp_path)))
    assert all(one != other for at, one in enumerate(seen) for other in seen[:at])


def test_check_looks_for_the_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    with pytest.raises(SeesayError, match="cannot be put into"):
        Transcriber(TranscriptSettings(transcript=True)).check()


@pytest.mark.parametrize("name", ["openai", "transformers", "vllm"])
def test_describers_hold_it_in_their_fingerprint_where_they_use_it(name: str) -> None:
    def mark(**options: object) -> object:
        return build_plugin("describer", name, options).fingerprint()

    heard = mark(transcript=True)
    assert heard != mark(transcript=False)
    assert heard != mark(transcript=True, beam=5)
    assert "transcript" not in mark(transcript=False)
    assert mark(transcript=True, kind="video") == mark(transcript=False, kind="video")


def test_what_is_said_in_the_pieces_of_a_long_video_is_kept_with_its_description(
    two_sentences: np.ndarray,
) -> None:
    """Both pieces hold the same sound."""
    asks = Questions(
        QuestionSettings(transcript=True, language="en", kind="audio"), hears=True, listens=True
    )
    heard = with_sound(two_sentences)
    seconds = len(two_sentences) / SAMPLE_RATE
    manifest = replace(heard.media.manifest, seconds=2 * seconds, segments=2)
    twice = np.concatenate([two_sentences, two_sentences])
    long = replace(heard, media=replace(heard.media, audio=twice, manifest=manifest))
    fine = Reply('{"summary": "words"}')
    told, silent = asks.describe(
        [long, with_sound(np.zeros(SAMPLE_RATE, np.float32))],
        lambda messages: [fine for _ in messages],
    )
    assert isinstance(told, Description)
    assert isinstance(silent, Description)
    assert told.transcript is not None
    lines = told.transcript.splitlines()
    half = len(lines) // 2
    assert half > 0
    assert lines[half:] == [shifted(line, seconds) for line in lines[:half]]
    assert silent.transcript == ""
