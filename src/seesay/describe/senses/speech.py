"""What is said, by Whisper base in int8, only where Silero's detector hears a voice.

Whisper invents polite phrases when it is given music or silence, so the detector decides first,
and what comes out is dropped where Whisper itself doubts it (Radford et al., arXiv 2212.04356,
section 4.5: no-speech probability, mean log probability, compression ratio). Each stretch of sound
is encoded once, for the language and for the words alike.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seesay.core.plugins import require
from seesay.core.weights import whisper_base_folder
from seesay.media.base import SAMPLE_RATE

WINDOW_SECONDS = 29.0
HOP = 160
# Marks that belong to the word behind them, and to that before them.
OPENING = "\"'“¿([{-"
CLOSING = "\"'.。,，!！?？:：”)]}、"
MOST_TOKENS_A_SECOND = 12
LEAST_VOICE_SECONDS = 0.4
LEAST_LANGUAGE = 0.3
MOST_NO_SPEECH = 0.6
LEAST_LOG_PROBABILITY = -0.9
MOST_COMPRESSION = 2.4
INVENTED = frozenset(
    {
        "you",
        "thank you",
        "thanks for watching",
        "thank you for watching",
        "thank you very much",
        "bye",
        "music",
        "applause",
        "请不吝点赞订阅转发打赏支持明镜与点点栏目",
        "字幕by索兰娅",
    }
)


@dataclass(frozen=True)
class Word:
    """One word, the seconds between which it is said, and how likely Whisper finds it, 0 to 1."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class Speech:
    """What was heard.

    Attributes:
        text: the words, empty where none could be made out.
        language: ISO 639-1 code, empty where there are no words.
        spans: (start, end) seconds in which the detector hears a voice.
        words: the words one by one, where their times were asked for.
    """

    text: str = ""
    language: str = ""
    spans: tuple[tuple[float, float], ...] = field(default=())
    words: tuple[Word, ...] = field(default=())

    @property
    def confidence(self) -> float:
        """The mean probability of the words, 0 to 1; 0 where there are none."""
        return sum(word.probability for word in self.words) / max(len(self.words), 1)

    @property
    def seconds(self) -> float:
        """How long a voice is heard, in seconds."""
        return sum(end - start for start, end in self.spans)


class SpeechReader:
    """Listens to sound; loads Whisper when it first hears a voice.

    Args:
        model: an empty string for the base model that pip brings, or a folder or hub ID of a
            CTranslate2 Whisper.
        language: ISO 639-1 code, or None to detect it.
        beam: how many hypotheses are kept while decoding.
        threads: how many the model may use.
        word_times: find out when each word is said, which takes a little longer.
    """

    def __init__(
        self,
        model: str,
        language: str | None,
        beam: int,
        threads: int,
        *,
        word_times: bool = False,
    ) -> None:
        self.model = model
        self.language = language
        self.beam = beam
        self.threads = threads
        self.word_times = word_times
        self._whisper: Any = None

    def listen(self, audio: np.ndarray) -> Speech:
        """Return what is said in 16 kHz mono samples.

        Raises:
            SeesayError: faster-whisper or its weights are not there, or not the right ones.
        """
        spans = voice_spans(audio)
        if sum(end - start for start, end in spans) < LEAST_VOICE_SECONDS:
            return Speech()
        language, texts, words = self.language or "", [], []
        for window in _windows(audio, spans):
            language, text, found = self._words(window, language)
            texts.append(text)
            words += found
        text = " ".join(text for text in texts if text)
        if _bare(text) in INVENTED:
            text = ""
        return Speech(text, language if text else "", spans, tuple(words) if text else ())

    def _words(self, window: _Window, language: str) -> tuple[str, str, list[Word]]:
        """Return the language and the words of at most 30 s of sound; no words where in doubt."""
        samples = window.samples
        from faster_whisper.audio import pad_or_trim
        from faster_whisper.tokenizer import Tokenizer
        from faster_whisper.transcribe import merge_punctuations

        whisper = self._load()
        encoded = whisper.encode(pad_or_trim(whisper.feature_extractor(samples)))
        if not language:
            token, probability = whisper.model.detect_language(encoded)[0][0]
            if probability < LEAST_LANGUAGE:
                return "", "", []
            language = token[2:-2]
        tokenizer = Tokenizer(
            whisper.hf_tokenizer, whisper.model.is_multilingual, "transcribe", language
        )
        seconds = len(samples) / SAMPLE_RATE
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        result = whisper.model.generate(
            encoded,
            [prompt],
            beam_size=self.beam,
            max_length=min(224, len(prompt) + 10 + int(MOST_TOKENS_A_SECOND * seconds)),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = result.sequences_ids[0]
        text = tokenizer.decode(tokens).strip()
        if not believable(text, result.no_speech_prob, result.scores[0]):
            return language, "", []
        if not self.word_times:
            return language, text, []
        spoken = [token for token in tokens if token < tokenizer.eot]
        (aligned,) = whisper.find_alignment(
            tokenizer, [spoken], encoded, max(1, len(samples) // HOP)
        )
        merge_punctuations(aligned, OPENING, CLOSING)
        return language, text, [_word(word, window) for word in aligned if word["word"].strip()]

    def _load(self) -> Any:
        if self._whisper is None:
            module = require("faster_whisper", "embedded")
            source = self.model or str(whisper_base_folder())
            self._whisper = module.WhisperModel(
                source, device="cpu", compute_type="int8", cpu_threads=self.threads
            )
        return self._whisper


def voice_spans(audio: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Return (start, end) seconds where Silero's detector hears a voice in 16 kHz samples."""
    if len(audio) < SAMPLE_RATE // 10 or float(np.abs(audio).max()) < 1e-3:
        return ()
    vad = require("faster_whisper.vad", "embedded")
    options = vad.VadOptions(
        min_speech_duration_ms=250, min_silence_duration_ms=500, speech_pad_ms=200
    )
    found = vad.get_speech_timestamps(audio, options)
    return tuple((span["start"] / SAMPLE_RATE, span["end"] / SAMPLE_RATE) for span in found)


def without(audio: np.ndarray, spans: Sequence[tuple[float, float]]) -> np.ndarray:
    """Return the samples outside the spans, joined; none where under a second is left."""
    outside = np.ones(len(audio), dtype=bool)
    for start, end in spans:
        outside[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)] = False
    rest: np.ndarray = audio[outside]
    return rest if len(rest) >= SAMPLE_RATE else rest[:0]


def believable(text: str, no_speech: float, log_probability: float) -> bool:
    """Tell whether words are likely to have been said rather than invented or repeated."""
    packed = text.encode("utf-8")
    compression = len(packed) / max(len(zlib.compress(packed)), 1)
    return (
        bool(text)
        and no_speech <= MOST_NO_SPEECH
        and log_probability >= LEAST_LOG_PROBABILITY
        and compression <= MOST_COMPRESSION
    )


@dataclass(frozen=True)
class _Window:
    """Stretches of sound with a voice, joined; each (place here, place in the whole) in samples."""

    samples: np.ndarray
    places: tuple[tuple[int, int], ...]

    def second(self, here: float) -> float:
        """Return the second of the whole sound that is a second of this window."""
        sample = int(here * SAMPLE_RATE)
        place, whole = max(place for place in self.places if place[0] <= max(sample, 0))
        return (whole + sample - place) / SAMPLE_RATE


def _windows(audio: np.ndarray, spans: tuple[tuple[float, float], ...]) -> list[_Window]:
    """Join the spans, without the gaps between them, into stretches that Whisper takes whole."""
    most = int(WINDOW_SECONDS * SAMPLE_RATE)
    windows: list[list[tuple[int, np.ndarray]]] = [[]]
    for start, end in spans:
        first, last = int(start * SAMPLE_RATE), int(end * SAMPLE_RATE)
        for at in range(first, min(last, len(audio)), most):
            piece = audio[at : min(at + most, last)]
            if sum(len(other) for _, other in windows[-1]) + len(piece) > most:
                windows.append([])
            windows[-1].append((at, piece))
    return [_joined(window) for window in windows if window]


def _joined(pieces: list[tuple[int, np.ndarray]]) -> _Window:
    ends = np.cumsum([len(piece) for _, piece in pieces])
    starts = [0, *ends[:-1].tolist()]
    places = tuple((here, whole) for here, (whole, _) in zip(starts, pieces, strict=True))
    return _Window(np.concatenate([piece for _, piece in pieces]), places)


def _word(found: dict[str, Any], window: _Window) -> Word:
    """Return an aligned word with its seconds in the whole sound."""
    start, end = window.second(float(found["start"])), window.second(float(found["end"]))
    return Word(found["word"].strip(), start, max(start, end), float(found["probability"]))


def _bare(text: str) -> str:
    return re.sub(r"[^\w\s]", "", text).strip().casefold()
