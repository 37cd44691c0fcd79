"""What is known of a video after it was decoded, and the settings and limits of decoding."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from seesay.core.settings import Section

SAMPLE_RATE = 16_000
SEGMENT_SECONDS = 120.0


class MediaSettings(Section):
    """How a video is sampled, and the limits past which it is refused or cut.

    Attributes:
        plan: which frames: `count` of them spread evenly (`uniform`), or spread so that more are
            taken where the picture changes (`adaptive`), `rate` a second (`fps`), or the stream's
            own key frames (`keyframes`); `count` is also the most for the last two, which are then
            thinned evenly.
        segment_seconds: a longer video is described in equal pieces of at most so many seconds, 32
            at the most, each with frames as planned here; none describes all videos at once.
        frame_pixels: the longer side of a frame is scaled down to this many pixels, never up.
        max_audio_seconds: sound after this is left out.
        max_decode_seconds: a file that takes longer to decode than this is given up.
    """

    plan: Literal["uniform", "adaptive", "fps", "keyframes"] = "uniform"
    count: int = Field(4, ge=1, le=10_000)
    rate: float = Field(1.0, gt=0, le=1000)
    segment_seconds: float | None = Field(SEGMENT_SECONDS, gt=0)
    frame_pixels: int = Field(640, ge=16)
    max_bytes: int = Field(2_000_000_000, ge=1)
    max_seconds: float = Field(14_400.0, gt=0)
    max_pixels: int = Field(8192 * 8192, ge=1)
    max_audio_seconds: float = Field(300.0, ge=0)
    max_decode_seconds: float = Field(120.0, gt=0)


class MediaError(Exception):
    """A file that cannot be decoded; says why in one line."""


class Deadline:
    """The moment after which decoding one file is given up."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.end = time.monotonic() + seconds

    def check(self) -> None:
        """Raise a `MediaError` once the time is up."""
        if time.monotonic() > self.end:
            raise MediaError(
                f"it takes more than {self.seconds:g} s to decode; "
                "raise max_decode_seconds, or ask for fewer frames"
            )


@dataclass(frozen=True)
class MediaManifest:
    """What was asked of a file and what came out of it.

    Attributes:
        frames_asked: how many the plan came to for this file; `frames_got` is less where one
            picture is on show at several of the times planned.
        seconds: how long the file plays; what is there of it where it is truncated.
        width: of the upright picture with square pixels, before it was scaled; so is `height`.
        rotation: degrees clockwise by which the stored picture was turned: 0, 90, 180 or 270.
        sound: there is sound (its track holds samples; where it was not read, there is a track).
        truncated: the file stops before its own header says that it ends, or is damaged.
        note: whatever else is worth knowing, in words.
        frames_decoded: what the frames cost: pictures that the decoder gave to find them.
        segments: of how many equal pieces the frames were planned.
    """

    frames_asked: int
    frames_got: int
    seconds: float
    codec: str
    width: int
    height: int
    rotation: int
    sound: bool
    truncated: bool
    note: str = ""
    frames_decoded: int = 0
    segments: int = 1

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Media:
    """Frames and sound of one video.

    Attributes:
        frames: RGB uint8 arrays [height, width, 3], upright, in order of time.
        times: the second at which each frame is shown.
        audio: float32 mono samples at 16 kHz in [-1, 1]; empty where there is no sound. The first
            sample is that of second 0 of `times`.
    """

    path: Path
    frames: tuple[np.ndarray, ...]
    times: tuple[float, ...]
    audio: np.ndarray
    manifest: MediaManifest
