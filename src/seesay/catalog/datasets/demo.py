"""The demo's dataset: short clips made on the spot, and simulated viewers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
from pydantic import Field

from seesay.catalog.base import Catalog
from seesay.catalog.datasets import demo_camera, demo_file, demo_sound
from seesay.catalog.datasets.demo_shots import SIZES, TOPICS, Shot
from seesay.catalog.datasets.demo_viewers import Clip, simulate_viewers
from seesay.core.files import replacing_file
from seesay.core.hashing import value_sha256
from seesay.core.progress import say, track
from seesay.core.settings import Section

# Raise it when the same shot is drawn or played otherwise, so that old files are made again.
_RECIPE = 1


class DemoSettings(Section):
    """Where the clips go, how many of them, and how many viewers are simulated.

    Attributes:
        folder: the clips are written into its `videos` folder.
        seed: draws the viewers; the clips are the same for every seed.
    """

    folder: Path = Path("seesay-demo")
    clips: int = Field(default=48, ge=1, le=48)
    viewers: int = Field(default=600, ge=1)
    seed: int = 0


class Demo:
    """Makes the clips that are not there yet, and the views of simulated viewers."""

    Settings: ClassVar = DemoSettings
    name = "demo"

    def __init__(self, settings: DemoSettings | None = None) -> None:
        self.settings = settings or DemoSettings()

    def load(self) -> Catalog:
        """Return the catalogue, with `topic` as a further column; its viewers are simulated.

        Raises:
            SeesayError: scikit-image, whose photographs are filmed, is not installed.
        """
        planned = plan(self.settings.clips)
        folder = self.settings.folder.absolute() / "videos"
        write_clips(planned, folder)
        items = pl.DataFrame(
            {
                "item_id": [clip.item_id for clip, _ in planned],
                "path": [str(folder / f"{clip.item_id}.mp4") for clip, _ in planned],
                "title": [shot.title for _, shot in planned],
                "topic": [clip.topic for clip, _ in planned],
            }
        )
        clips = [clip for clip, _ in planned]
        views = simulate_viewers(clips, self.settings.viewers, self.settings.seed)
        return Catalog(items, views, simulated=True)


def plan(clips: int) -> list[tuple[Clip, Shot]]:
    """Return the first clips of the demo: every topic's first shot, then every second one."""
    planned = []
    for number in range(clips):
        topic = TOPICS[number % len(TOPICS)]
        shot = topic.shots[number // len(TOPICS)]
        style = "speech" if shot.speech else "music" if shot.music else "silent"
        planned.append((Clip(f"clip-{number + 1:03}", topic.name, topic.world, style), shot))
    return planned


def write_clips(planned: Sequence[tuple[Clip, Shot]], folder: Path) -> None:
    """Write the clips that are not in the folder yet, or were made by another recipe.

    Raises:
        SeesayError: scikit-image is not installed, or the speech synthesiser is broken.
    """
    voiced = demo_sound.can_speak()
    if not voiced and any(shot.speech for _, shot in planned):
        say("espeakng_loader is not installed: clips that would speak get music instead.")
    recipes = {clip.item_id: _recipe(shot, voiced) for clip, shot in planned}
    missing = [
        (number, clip, shot)
        for number, (clip, shot) in enumerate(planned)
        if demo_file.read_comment(folder / f"{clip.item_id}.mp4") != recipes[clip.item_id]
    ]
    if not missing:
        return
    photos = {name: demo_camera.photograph(name) for name in {shot.photo for _, _, shot in missing}}

    def write(job: tuple[int, Clip, Shot]) -> None:
        number, clip, shot = job
        with replacing_file(folder / f"{clip.item_id}.mp4") as temporary:
            demo_file.write_clip(
                temporary,
                _frames(shot, photos[shot.photo]),
                _rate(shot),
                _sound(shot, number, voiced),
                shot.codec,
                recipes[clip.item_id],
                shot.quarter_turns,
            )

    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        for _ in track(pool.map(write, missing), "Making clips", len(missing)):
            pass
    finally:
        # Without this, an interrupt would wait for all the clips that are still to be made.
        pool.shutdown(cancel_futures=True)


def _recipe(shot: Shot, voiced: bool) -> str:
    return value_sha256([_RECIPE, asdict(shot), voiced and bool(shot.speech)])


def _rate(shot: Shot) -> Fraction:
    return Fraction(30000, 1001) if shot.rate == 29.97 else Fraction(shot.rate)


def _frames(shot: Shot, photo: demo_camera.Photo) -> demo_camera.Frames:
    size = SIZES[shot.shape]
    overlays = [demo_camera.caption(text, size, shot.place, shot.boxed) for text in shot.captions]
    count = max(1, round(shot.seconds * _rate(shot)))
    image = demo_camera.graded(photo, shot.grade)
    return demo_camera.shots(image, size, count, shot.move, shot.focus, overlays)


def _sound(shot: Shot, number: int, voiced: bool) -> np.ndarray | None:
    speaks = bool(shot.speech) and voiced
    kind = shot.music or ("chords" if shot.speech and not voiced else None)
    played = demo_sound.music(kind, shot.seconds, number) if kind else None
    if not speaks:
        return played
    return demo_sound.mix(demo_sound.speech(shot.speech), played, shot.seconds)
