"""A message as the parts of an OpenAI chat message: text, JPEG or a file in a data URL, WAV."""

from __future__ import annotations

import base64
import io
import mimetypes
import wave
from typing import Any

import numpy as np

from seesay.describe.message import Film, Message, Part, Picture
from seesay.media.base import SAMPLE_RATE
from seesay.media.jpeg import data_url, jpeg


def chat_messages(message: Message, jpeg_quality: int) -> list[dict[str, Any]]:
    """Return the system and the user message of a question."""
    content = [content_part(part, jpeg_quality) for part in message.parts]
    return [
        {"role": "system", "content": message.system},
        {"role": "user", "content": content},
    ]


def content_part(part: Part, jpeg_quality: int) -> dict[str, Any]:
    """Return one part of a message."""
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if isinstance(part, Picture):
        return _image(part.frame, jpeg_quality)
    if isinstance(part, Film):
        return _film(part)
    return _sound(part.samples)


def _image(frame: np.ndarray, quality: int) -> dict[str, Any]:
    """Return an RGB uint8 frame as a JPEG in a data URL."""
    return {"type": "image_url", "image_url": {"url": data_url(jpeg(frame, quality))}}


def _film(film: Film) -> dict[str, Any]:
    """Return a file as vLLM takes it: the server itself takes the frames from it."""
    kind = mimetypes.guess_type(film.path.name)[0] or ""
    kind = kind if kind.startswith("video/") else "video/mp4"
    data = base64.b64encode(film.path.read_bytes()).decode("ascii")
    return {"type": "video_url", "video_url": {"url": f"data:{kind};base64,{data}"}}


def _sound(audio: np.ndarray) -> dict[str, Any]:
    """Return float samples in [-1, 1] at 16 kHz as a 16-bit WAV."""
    samples = (np.clip(audio, -1.0, 1.0) * 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLE_RATE)
        wav.writeframes(samples.tobytes())
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
