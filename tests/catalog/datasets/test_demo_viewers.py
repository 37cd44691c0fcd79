from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from seesay.catalog.datasets.demo import plan
from seesay.catalog.datasets.demo_viewers import Clip, simulate_viewers

CLIPS = [clip for clip, _ in plan(48)]


@pytest.fixture(scope="module")
def views() -> pl.DataFrame:
    return simulate_viewers(CLIPS, 600, 0)


def histories(views: pl.DataFrame) -> list[list[int]]:
    place = {clip.item_id: number for number, clip in enumerate(CLIPS)}
    groups = views.group_by("user_id", maintain_order=True).agg("item_id")["item_id"]
    return [[place[item] for item in items] for items in groups]


def test_viewers_watch_six_to_fourteen_different_clips_in_order(views: pl.DataFrame) -> None:
    assert views["user_id"].n_unique() == 600
    assert views.equals(views.sort("user_id", "timestamp"))
    assert not views.select("user_id", "item_id").is_duplicated().any()
    assert not views.select("user_id", "timestamp").is_duplicated().any()
    lengths = {len(history) for history in histories(views)}
    assert min(lengths) == 6
    assert max(lengths) == 14


def test_a_viewers_next_clip_is_of_a_watched_topic_far_more_often_than_by_chance(
    views: pl.DataFrame,
) -> None:
    topics = np.array([clip.topic for clip in CLIPS])
    own, chance = [], []
    for history in histories(views):
        before, last = history[:-1], history[-1]
        rest = np.setdiff1d(np.arange(48), before)
        own.append(topics[last] in topics[before])
        chance.append(np.isin(topics[rest], topics[before]).mean())
    assert np.mean(own) > 2 * np.mean(chance)


def test_runs_of_one_topic_are_planted(views: pl.DataFrame) -> None:
    topics = [clip.topic for clip in CLIPS]
    pairs = [(a, b) for history in histories(views) for a, b in pairwise(history)]
    same = np.mean([topics[a] == topics[b] for a, b in pairs])
    assert same > 4 * 3 / 47


def test_topics_of_one_world_are_liked_together(views: pl.DataFrame) -> None:
    world = {clip.topic: clip.world for clip in CLIPS}
    liked = []
    for history in histories(views):
        names, counts = np.unique([CLIPS[clip].topic for clip in history], return_counts=True)
        twice = sorted(names[counts >= 2])
        liked += [(a, b) for a in twice for b in twice if a < b]
    # Two of twelve topics taken by chance share one of the four worlds in 2 cases of 11.
    assert np.mean([world[a] == world[b] for a, b in liked]) > 2 * 2 / 11


def test_popularity_is_skewed_and_four_clips_are_almost_never_seen(views: pl.DataFrame) -> None:
    counts = np.bincount([clip for history in histories(views) for clip in history], minlength=48)
    ordered = np.sort(counts)
    assert ordered[3] < 20 < 40 < ordered[4]
    assert ordered[-5:].mean() > 2 * ordered[4:9].mean()


def test_the_seed_decides(views: pl.DataFrame) -> None:
    assert simulate_viewers(CLIPS, 600, 0).equals(views)
    assert not simulate_viewers(CLIPS, 600, 1).equals(views)


@pytest.mark.parametrize("count", [1, 4, 7])
def test_with_few_clips_viewers_watch_what_there_is(count: int) -> None:
    clips = [Clip(f"c{n}", f"t{n % 3}", "w", "music") for n in range(count)]
    few = simulate_viewers(clips, 20, 0)
    lengths = few.group_by("user_id").len()["len"]
    assert lengths.min() == min(count, 6)
    assert lengths.max() == count
