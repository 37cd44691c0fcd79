"""A small picture of a video, for pages that people look at."""

from __future__ import annotations

import io
from pathlib import Path

from seesay.media.base import MediaError, MediaSettings
from seesay.media.decode import decode


def thumbnail(path: Path | None, pixels: int = 160) -> bytes:
    """Return a JPEG of the middle frame, its longer side `pixels`; empty where there is none.

    A file that cannot be decoded has no picture; that is told when it is described.
    """
    if path is None:
        return b""
    try:
        frames = decode(path, MediaSettings(count=1, frame_pixels=pixels), sound=False).frames
    except MediaError:
        return b""
    if not frames:
        return b""
    from PIL import Image

    jpeg = io.BytesIO()
    Image.fromarray(frames[0]).save(jpeg, "JPEG", quality=80)
    return jpeg.getvalue()
