"""Pictures for pages and messages."""

import base64
import io

import numpy as np
from PIL import Image

from seesay.media.jpeg import data_url, jpeg


def test_a_frame_comes_back_from_its_data_url() -> None:
    frame = np.full((8, 12, 3), (200, 100, 50), np.uint8)
    head, _, data = data_url(jpeg(frame, 90)).partition(",")
    assert head == "data:image/jpeg;base64"
    back = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert back.shape == frame.shape
    assert np.abs(back.astype(int) - frame).max() <= 4
