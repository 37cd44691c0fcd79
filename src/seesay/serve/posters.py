"""A strip of frames for each video: what a page shows at rest, and plays on hover."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from seesay.media.base import Media, MediaError, MediaSettings
from seesay.media.jpeg import jpeg
from seesay.media.pool import DecoderPool

FRAMES = 6
LONGER_SIDE = 320
QUALITY = 75
# The sound is not needed; a file that takes long has no poster.
SETTINGS = MediaSettings(
    count=FRAMES, frame_pixels=LONGER_SIDE, max_audio_seconds=0, max_decode_seconds=30
)
WORKERS = 2


def strip_of(media: Media) -> bytes:
    """Return the frames side by side as a JPEG."""
    return jpeg(np.concatenate(media.frames, axis=1), QUALITY)


def make_strips(videos: Iterable[tuple[int, Path]]) -> Iterator[tuple[int, bytes, int]]:
    """Yield number, JPEG and number of frames of each video that can be decoded, in order.

    Decoding is done in processes, so that a damaged file costs its own poster alone.
    """
    with DecoderPool(SETTINGS, WORKERS) as pool:
        waiting: deque[tuple[int, Future[Media]]] = deque()
        for number, path in videos:
            waiting.append((number, pool.submit(path)))
            if len(waiting) > 2 * WORKERS:
                yield from _done(*waiting.popleft())
        while waiting:
            yield from _done(*waiting.popleft())


def _done(number: int, future: Future[Media]) -> Iterator[tuple[int, bytes, int]]:
    try:
        media = future.result()
    except MediaError:
        return
    if media.frames:
        yield number, strip_of(media), len(media.frames)
