"""Which moments of a video to look at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from seesay.media.base import MediaSettings

# How many moments `adaptive` looks at for each frame that it keeps, and at the most.
LOOKS = 4
MOST_LOOKS = 96
# What every frame weighs besides its change, as a part of the mean: half of all is spread evenly.
STILL = 1.0
SMALL_SIDE = 48
# Frames are held in memory, and words of pieces in one question: longer videos get longer pieces.
MOST_SEGMENTS = 32

T = TypeVar("T")


def plan_times(
    settings: MediaSettings, start: float, end: float, keys: Sequence[float] = ()
) -> tuple[float, ...]:
    """Return the seconds at which to look, in order, at most `settings.count` of them.

    `uniform` takes the middle of each of `count` equal parts, so that neither a black first frame
    nor closing credits are favoured. `adaptive` looks at more such moments than it keeps; what it
    keeps is for `by_change` to say. `fps` starts at the first frame. `keyframes` takes `keys`,
    and falls back to `uniform` where there are none.

    Args:
        start: the second of the first frame.
        end: the second at which the last frame ends.
        keys: the seconds of the key frames, in order.
    """
    length = max(end - start, 0.0)
    if settings.plan == "keyframes" and keys:
        return thin(keys, settings.count)
    if settings.plan == "fps":
        # The small subtraction keeps 3 s at 1 a second from planning a fourth frame at the end.
        wanted = max(1, math.ceil(length * settings.rate - 1e-6))
        places = thin(range(wanted), settings.count)
        return tuple(start + place / settings.rate for place in places)
    count = looked_at(settings.count) if settings.plan == "adaptive" else settings.count
    part = length / count
    return tuple(start + (index + 0.5) * part for index in range(count))


def segments_of(seconds: float, longest: float | None) -> int:
    """Return in how many equal pieces a video is described, none longer than `longest` seconds.

    They are longer where there would be more than `MOST_SEGMENTS`.
    """
    if longest is None:
        return 1
    return min(MOST_SEGMENTS, max(1, math.ceil(seconds / longest - 1e-9)))


def looked_at(count: int) -> int:
    """Return at how many moments the plan `adaptive` looks to keep `count` frames."""
    return max(count, min(LOOKS * count, MOST_LOOKS))


def by_change(frames: Sequence[np.ndarray], count: int) -> tuple[int, ...]:
    """Return which of some frames to keep, in order: more of them where the picture changes more.

    Every frame weighs half of the change to each of its neighbours, the mean difference of their
    pixels, and as much as the mean of that besides, so that a part that stands still is seen too.
    The frames kept are those in the middle of `count` parts of equal weight; where nothing changes,
    they are spread evenly.

    Args:
        frames: RGB uint8 [height, width, 3], all of one shape, in order of time.
    """
    if len(frames) <= count:
        return tuple(range(len(frames)))
    small = np.stack([_small(frame) for frame in frames])
    changes = np.abs(np.diff(small, axis=0)).mean(axis=(1, 2, 3))
    weights = np.convolve(changes, (0.5, 0.5))
    weights += (STILL * weights.mean()) or 1.0
    middles = np.cumsum(weights) - weights / 2
    goals = (np.arange(count) + 0.5) * weights.sum() / count
    nearest = np.abs(middles - goals[:, None]).argmin(axis=1)
    # Two goals may lie nearest to one frame; those that follow move on, as far as frames are left.
    kept: list[int] = []
    for place, frame in enumerate(nearest.tolist()):
        first = kept[-1] + 1 if kept else 0
        kept.append(min(max(frame, first), len(frames) - count + place))
    return tuple(kept)


def _small(frame: np.ndarray) -> np.ndarray:
    step = max(1, max(frame.shape[:2]) // SMALL_SIDE)
    return frame[::step, ::step].astype(np.float32)


def thin(values: Sequence[T], count: int) -> tuple[T, ...]:
    """Return at most `count` of the values, from the middles of equal parts of the sequence."""
    if len(values) <= count:
        return tuple(values)
    return tuple(values[int((index + 0.5) * len(values) / count)] for index in range(count))
