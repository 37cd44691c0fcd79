from __future__ import annotations

import numpy as np
import pytest

from seesay.describe.senses.sound import Sound, measure
from seesay.media.base import SAMPLE_RATE

TIME = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE


def measured(samples: np.ndarray) -> Sound:
    sound = measure(samples.astype(np.float32))
    assert sound is not None
    return sound


def noise() -> np.ndarray:
    return 0.1 * np.random.default_rng(0).normal(size=len(TIME))


def clicks(a_minute: float) -> np.ndarray:
    since = TIME % (60 / a_minute)
    return np.exp(-40 * since) * noise() * 3


def test_the_loudness_of_a_full_sine_is_three_decibels_down() -> None:
    assert measured(np.sin(2 * np.pi * 440 * TIME)).loudness == pytest.approx(-3.01, abs=0.02)
    assert measured(0.1 * np.sin(2 * np.pi * 440 * TIME)).loudness == pytest.approx(
        -23.01, abs=0.02
    )


def test_a_tone_is_tonal_steady_and_at_its_pitch() -> None:
    tone = measured(0.2 * np.sin(2 * np.pi * 500 * TIME))
    assert tone.pitch == pytest.approx(500, abs=5)
    assert tone.tonal > 0.95
    assert tone.noise < 0.01
    assert tone.steadiness > 0.99
    assert tone.beat_strength == 0.0


def test_noise_is_not_tonal() -> None:
    hiss = measured(noise())
    assert hiss.tonal < 0.05
    assert hiss.noise == pytest.approx(np.exp(-0.5772), abs=0.05)
    assert hiss.beat_strength < 0.35


def test_a_melody_is_tonal_and_not_steady(music: np.ndarray) -> None:
    melody = measured(music)
    assert melody.tonal > 0.75
    assert melody.steadiness < 0.9


@pytest.mark.parametrize("a_minute", [75.0, 100.0, 120.0, 150.0])
def test_the_beat_of_clicks(a_minute: float) -> None:
    sound = measured(clicks(a_minute))
    assert sound.beat == pytest.approx(a_minute, rel=0.06)
    assert sound.beat_strength > 0.5
    assert sound.tonal < 0.2


def test_silence_and_half_silence() -> None:
    assert measured(np.zeros(len(TIME))).is_silent
    half = 0.2 * np.sin(2 * np.pi * 500 * TIME) * (TIME < 2)
    assert measured(half).silent == pytest.approx(0.5, abs=0.05)
    assert not measured(half).is_silent


def test_too_little_sound_is_not_measured() -> None:
    assert measure(np.zeros(0, np.float32)) is None
    assert measure(np.zeros(1_599, np.float32)) is None
    assert measured(np.zeros(1_600)).is_silent
