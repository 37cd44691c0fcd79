"""The sound of a video as 16 kHz mono samples that begin with its clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard

from seesay.media.base import SAMPLE_RATE, Deadline
from seesay.media.survey import rewind


@dataclass(frozen=True)
class Sound:
    """What was heard.

    Attributes:
        samples: float32 mono at 16 kHz in [-1, 1].
        cut: there was more than was asked for.
        fault: what went wrong on the way, or empty.
    """

    samples: np.ndarray
    cut: bool = False
    fault: str = ""


def read_sound(
    container: InputContainer,
    audio: AudioStream,
    origin: float,
    max_seconds: float,
    deadline: Deadline,
) -> Sound:
    """Decode a sound track from its start, at most `max_seconds` of it; reads no further.

    Sound that starts after `origin` gets silence in front, so that sample 0 is second 0.

    Raises:
        MediaError: the time is up.
    """
    limit = round(max_seconds * SAMPLE_RATE)
    for stream in container.streams:
        stream.discard = Discard.default if stream.index == audio.index else Discard.all
    rewind(container, audio)
    pieces: list[np.ndarray] = []
    total, cut, fault = 0, False, ""
    try:
        for piece in _pieces(container, audio, origin, limit, deadline):
            pieces.append(piece)
            total += len(piece)
            if total > limit:
                cut = True
                break
    except (av.FFmpegError, ValueError) as error:
        fault = f"the sound after {total / SAMPLE_RATE:.1f} s cannot be decoded ({_why(error)})"
    if not pieces:
        return Sound(np.zeros(0, np.float32), False, fault or "the sound track holds nothing")
    samples = np.nan_to_num(np.concatenate(pieces)[:limit], copy=False, posinf=1.0, neginf=-1.0)
    return Sound(np.clip(samples, -1.0, 1.0).astype(np.float32), cut, fault)


def _pieces(
    container: InputContainer, audio: AudioStream, origin: float, limit: int, deadline: Deadline
) -> Iterator[np.ndarray]:
    resampler = _resampler()
    shape = None
    late = 0
    for frame in _frames(container, audio, deadline):
        if shape is None:
            late = _lateness(frame, origin)
            if late > 0:
                yield np.zeros(min(late, limit), np.float32)
        elif shape != (frame.format.name, frame.layout.name, frame.sample_rate):
            yield from _arrays(resampler.resample(None))
            resampler = _resampler()
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        for array in _arrays(resampler.resample(frame)):
            early = min(max(-late, 0), len(array))
            late += early
            yield array[early:]
    yield from _arrays(resampler.resample(None))


def _frames(
    container: InputContainer, audio: AudioStream, deadline: Deadline
) -> Iterator[av.AudioFrame]:
    """Yield frames; a damaged packet is left out, a damaged container ends the sound."""
    for packet in container.demux(audio):
        deadline.check()
        try:
            frames = packet.decode()
        except (av.InvalidDataError, av.EOFError):
            continue
        yield from (frame for frame in frames if frame.samples)


def _resampler() -> av.AudioResampler:
    # Without this, swresample adds both channels of a stereo film up to 1.4 times full scale.
    return av.AudioResampler("flt", "mono", SAMPLE_RATE, options={"rematrix_maxval": "1.0"})


def _arrays(frames: list[av.AudioFrame]) -> Iterator[np.ndarray]:
    for frame in frames:
        yield frame.to_ndarray().reshape(-1)


def _lateness(frame: av.AudioFrame, origin: float) -> int:
    """Return how many samples after second 0 the first frame starts; negative if before."""
    return 0 if frame.time is None else round((frame.time - origin) * SAMPLE_RATE)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
