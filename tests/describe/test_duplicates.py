"""Near copies: by frames and sounds made here, and through a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seesay.describe.duplicates import FRAMES, Looks, NearFiles, looks_of
from seesay.media.base import Media, MediaManifest


def picture(seed: int, side: int = 64) -> np.ndarray:
    """Return a soft random picture that no other seed gives."""
    rough = np.random.default_rng(seed).integers(0, 255, (9, 9, 3), np.uint8)
    return np.asarray(Image.fromarray(rough).resize((side, side), Image.Resampling.BICUBIC))


def tune(seed: int, seconds: float = 4.0) -> np.ndarray:
    """Return noise whose bands come and go, different for each seed."""
    luck = np.random.default_rng(seed)
    pieces = []
    for _ in range(40):
        time = np.arange(int(seconds * 16_000 / 40)) / 16_000
        hertz = luck.uniform(100, 4000, 6)
        pieces.append(sum(np.sin(2 * np.pi * one * time) for one in hertz) / 12)
    return np.concatenate(pieces).astype(np.float32)


def looks(frames, audio=None, seconds: float = 4.0) -> Looks:
    sound = np.empty(0, np.float32) if audio is None else audio
    times = tuple((place + 0.5) * seconds / len(frames) for place in range(len(frames)))
    manifest = MediaManifest(8, len(frames), seconds, "h264", 64, 64, 0, audio is not None, False)
    found = looks_of(Media(Path("x.mp4"), tuple(frames), times, sound, manifest))
    assert found
    return found


def film(seed: int, side: int = 64) -> list[np.ndarray]:
    return [picture(100 * seed + place, side) for place in range(FRAMES)]


def noisy(frames: list[np.ndarray]) -> list[np.ndarray]:
    luck = np.random.default_rng(0)
    return [np.clip(f + luck.normal(0, 4, f.shape), 0, 255).astype(np.uint8) for f in frames]


def test_a_small_noisy_copy_is_near_and_another_film_is_not():
    first = looks(film(1), tune(1))
    copy = looks(noisy(film(1, side=48)), tune(1) * 0.5)
    assert first.is_near(copy, 6, "both")
    assert not first.is_near(looks(film(2), tune(1)), 6, "both")
    assert not first.is_near(looks(film(1), tune(1), seconds=4.5), 6, "both")


def test_the_same_pictures_under_another_sound_are_another_video():
    first, other = looks(film(1), tune(1)), looks(film(1), tune(2))
    assert not first.is_near(other, 6, "both")
    assert not first.is_near(looks(film(1)), 6, "both")
    assert first.is_near(other, 6, "video")
    assert first.is_near(looks(film(2), tune(1)), 6, "audio")
    assert not first.is_near(other, 6, "audio")


def test_a_picture_that_stays_stands_for_all_its_moments():
    still = looks([picture(1)])
    assert still.frames.shape == (FRAMES, 64)
    assert (still.frames == still.frames[0]).all()
    assert still.is_near(looks([picture(1)] * FRAMES), 6, "both")


def test_nothing_to_see_has_no_looks():
    manifest = MediaManifest(8, 0, 1.0, "h264", 0, 0, 0, False, True)
    assert looks_of(Media(Path("x"), (), (), np.empty(0, np.float32), manifest)) is None


@pytest.mark.parametrize("audio", [None, tune(3)])
def test_looks_survive_the_journal(audio):
    before = looks(film(3), audio)
    after = Looks.from_bytes(before.to_bytes())
    assert after.seconds == before.seconds
    assert (after.frames == before.frames).all()
    assert (after.sound is None) == (audio is None)
    assert audio is None or (after.sound == before.sound).all()
    assert len(before.to_bytes()) < 200


def test_copies_are_found_among_many_and_name_the_first():
    near = NearFiles(6, "both")
    for seed in range(60):
        assert near.first_like(looks(film(seed)), f"k{seed}") == ""
    for seed in range(60):
        assert near.first_like(looks(noisy(film(seed, side=56))), f"c{seed}") == f"k{seed}"
    assert near.first_like(looks(film(5)), "k5") == ""
    assert len(near._met) == 60


def test_many_black_films_do_not_hold_each_other_up():
    near = NearFiles(6, "both")
    black = [np.zeros((36, 64, 3), np.uint8)]
    assert near.first_like(looks(black), "first") == ""
    assert {near.first_like(looks(black), f"k{n}") for n in range(50)} == {"first"}
