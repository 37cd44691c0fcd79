from __future__ import annotations

import base64
import io
import wave

import numpy as np
from PIL import Image

from seesay.describe.content import chat_messages
from seesay.describe.message import Message, Picture, Sound


def test_a_message_becomes_text_jpeg_and_wav_in_order() -> None:
    frame = np.full((40, 60, 3), (200, 30, 30), np.uint8)
    samples = np.array([0.0, 0.5, -1.0, 2.0], np.float32)
    message = Message("Look.", ("at", Picture(0.5, frame), "and hear", Sound(samples)))
    system, user = chat_messages(message, 85)
    assert system == {"role": "system", "content": "Look."}
    assert user["role"] == "user"
    text, image, more, sound = user["content"]
    assert (text, more) == ({"type": "text", "text": "at"}, {"type": "text", "text": "and hear"})
    kind, _, data = image["image_url"]["url"].partition(",")
    assert kind == "data:image/jpeg;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    assert picture.size == (60, 40)
    np.testing.assert_allclose(np.asarray(picture), frame, atol=12)
    with wave.open(io.BytesIO(base64.b64decode(sound["input_audio"]["data"]))) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16_000, 1, 2)
        heard = np.frombuffer(wav.readframes(4), "<i2")
    assert heard.tolist() == [0, 16383, -32767, 32767]
