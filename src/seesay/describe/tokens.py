"""How many tokens a request takes, by rules that are the same for every model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seesay.describe.message import Film, Message
from seesay.media.base import SAMPLE_RATE

BYTES_A_TOKEN = 4
# Roles, turns, and the marks around each part.
FRAME_TOKENS = 16
PATCH = 28
TILE = 512
TILE_TOKENS = 170
PICTURE_TOKENS = 85
SOUND_TOKENS_A_SECOND = 32
LIKELY_ANSWER = 400


@dataclass(frozen=True)
class Tokens:
    """Tokens that are sent, and tokens that come back."""

    prompt: float
    completion: float


def likely_tokens(message: Message, extra_bytes: int, max_tokens: int) -> Tokens:
    """Guess what one request takes: a token for every four bytes of text.

    Args:
        extra_bytes: of text that goes with the message, such as a schema.
    """
    text = (_text_bytes(message) + extra_bytes) / BYTES_A_TOKEN
    prompt = text + _other_tokens(message)
    return Tokens(math.ceil(prompt), min(max_tokens, LIKELY_ANSWER))


def most_tokens(message: Message, extra_bytes: int, max_tokens: int) -> Tokens:
    """Return what one request takes at most: a token a byte, as bytes are the smallest tokens."""
    prompt = _text_bytes(message) + extra_bytes + _other_tokens(message)
    return Tokens(math.ceil(prompt), max_tokens)


def picture_tokens(frame: np.ndarray) -> int:
    """Return the tokens of a frame [height, width, 3]: the larger of two rules in use.

    One token for every 28 x 28 pixels (Qwen2.5-VL), or 85 and 170 for every 512 x 512 tile
    (GPT-4o). Other models count otherwise: what the first answer says corrects it.
    """
    height, width = int(frame.shape[0]), int(frame.shape[1])
    patches = math.ceil(height / PATCH) * math.ceil(width / PATCH)
    tiles = math.ceil(height / TILE) * math.ceil(width / TILE)
    return max(patches, PICTURE_TOKENS + TILE_TOKENS * tiles)


def _text_bytes(message: Message) -> int:
    texts = [message.system, *(part for part in message.parts if isinstance(part, str))]
    return sum(len(text.encode("utf-8", "replace")) for text in texts)


def film_tokens(film: Film) -> float:
    """Return the tokens of a video file: two frames a second, of which models make one."""
    width, height = film.size
    return max(film.seconds, 1.0) * picture_tokens(np.broadcast_to(np.uint8(0), (height, width)))


def _other_tokens(message: Message) -> float:
    pictures = sum(picture_tokens(frame) for frame in message.pictures)
    seconds = sum(len(samples) for samples in message.sounds) / SAMPLE_RATE
    marks = FRAME_TOKENS * (2 + len(message.parts))
    films = sum(film_tokens(film) for film in message.films)
    return pictures + films + seconds * SOUND_TOKENS_A_SECOND + marks
