"""The rules by hand."""

from __future__ import annotations

import numpy as np

from seesay.describe.message import Message, Picture, Sound
from seesay.describe.tokens import Tokens, likely_tokens, most_tokens, picture_tokens


def test_a_picture_takes_the_larger_of_two_rules() -> None:
    # 23 x 13 patches of 28 are 299; two tiles of 512 are 85 + 340.
    assert picture_tokens(np.zeros((360, 640, 3), np.uint8)) == 425
    # 74 x 42 patches are 3108; 4 x 3 tiles are 85 + 2040.
    assert picture_tokens(np.zeros((1176, 2048, 3), np.uint8)) == 3108


def test_a_message_is_text_pictures_sound_and_marks() -> None:
    frame, second = np.zeros((10, 10, 3), np.uint8), np.zeros(16_000, np.float32)
    message = Message("Say it.", ("üü", Picture(0.5, frame), Sound(second)))
    # 7 + 4 bytes of text, 9 of a schema; 255 for the picture, 32 for the sound, 5 x 16 of marks.
    assert most_tokens(message, 9, 500) == Tokens(20 + 255 + 32 + 80, 500)
    assert likely_tokens(message, 9, 500) == Tokens(5 + 255 + 32 + 80, 400)
    assert likely_tokens(message, 9, 100).completion == 100
