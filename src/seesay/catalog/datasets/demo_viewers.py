"""Simulated viewers with planted tastes, so that a recommender has something to find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

_START = 1_735_689_600
_STAY = 0.6
_SAME_WORLD = 0.7
_NOISE = 0.12
_STYLE = 2.0
_COLD_EVERY = 11
_COLD_SHOWN = 0.05


@dataclass(frozen=True)
class Clip:
    """What a simulated viewer goes by; no encoder ever sees it.

    Attributes:
        world: topics that the same people like.
        style: `speech`, `music` or `silent`.
    """

    item_id: str
    topic: str
    world: str
    style: str


def simulate_viewers(clips: Sequence[Clip], viewers: int, seed: int) -> pl.DataFrame:
    """Return made-up views: `user_id`, `item_id`, `timestamp` (Unix seconds, rising for a user).

    Each viewer likes one to three topics, mostly of one world, prefers one style, and watches 6 to
    14 different clips (all of them where there are fewer): short runs in a liked topic, sometimes
    whatever is popular. Popularity is skewed, and every eleventh clip is shown to one viewer in
    twenty only, so that recommending it needs more than the log.
    """
    rng = np.random.default_rng(seed)
    world = _World(clips, rng)
    users: list[str] = []
    seen: list[int] = []
    times: list[int] = []
    for viewer in range(viewers):
        watched = _watch(world, rng)
        gaps = rng.integers(20, 90_000, len(watched))
        start = _START + int(rng.integers(0, 90 * 86_400))
        users += [f"viewer-{viewer + 1:04}"] * len(watched)
        seen += watched
        times += (start + np.cumsum(gaps)).tolist()
    names = [clips[clip].item_id for clip in seen]
    table = pl.DataFrame({"user_id": users, "item_id": names, "timestamp": times})
    return table.cast({"timestamp": pl.Int64}).sort("user_id", "timestamp")


class _World:
    """The clips as arrays, with how popular each is."""

    def __init__(self, clips: Sequence[Clip], rng: np.random.Generator) -> None:
        self.topic = np.array([clip.topic for clip in clips])
        self.style = np.array([clip.style for clip in clips])
        self.world_of = {clip.topic: clip.world for clip in clips}
        self.topics = list(self.world_of)
        rank = rng.permutation(len(clips))
        self.popularity = 1.0 / (rank + 3.0) ** 0.8
        self.cold = np.arange(1, len(clips) + 1) % _COLD_EVERY == 0
        appeal = rng.permutation(len(self.topics))
        self.appeal = 1.0 / (appeal + 4.0) ** 0.5


def _liked_topics(world: _World, rng: np.random.Generator) -> list[str]:
    first = str(rng.choice(world.topics, p=world.appeal / world.appeal.sum()))
    liked = [first]
    for _ in range(int(rng.choice([0, 1, 2], p=[0.2, 0.45, 0.35]))):
        near = [
            topic
            for topic in world.topics
            if topic not in liked and world.world_of[topic] == world.world_of[first]
        ]
        other = [topic for topic in world.topics if topic not in liked]
        choices = near if near and rng.random() < _SAME_WORLD else other
        if choices:
            liked.append(str(rng.choice(choices)))
    return liked


def _watch(world: _World, rng: np.random.Generator) -> list[int]:
    liked = _liked_topics(world, rng)
    preferred = rng.choice(["speech", "music", "any"])
    weight = world.popularity * np.where(world.style == preferred, _STYLE, 1.0)
    left = ~world.cold | (rng.random(len(weight)) < _COLD_SHOWN)
    most = min(int(left.sum()), 14, 4 * len(liked) + 3)
    length = int(rng.integers(min(6, most), most + 1))
    watched: list[int] = []
    current = liked[0]
    while len(watched) < length:
        if rng.random() > _STAY:
            current = str(rng.choice(liked))
        choices = left & (world.topic == current)
        if not choices.any():
            choices = left & np.isin(world.topic, liked)
        if rng.random() < _NOISE or not choices.any():
            choices = left
        chance = weight * choices
        clip = int(rng.choice(len(weight), p=chance / chance.sum()))
        watched.append(clip)
        left[clip] = False
    return watched
