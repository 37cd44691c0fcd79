"""A frame as a JPEG, and a JPEG as a part of a page or a message."""

from __future__ import annotations

import base64
import io

import numpy as np


def jpeg(frame: np.ndarray, quality: int) -> bytes:
    """Return an RGB uint8 frame [height, width, 3] as a JPEG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(frame).save(file, "JPEG", quality=quality)
    return file.getvalue()


def data_url(picture: bytes) -> str:
    """Return a JPEG as a data URL."""
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode('ascii')}"
