"""Vectors that know nothing of the videos; content that does not beat them is worth nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from seesay.core.settings import Section
from seesay.encode.base import Reads, Source, check_batch


class RandomSettings(Section):
    """What the noise is made from."""

    seed: int = Field(default=0, ge=0)
    dim: int = Field(default=384, ge=1)


class RandomEncoder:
    """Gives each item a Gaussian direction that its ID and the seed alone decide.

    So a vector stays the same whatever other items there are, in whatever order.
    """

    Settings: ClassVar = RandomSettings
    name = "random"
    reads: Reads = "item_id"
    batch_size: int | None = 4096

    def __init__(self, settings: RandomSettings | None = None) -> None:
        self.settings = settings or RandomSettings()
        self.dim = self.settings.dim

    def fingerprint(self) -> dict[str, Any]:
        """Return the JSON values that change its vectors."""
        return self.settings.model_dump()

    def encode(self, batch: Sequence[Source]) -> np.ndarray:
        """Return [n, dim] float32 of unit length."""
        check_batch(batch, self.reads)
        vectors = np.empty((len(batch), self.dim), np.float32)
        for row, source in enumerate(batch):
            vectors[row] = self._direction(source.item_id)
        return vectors

    def _direction(self, item_id: str) -> np.ndarray:
        # SHAKE and Box-Muller rather than numpy's generators, whose streams may change between
        # versions: the same ID keeps its vector on every machine.
        pairs = (self.dim + 1) // 2
        stream = hashlib.shake_256(f"{self.settings.seed}\0{item_id}".encode("utf-8", "replace"))
        words = np.frombuffer(stream.digest(8 * pairs), "<u4").reshape(2, pairs)
        radius, angle = (words + 0.5) / 2.0**32
        radius, angle = np.sqrt(-2 * np.log(radius)), 2 * np.pi * angle
        values = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[: self.dim]
        unit: np.ndarray = values / np.linalg.norm(values)
        return unit


class ShuffledSettings(Section):
    """Whose vectors change places, and how.

    Attributes:
        of: the feature; where none is named, in a workspace it is the first that is there of
            `described`, `title`, the other descriptions, `hidden`, `video` and `audio`.
    """

    of: str = "described"
    seed: int = Field(default=0, ge=0)


class ShuffledEncoder:
    """Gives each item the vector of another one: the same cloud of points on the wrong items.

    The items form one random circle, in which each takes its neighbour's vector; only an item that
    is alone keeps its own. The order of the batch changes nothing.
    """

    Settings: ClassVar = ShuffledSettings
    name = "shuffled"
    reads: Reads = "vectors"
    batch_size: int | None = None

    def __init__(self, settings: ShuffledSettings | None = None) -> None:
        self.settings = settings or ShuffledSettings()
        self.dim = 0

    def fingerprint(self) -> dict[str, Any]:
        """Return the JSON values that change its vectors, but for those that it shuffles."""
        return self.settings.model_dump()

    def encode(self, batch: Sequence[Source]) -> np.ndarray:
        """Return [n, dim] float32: the rows of `Source.vector` on other items."""
        check_batch(batch, self.reads)
        if not batch:
            return np.empty((0, self.dim), np.float32)
        vectors = np.stack([np.asarray(source.vector, np.float32) for source in batch])
        self.dim = vectors.shape[1]
        by_id = np.array(sorted(range(len(batch)), key=lambda row: batch[row].item_id))
        circle = by_id[np.random.default_rng(self.settings.seed).permutation(len(batch))]
        shuffled = np.empty_like(vectors)
        shuffled[circle] = vectors[np.roll(circle, 1)]
        return shuffled
