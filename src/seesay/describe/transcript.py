"""What is said in a video, written down for models that see but do not hear."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from seesay.core.hashing import file_sha256
from seesay.core.plugins import require
from seesay.core.settings import Section
from seesay.core.weights import WHISPER_BASE, whisper_base_folder
from seesay.describe.base import Video
from seesay.describe.senses.speech import Speech, SpeechReader, Word

TRANSCRIPT_VERSION = 2
PAUSE_SECONDS = 0.8
SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")


class TranscriptSettings(Section):
    """Whether speech is written down for the model, and by what.

    Attributes:
        transcript: listen with Whisper and give the model the words as text, each line with its
            second and how sure Whisper is of it. It costs a few seconds of a CPU for ten seconds of
            speech.
        whisper: empty for the base model that pip brings, or a folder or hub ID of another.
        language: of the speech (ISO 639-1); None detects it.
        beam: how many hypotheses are kept while decoding.
    """

    transcript: bool = False
    whisper: str = ""
    language: str | None = None
    beam: int = Field(default=2, ge=1)


class Transcriber:
    """Fills in `Video.transcript`; one model for all threads, one video at a time.

    Words are looked for only where a voice is heard, and dropped where Whisper doubts them; see
    `describe.senses.speech`.

    Args:
        go_on: asked before each video is listened to, which takes long; what it raises ends it.
    """

    def __init__(
        self, settings: TranscriptSettings, go_on: Callable[[], None] | None = None
    ) -> None:
        self.settings = settings
        self._go_on = go_on
        self._reader = SpeechReader(
            settings.whisper, settings.language, settings.beam, threads=0, word_times=True
        )
        self._lock = threading.Lock()

    def fingerprint(self) -> dict[str, Any]:
        """Return what decides the words, as JSON values; empty where nobody listens."""
        own = self.settings
        if not own.transcript:
            return {}
        return {
            "transcript": {
                "version": TRANSCRIPT_VERSION,
                "whisper": _identity(own.whisper),
                "language": own.language,
                "beam": own.beam,
            }
        }

    def check(self) -> None:
        """Look for the model, where it is needed.

        Raises:
            SeesayError: a package of the extra `embedded` is missing or its weights differ.
        """
        if self.settings.transcript:
            require("faster_whisper", "embedded")
            if not self.settings.whisper:
                whisper_base_folder()

    def add(self, video: Video) -> Video:
        """Return the video with its transcript; as it is where there is one, or nobody listens.

        Raises:
            SeesayError: faster-whisper or its weights are not there, or not the right ones.
        """
        if not self.settings.transcript or video.transcript or not len(video.media.audio):
            return video
        return replace(video, transcript=written(self.listen(video.media.audio)))

    def listen(self, audio: np.ndarray) -> Speech:
        """Return what is said in 16 kHz mono samples, with the seconds of each word.

        Raises:
            SeesayError: faster-whisper or its weights are not there, or not the right ones.
        """
        with self._lock:
            if self._go_on:
                self._go_on()
            return self._reader.listen(np.clip(np.nan_to_num(audio), -1, 1))


def written(speech: Speech) -> str:
    """Return speech as lines, each with its second and how sure Whisper is; empty for no speech.

    How sure it is, is the mean probability of the line's words.
    A line ends with a sentence, or where the speaker pauses.
    """
    lines: list[list[Word]] = []
    for word in speech.words:
        last = lines[-1][-1] if lines else None
        if (
            last is None
            or word.start - last.end > PAUSE_SECONDS
            or last.text.endswith(SENTENCE_ENDS)
        ):
            lines.append([])
        lines[-1].append(word)
    between = "" if speech.language in ("zh", "ja", "th", "yue") else " "
    return "\n".join(
        f"[{line[0].start:.1f} s, {Speech(words=tuple(line)).confidence:.0%} sure] "
        f"{between.join(word.text for word in line)}"
        for line in lines
    )


def shifted(transcript: str, seconds: float) -> str:
    """Return the lines of a piece with their seconds in the whole video."""

    def later(begins: re.Match[str]) -> str:
        return f"[{float(begins[1]) + seconds:.1f} s"

    return re.sub(r"^\[(\d+\.\d) s", later, transcript, flags=re.MULTILINE)


def _identity(model: str) -> str | dict[str, str]:
    """Return the hashes of a folder's files, or what it is called elsewhere."""
    if not model:
        return dict(WHISPER_BASE.files)
    folder = Path(model)
    if not folder.is_dir():
        return model
    return {path.name: file_sha256(path) for path in sorted(folder.iterdir()) if path.is_file()}
