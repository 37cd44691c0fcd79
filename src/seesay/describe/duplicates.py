"""Videos that are nearly the same: re-encoded, resized, renamed. They share one description.

A video's looks are difference hashes (Krawetz's dHash, 8 x 8 bits) of eight frames, and its sound a
fingerprint of bands and moments (after Haitsma and Kalker, "A Highly Robust Audio Fingerprinting
System", 2002): the same pictures under another sound are another video. Candidates are found by
parts of the hashes that agree, so that no video is held against all others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from pydantic import Field

from seesay.core.settings import Section
from seesay.describe.base import Kind
from seesay.media.base import SAMPLE_RATE, Media, MediaSettings

VERSION = 1
FRAMES, SIDE = 8, 8
# Steps of brightness below this are noise of the encoder, and count as none.
STEP = 4.0
MOMENTS, BANDS = 32, 16
BAND_HERTZ = (100, 4000)
MOST_SOUND_BITS = 0.3
SAME_LENGTH = 0.04
MOST_COMPARED = 16
LOOK = MediaSettings(plan="uniform", count=FRAMES, frame_pixels=64, segment_seconds=None)


class DuplicatesSettings(Section):
    """When two videos count as one, so that the second takes the description of the first.

    Attributes:
        distance: how many of the 64 bits of a frame's hash may differ, in the mean over the frames;
            0 compares nothing, and 6 is right for copies that were encoded again or made smaller.
            Titles are not compared: the copy gets the words for the first one's title.
    """

    distance: int = Field(default=0, ge=0, le=16)


@dataclass(frozen=True)
class Looks:
    """What a video looks and sounds like, in a few hundred bytes.

    Attributes:
        seconds: how long it plays.
        frames: bits of its frames, bool [FRAMES, 64].
        sound: bits of its sound, bool [MOMENTS - 1, BANDS - 1]; None where nothing is heard.
    """

    seconds: float
    frames: np.ndarray
    sound: np.ndarray | None

    def to_bytes(self) -> bytes:
        """Return it for the journal."""
        sound = b"" if self.sound is None else np.packbits(self.sound).tobytes()
        return np.float64(self.seconds).tobytes() + np.packbits(self.frames).tobytes() + sound

    @classmethod
    def from_bytes(cls, kept: bytes) -> Looks:
        """Read what `to_bytes` gave."""
        size = FRAMES * SIDE * SIDE // 8
        seconds = float(np.frombuffer(kept[:8], np.float64)[0])
        frames = np.unpackbits(np.frombuffer(kept[8 : 8 + size], np.uint8)).astype(bool)
        sound = None
        if len(kept) > 8 + size:
            bits = np.unpackbits(np.frombuffer(kept[8 + size :], np.uint8)).astype(bool)
            sound = bits[: (MOMENTS - 1) * (BANDS - 1)].reshape(MOMENTS - 1, BANDS - 1)
        return cls(seconds, frames.reshape(FRAMES, SIDE * SIDE), sound)

    def is_near(self, other: Looks, distance: int, kind: Kind) -> bool:
        """Whether two videos are the same to eye and ear, or to what a text of a kind is of."""
        longest = max(self.seconds, other.seconds)
        if abs(self.seconds - other.seconds) > max(SAME_LENGTH * longest, 0.2):
            return False
        if kind != "audio" and (self.frames ^ other.frames).sum() > distance * FRAMES:
            return False
        if kind == "video" or self.sound is None or other.sound is None:
            return kind == "video" or (self.sound is None and other.sound is None)
        return float((self.sound ^ other.sound).mean()) <= MOST_SOUND_BITS


def looks_of(media: Media) -> Looks | None:
    """Return the looks of a video that was decoded by `LOOK`; None where it shows nothing."""
    if not media.frames:
        return None
    hashes = [_frame_bits(frame) for frame in media.frames]
    length = media.manifest.seconds
    # A picture that stays is one frame; it stands at each of the moments at which it is on show.
    moments = (np.arange(FRAMES) + 0.5) * length / FRAMES
    shown = np.searchsorted(np.asarray(media.times), moments + 1e-3, side="right") - 1
    frames = np.stack([hashes[max(place, 0)] for place in shown])
    return Looks(length, frames, _sound_bits(media.audio))


class NearFiles:
    """The videos met so far that are no copies, and how to find the one that is like another."""

    def __init__(self, distance: int, kind: Kind) -> None:
        self.distance = distance
        self.kind = kind
        self._met: list[tuple[Looks, str]] = []
        self._places: dict[tuple[int, int, bytes], list[int]] = {}

    def first_like(self, looks: Looks, key: str) -> str:
        """Return the request key of the first video like this one, or take this one in as a first.

        Returns:
            An empty string where there is none.
        """
        tried: set[int] = set()
        for place in self._candidates(looks):
            if place not in tried:
                tried.add(place)
                other, known = self._met[place]
                if looks.is_near(other, self.distance, self.kind):
                    return "" if known == key else known
        for part in self._parts(looks, (0,)):
            places = self._places.setdefault(part, [])
            if len(places) < MOST_COMPARED:
                places.append(len(self._met))
        self._met.append((looks, key))
        return ""

    def _candidates(self, looks: Looks) -> Iterator[int]:
        for part in self._parts(looks, (-1, 0, 1)):
            yield from self._places.get(part, ())

    def _parts(self, looks: Looks, steps: Iterable[int]) -> Iterator[tuple[int, int, bytes]]:
        """Yield parts of the hashes of which copies share one at least, with the length."""
        bits = looks.sound if self.kind == "audio" else looks.frames
        if bits is None:
            return
        rows = np.packbits(bits.reshape(-1)).reshape(-1)
        words = [rows[start : start + 2].tobytes() for start in range(0, len(rows) - 1, 2)]
        length = round(math.log(max(looks.seconds, 0.1)) / SAME_LENGTH)
        # Flat pictures share their empty parts with all others of their kind.
        told = {place: word for place, word in enumerate(words) if any(word)} or {0: b""}
        for step in steps:
            for place, word in told.items():
                yield length + step, place, word


def _frame_bits(frame: np.ndarray) -> np.ndarray:
    """Return 64 bits: where the picture, 9 x 8 grey means, gets brighter to the right."""
    from PIL import Image

    grey = Image.fromarray(frame).convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX)
    levels = np.asarray(grey, np.float32)
    return (np.diff(levels, axis=1) > STEP).reshape(-1)


def _sound_bits(audio: np.ndarray) -> np.ndarray | None:
    """Return where the difference of two bands grows from one moment to the next."""
    if len(audio) < SAMPLE_RATE // 4 or float(np.abs(audio).max()) < 1e-3:
        return None
    size = len(audio) // MOMENTS
    pieces = audio[: size * MOMENTS].reshape(MOMENTS, size)
    power = np.abs(np.fft.rfft(pieces * np.hanning(size).astype(np.float32), axis=1)) ** 2
    edges = np.geomspace(*BAND_HERTZ, BANDS + 1) * size / SAMPLE_RATE
    bounds = np.maximum(np.round(edges).astype(int), 1)
    bands = [
        power[:, low : max(high, low + 1)].mean(axis=1) for low, high in pairwise(bounds.tolist())
    ]
    energy = np.log(np.stack(bands, axis=1) + 1e-9)
    bits: np.ndarray = np.diff(np.diff(energy, axis=1), axis=0) > 0
    return bits
