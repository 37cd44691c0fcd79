"""A small picture of a video, for pages that people look at."""

from __future__ import annotations

from pathlib import Path

from seesay.media.base import MediaError, MediaSettings
from seesay.media.decode import decode
from seesay.media.jpeg import jpeg

JPEG_QUALITY = 80


def thumbnail(path: Path | None, pixels: int = 160) -> bytes:
    """Return a JPEG of the middle frame, its longer side `pixels`; empty where there is none.

    A file that cannot be decoded has no picture; that is told when it is described.
    """
    if path is None:
        return b""
    try:
        middle = MediaSettings(count=1, frame_pixels=pixels, segment_seconds=None)
        frames = decode(path, middle, sound=False).frames
    except MediaError:
        return b""
    return jpeg(frames[0], JPEG_QUALITY) if frames else b""
