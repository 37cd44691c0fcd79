"""Which moments of a video to look at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

from seesay.media.base import MediaSettings

T = TypeVar("T")


def plan_times(
    settings: MediaSettings, start: float, end: float, keys: Sequence[float] = ()
) -> tuple[float, ...]:
    """Return the seconds at which to look, in order, at most `settings.count` of them.

    `uniform` takes the middle of each of `count` equal parts, so that neither a black first frame
    nor closing credits are favoured. `fps` starts at the first frame. `keyframes` takes `keys`,
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
    part = length / settings.count
    return tuple(start + (index + 0.5) * part for index in range(settings.count))


def thin(values: Sequence[T], count: int) -> tuple[T, ...]:
    """Return at most `count` of the values, from the middles of equal parts of the sequence."""
    if len(values) <= count:
        return tuple(values)
    return tuple(values[int((index + 0.5) * len(values) / count)] for index in range(count))
