"""What the sound is like: how loud each mel band is, how much it varies and how fast.

Mel bands as HTK makes them: m = 2595 log10(1 + f / 700), triangles of height 1 evenly spaced in m.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from seesay.core.settings import Section
from seesay.encode.base import Reads, Source, check_batch
from seesay.media.base import SAMPLE_RATE

WINDOW = 1024
HOP = 512
BANDS = 64
FLOOR = 1e-6
FRAMES_AT_ONCE = 4096


class AudioSettings(Section):
    """The statistics have no dials: 64 bands up to 8 kHz, windows of 64 ms, every 32 ms."""


class AudioEncoder:
    """Reads `Source.media` and gives 192 log-mel statistics of its sound.

    For each of 64 mel bands: the mean over time of the log10 power, its standard deviation, and the
    standard deviation of its change from one window to the next. A video without sound gets the
    vector of silence. The values are not scaled: their geometry is the recommender's concern.
    """

    Settings: ClassVar = AudioSettings
    name = "audio"
    dim = 3 * BANDS
    reads: Reads = "media"
    batch_size: int | None = 8
    frames = False
    sound = True

    def __init__(self, settings: AudioSettings | None = None) -> None:
        self.settings = settings or AudioSettings()

    def fingerprint(self) -> dict[str, Any]:
        """Return the JSON values that change its vectors."""
        return {"window": WINDOW, "hop": HOP, "bands": BANDS, "floor": FLOOR, "version": 1}

    def encode(self, batch: Sequence[Source]) -> np.ndarray:
        """Return [n, 192] float32."""
        check_batch(batch, self.reads)
        vectors = np.empty((len(batch), self.dim), np.float32)
        for row, source in enumerate(batch):
            audio = source.media.audio if source.media else np.empty(0, np.float32)
            vectors[row] = statistics(log_mel(audio))
        return vectors


def statistics(bands: np.ndarray) -> np.ndarray:
    """Return mean, deviation and deviation of the change over time: [windows, b] to [3 b]."""
    change = np.diff(bands, axis=0) if len(bands) > 1 else np.zeros_like(bands)
    return np.concatenate([bands.mean(axis=0), bands.std(axis=0), change.std(axis=0)])


def log_mel(audio: np.ndarray) -> np.ndarray:
    """Return the log10 power of each mel band: 16 kHz samples to [windows, 64], at least one.

    A full-scale sine has a power of 0.2 to 0.4 in its band; silence gives log10 of the floor, -6.
    """
    samples = np.asarray(audio, np.float32)
    samples = np.pad(samples, (0, max(0, WINDOW - len(samples))))
    windows = sliding_window_view(samples, WINDOW)[::HOP]
    shape = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    shape /= shape.sum()
    bands = np.empty((len(windows), BANDS))
    for first in range(0, len(windows), FRAMES_AT_ONCE):
        part = slice(first, first + FRAMES_AT_ONCE)
        power = np.abs(np.fft.rfft(windows[part] * shape)) ** 2
        bands[part] = np.log10(power @ mel_filters().T + FLOOR)
    return bands


@cache
def mel_filters() -> np.ndarray:
    """Return the weight of each FFT bin in each band: [64, 513]."""
    corners = _hertz(np.linspace(_mel(0.0), _mel(SAMPLE_RATE / 2), BANDS + 2))
    low, centre, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    hertz = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)[None, :]
    rising, falling = (hertz - low) / (centre - low), (high - hertz) / (high - centre)
    filters: np.ndarray = np.clip(np.minimum(rising, falling), 0.0, None).astype(np.float32)
    return filters


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def _hertz(mel: np.ndarray) -> np.ndarray:
    hertz: np.ndarray = 700 * (10 ** (mel / 2595) - 1)
    return hertz
