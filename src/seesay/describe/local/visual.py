"""The ceiling on visual tokens: the frames of a video scaled down, then dropped, until they fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from seesay.media.base import Media
from seesay.media.plan import thin

# Below this a frame is a blur to a model, so frames are dropped instead.
LEAST_TOKENS = 64


@dataclass(frozen=True)
class Sight:
    """What a picture costs a model.

    Attributes:
        tokens: how many it makes of a picture of a height and a width.
        side: the pixels along one token, in both directions; 0 where every picture costs the same.
    """

    tokens: Callable[[int, int], int]
    side: int = 0


def fit_media(media: Media, most: int, sight: Sight) -> Media:
    """Return the media with frames that make at most `most` visual tokens, one frame at least.

    Every frame gets the same share. Frames are scaled down to it, but for models that make equally
    many tokens of every picture; where the share is under 64 tokens, fewer frames are kept, evenly
    spread.
    """
    if not media.frames:
        return media
    height, width = media.frames[0].shape[:2]
    whole = sight.tokens(height, width)
    least = min(LEAST_TOKENS, whole) if sight.side else whole
    keep = min(len(media.frames), max(1, most // least))
    shape = _shape(height, width, most // keep, sight)
    while keep > 1 and sight.tokens(*shape) > most // keep:
        keep -= 1
        shape = _shape(height, width, most // keep, sight)
    chosen = thin(range(len(media.frames)), keep)
    return replace(
        media,
        frames=tuple(_scaled(media.frames[at], shape) for at in chosen),
        times=tuple(media.times[at] for at in chosen),
    )


def visual_tokens(frames: Sequence[np.ndarray], sight: Sight) -> int:
    """Return how many tokens the frames make."""
    return sum(sight.tokens(*frame.shape[:2]) for frame in frames)


def _shape(height: int, width: int, share: int, sight: Sight) -> tuple[int, int]:
    """Return the height and width, whole tokens each, under which a frame costs its share."""
    if not sight.side or sight.tokens(height, width) <= share:
        return height, width
    scale = math.sqrt(max(share, 1) * sight.side**2 / (height * width))
    down = (
        max(1, math.floor(length * scale / sight.side)) * sight.side for length in (height, width)
    )
    low, narrow = down
    return low, narrow


def _scaled(frame: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    if frame.shape[:2] == shape:
        return frame
    from PIL import Image

    height, width = shape
    small = Image.fromarray(frame).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(small)
