"""Real models, loaded once, and sound and pictures to give them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from seesay.catalog.datasets import demo_espeak
from seesay.describe.perception import PerceptionDescriber
from seesay.media.base import SAMPLE_RATE


@pytest.fixture(scope="session")
def perception() -> PerceptionDescriber:
    return PerceptionDescriber()


def written(
    text: str, size: int = 28, at: tuple[int, int] = (20, 30), shade: int = 30
) -> np.ndarray:
    """Return an RGB frame of 320 x 180 with a text on a plain ground."""
    picture = Image.new("RGB", (320, 180), (shade, shade, shade + 20))
    font = ImageFont.load_default(size)
    ImageDraw.Draw(picture).multiline_text(at, text, fill="white", font=font)
    return np.asarray(picture)


@pytest.fixture(scope="session")
def write() -> Callable[..., np.ndarray]:
    return written


@pytest.fixture(scope="session")
def say() -> Callable[..., np.ndarray]:
    """Return a function that speaks: float32 samples at 16 kHz of an English sentence."""
    espeak = pytest.importorskip("espeakng_loader", reason="no speech synthesiser is installed")

    def speak(sentence: str, voice: str = "en-us") -> np.ndarray:
        command = [
            sys.executable,
            demo_espeak.__file__,
            espeak.get_library_path(),
            espeak.get_data_path(),
            voice,
            "150",
            sentence,
        ]
        heard = subprocess.run(command, check=True, capture_output=True).stdout
        rate = int.from_bytes(heard[:4], "little")
        samples = np.frombuffer(heard[4:], np.int16) / 32768
        seconds = len(samples) / rate
        wanted = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        return np.interp(wanted, np.arange(len(samples)) / rate, samples).astype(np.float32)

    return speak


@pytest.fixture(scope="session")
def music() -> np.ndarray:
    """Return four seconds of a melody of eight notes with overtones."""
    time = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    sound = np.zeros_like(time)
    for number, hertz in enumerate((262, 294, 330, 392, 440, 392, 330, 294)):
        since = time - 0.5 * number
        struck = np.where(since >= 0, np.exp(-3 * np.maximum(since, 0)), 0)
        for overtone in (1, 2, 3, 4):
            sound += struck * np.sin(2 * np.pi * hertz * overtone * time) / overtone
    return (0.1 * sound).astype(np.float32)
