"""A small picture of a video, for pages that people look at."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from seesay.media.base import MediaError, MediaSettings
from seesay.media.jpeg import jpeg
from seesay.media.pool import WORKER, DecoderPool

JPEG_QUALITY = 80


class Thumbnails:
    """Makes small pictures in a process of its own, which a file may crash, until it is closed."""

    def __init__(self, pixels: int = 160, worker: str = WORKER) -> None:
        """Start nothing yet.

        Args:
            pixels: the longer side.
            worker: see `DecoderPool`.
        """
        middle = MediaSettings(count=1, frame_pixels=pixels, segment_seconds=None)
        self._pool = DecoderPool(middle, 1, worker, sound=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def of(self, path: Path | str | None) -> bytes:
        """Return a JPEG of the middle frame; empty where there is none.

        A file that cannot be decoded has no picture; that is told when it is described.
        """
        if not path:
            return b""
        try:
            frames = self._pool.submit(Path(path)).result().frames
        except MediaError:
            return b""
        return jpeg(frames[0], JPEG_QUALITY) if frames else b""
