from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seesay.encode.audio import (
    BANDS,
    FLOOR,
    FRAMES_AT_ONCE,
    HOP,
    WINDOW,
    AudioEncoder,
    log_mel,
    mel_filters,
    statistics,
)
from seesay.encode.base import Source
from seesay.media.base import Media, MediaManifest


def encode(audio: np.ndarray) -> np.ndarray:
    manifest = MediaManifest(0, 0, 1.0, "h264", 2, 2, 0, bool(len(audio)), False)
    media = Media(Path("a.mp4"), (), (), audio.astype(np.float32), manifest)
    vector: np.ndarray = AudioEncoder().encode([Source("a", media=media)])[0]
    return vector


def sine(hertz: float, seconds: float = 1.0, loud: float = 0.5) -> np.ndarray:
    return loud * np.sin(2 * np.pi * hertz * np.arange(int(16_000 * seconds)) / 16_000)


def centre(band: int) -> float:
    """The middle of a band in hertz: bands are 2595 log10(1 + 8000 / 700) / 65 mel apart."""
    step = 2840.0230467 / 65
    return float(700 * (10 ** ((band + 1) * step / 2595) - 1))


def test_the_filters_are_the_triangles_of_the_formula() -> None:
    filters = mel_filters()
    assert filters.shape == (64, 513)
    for band, bin_ in ((0, 2), (10, 27), (40, 150), (63, 500)):
        hertz = bin_ * 16_000 / 1024
        low, middle, high = (centre(band + shift) for shift in (-1, 0, 1))
        by_hand = max(0.0, min((hertz - low) / (middle - low), (high - hertz) / (high - middle)))
        assert filters[band, bin_] == pytest.approx(by_hand, abs=1e-4)
    assert (filters.max(axis=1) > 0.4).all()
    assert (filters.max(axis=1) <= 1).all()


def test_between_the_first_and_the_last_middle_the_filters_add_up_to_one() -> None:
    hertz = np.arange(513) * 16_000 / 1024
    inside = (hertz >= centre(0)) & (hertz <= centre(63))
    np.testing.assert_allclose(mel_filters().sum(axis=0)[inside], 1, atol=1e-4)


@pytest.mark.parametrize("band", [5, 20, 40, 60])
def test_a_tone_is_loudest_in_its_own_band(band: int) -> None:
    assert encode(sine(centre(band)))[:BANDS].argmax() == band


def test_ten_times_the_amplitude_is_two_more_in_log_power() -> None:
    band = 30
    quiet, loud = encode(sine(centre(band), loud=0.05)), encode(sine(centre(band), loud=0.5))
    assert loud[band] - quiet[band] == pytest.approx(2, abs=0.01)
    assert 0.2 < 10 ** log_mel(sine(centre(band), loud=1.0))[0, band] < 0.4


def test_silence_no_sound_and_less_than_a_window_of_it_are_the_floor() -> None:
    silence = [np.log10(FLOOR)] * BANDS + [0.0] * 2 * BANDS
    for samples in (0, 1, WINDOW - 1, 16_000):
        np.testing.assert_allclose(encode(np.zeros(samples)), silence, atol=1e-6)


def test_the_statistics_by_hand() -> None:
    bands = np.array([[0.0, 1.0], [2.0, 1.0], [1.0, 1.0]])
    by_hand = [1, 1, np.sqrt(2 / 3), 0, 1.5, 0]
    np.testing.assert_allclose(statistics(bands), by_hand)
    np.testing.assert_allclose(statistics(bands[:1]), [0, 1, 0, 0, 0, 0])


def test_a_steady_tone_varies_less_than_one_that_comes_and_goes() -> None:
    steady = sine(440)
    beating = steady * (np.arange(16_000) // 2000 % 2)
    band = encode(steady)[:BANDS].argmax()
    for part in (1, 2):
        assert encode(steady)[part * BANDS + band] < 0.01 < encode(beating)[part * BANDS + band]


def test_long_sound_taken_in_blocks_is_the_same_as_at_once() -> None:
    noise = np.random.default_rng(0).standard_normal(HOP * (FRAMES_AT_ONCE + 10) + WINDOW) * 0.1
    bands = log_mel(noise)
    assert bands.shape == (FRAMES_AT_ONCE + 11, BANDS)
    seam = slice(FRAMES_AT_ONCE - 1, FRAMES_AT_ONCE + 1)
    pieces = [
        log_mel(noise[HOP * at : HOP * at + WINDOW])[0] for at in range(seam.start, seam.stop)
    ]
    np.testing.assert_allclose(bands[seam], pieces, atol=1e-5)
