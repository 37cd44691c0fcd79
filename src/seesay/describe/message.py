"""The one builder of what a model is told about a video; describers only differ in sending it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seesay.describe.base import Kind, Video
from seesay.describe.prompting import Prompt, fence


@dataclass(frozen=True)
class Picture:
    """A frame, RGB uint8 [height, width, 3], and the second at which it is shown."""

    second: float
    frame: np.ndarray


@dataclass(frozen=True)
class Sound:
    """Sound at 16 kHz, float32 in [-1, 1]."""

    samples: np.ndarray


@dataclass(frozen=True)
class Film:
    """A video file as it is, with its length and the width and height of its picture."""

    path: Path
    seconds: float
    size: tuple[int, int]


Part = str | Picture | Sound | Film


@dataclass(frozen=True)
class Message:
    """One question: the standing instructions, and words, pictures and sound in their order."""

    system: str
    parts: tuple[Part, ...]

    @property
    def pictures(self) -> list[np.ndarray]:
        """The frames, in order."""
        return [part.frame for part in self.parts if isinstance(part, Picture)]

    @property
    def films(self) -> list[Film]:
        """The video files."""
        return [part for part in self.parts if isinstance(part, Film)]

    @property
    def sounds(self) -> list[np.ndarray]:
        """The samples of each sound, in order."""
        return [part.samples for part in self.parts if isinstance(part, Sound)]


def video_message(
    video: Video, prompt: Prompt, kind: Kind, hears: bool, film: Path | None = None
) -> Message:
    """Ask for the description of one video.

    Args:
        kind: `video` leaves the sound out and `audio` the frames, as if they were not there.
        hears: whether the sound itself may be sent; otherwise it is told that there is some.
        film: the file that is sent instead of frames.
    """
    media = video.media
    parts: list[Part] = [f"The video lasts {media.manifest.seconds:.1f} seconds."]
    if video.title.strip():
        parts.append(f"Its title:\n{fence('title', video.title)}")
    if film:
        size = media.manifest.width, media.manifest.height
        parts += ["The video:", Film(film, media.manifest.seconds, size)]
    elif kind != "audio":
        for second, frame in zip(media.times, media.frames, strict=True):
            parts += [f"The frame at {second:.1f} s:", Picture(second, frame)]
    if kind != "video":
        parts += _sound(video, hears)
    return Message(prompt.text, tuple(parts))


def repair_message(answer: str, fault: str, prompt: Prompt) -> Message:
    """Ask for an answer that could not be read to be written again."""
    return Message(prompt.text, (f"What is wrong: {json.dumps(fault)}\n{fence('answer', answer)}",))


def _sound(video: Video, hears: bool) -> list[Part]:
    parts: list[Part] = []
    if not video.media.manifest.sound:
        parts.append("The video has no sound.")
    elif hears and len(video.media.audio):
        parts += ["The sound:", Sound(video.media.audio)]
    else:
        parts.append("The video has sound, but you are not given it.")
    if video.transcript.strip():
        parts.append(f"What is said in it:\n{fence('speech', video.transcript)}")
    return parts
