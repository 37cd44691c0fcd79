from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import get_args

import numpy as np
import pytest

from seesay.catalog.datasets.demo_sound import RATE, Music, can_speak, mix, music, speech
from seesay.core.errors import SeesayError


@pytest.mark.parametrize("kind", get_args(Music))
def test_music_is_as_long_and_loud_as_promised_and_the_same_for_a_seed(kind: Music) -> None:
    made = music(kind, 2.5, 3)
    assert made.dtype == np.float32
    assert made.shape == (2 if kind in ("chords", "drone") else 1, round(2.5 * RATE))
    assert np.abs(made).max() == pytest.approx(0.5, abs=1e-6)
    assert np.sqrt((made**2).mean()) > 0.02
    assert np.array_equal(made, music(kind, 2.5, 3))
    assert not np.array_equal(made, music(kind, 2.5, 4))


def test_the_kinds_of_music_differ_in_how_bright_and_how_steady_they_are() -> None:
    def brightness(kind: Music) -> float:
        spectrum = np.abs(np.fft.rfft(music(kind, 2.0, 0)[0]))
        return float((spectrum * np.fft.rfftfreq(2 * RATE, 1 / RATE)).sum() / spectrum.sum())

    def unsteadiness(kind: Music) -> float:
        blocks = music(kind, 2.0, 0)[0].reshape(-1, RATE // 20)
        loudness = np.sqrt((blocks**2).mean(axis=1))
        return float(loudness.std() / loudness.mean())

    assert brightness("drone") < brightness("arpeggio") < brightness("bells")
    assert max(unsteadiness("drone"), unsteadiness("arpeggio")) < unsteadiness("drums")


def test_mix_lays_the_voice_after_a_breath_and_cuts_what_is_too_long() -> None:
    voice = np.full((1, RATE), 0.8, np.float32)
    alone = mix(voice, None, 2.0)
    start = round(0.15 * RATE)
    assert alone.shape == (1, 2 * RATE)
    assert not alone[0, :start].any()
    assert (alone[0, start : start + RATE] == np.float32(0.8)).all()
    assert not alone[0, start + RATE :].any()
    assert mix(voice, None, 0.5).shape == (1, RATE // 2)
    assert mix(voice, music("drone", 2.0, 0), 2.0).shape == (2, 2 * RATE)


@pytest.mark.skipif(not can_speak(), reason="espeakng_loader is not installed")
def test_a_sentence_sounds_the_same_whatever_was_said_before() -> None:
    first = speech("A cat sleeps.")
    longer = speech("The cat on the wall is fast asleep in the afternoon sun.")
    again = speech("A cat sleeps.")
    assert np.array_equal(first, again)
    assert first.shape[0] == 1
    assert 0.5 < first.shape[1] / RATE < 2.0 < longer.shape[1] / RATE < 6.0
    assert np.abs(first).max() == pytest.approx(0.8, abs=1e-6)


def test_a_synthesiser_that_does_not_start_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = ModuleType("espeakng_loader")
    broken.get_library_path = lambda: str(tmp_path / "none.so")  # type: ignore[attr-defined]
    broken.get_data_path = lambda: str(tmp_path)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "espeakng_loader", broken)
    with pytest.raises(SeesayError, match=r"none\.so.*pip uninstall"):
        speech("A cat sleeps.")
