from __future__ import annotations

from collections import Counter

import pytest

from seesay.catalog.datasets import demo_sound
from seesay.catalog.datasets.demo import plan
from seesay.catalog.datasets.demo_camera import photograph
from seesay.catalog.datasets.demo_shots import TOPICS

SHOTS = [shot for topic in TOPICS for shot in topic.shots]


def test_forty_eight_clips_of_twelve_topics_and_no_two_with_one_title() -> None:
    planned = plan(48)
    assert Counter(Counter(clip.topic for clip, _ in planned).values()) == {4: 12}
    assert len({shot.title for shot in SHOTS}) == 48
    assert len({clip.item_id for clip, _ in planned}) == 48


def test_clips_are_short_and_of_many_kinds() -> None:
    assert all(2 <= shot.seconds <= 4 for shot in SHOTS)
    assert {shot.shape for shot in SHOTS} == {"wide", "tall", "square"}
    assert sum(shot.codec == "hevc" for shot in SHOTS) >= 3
    assert sum(not shot.music and not shot.speech for shot in SHOTS) >= 5
    assert sum(bool(shot.speech) for shot in SHOTS) >= 12
    assert {shot.music for shot in SHOTS} > {"chords", "arpeggio", "drums", "drone", "bells"}


def test_most_titles_do_not_name_their_topic_but_some_do() -> None:
    words = {
        "cat": "cat", "coffee": "espresso", "garden": "lawn", "rocket": "rocket",
        "galaxies": "galaxies", "astronaut": "astronaut", "cells": "cell", "eye": "eye",
        "maths": "maths", "horse": "horse", "photographer": "camera", "bricks": "brick",
    }  # fmt: skip
    named = sum(words[t.name] in shot.title.lower() for t in TOPICS for shot in t.shots)
    assert 8 <= named <= 24


@pytest.mark.parametrize("name", sorted({shot.photo for shot in SHOTS}))
def test_every_photograph_is_in_the_package(name: str) -> None:
    image = photograph(name)
    assert image.mode == "RGB"
    assert min(image.size) > 150


@pytest.mark.skipif(not demo_sound.can_speak(), reason="espeakng_loader is not installed")
def test_every_sentence_fits_into_its_clip() -> None:
    for shot in SHOTS:
        if shot.speech:
            voice = demo_sound.speech(shot.speech)
            assert voice.shape[1] / demo_sound.RATE + 0.15 <= shot.seconds, shot.title
