"""Popularity: how many users watched an item, the same list for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from safetensors.numpy import load_file, save_file

from seesay.core.settings import Section
from seesay.recommend.base import FeatureSet, Takes
from seesay.recommend.interactions import Holdout, Interactions


class PopularitySettings(Section):
    """Popularity has nothing to set."""


class Popularity:
    """Scores every item by how many users watched it in training."""

    Settings: ClassVar[type[PopularitySettings]] = PopularitySettings
    name = "popularity"
    takes: Takes = "nothing"
    version = 2

    def __init__(self, settings: PopularitySettings | None = None) -> None:
        self.settings = settings or PopularitySettings()
        self._counts = np.empty(0, np.float32)

    def fit(
        self, train: Interactions, features: FeatureSet, validation: Holdout | None = None
    ) -> Self:
        """Count."""
        self._counts = train.viewers()
        return self

    def score(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return the same counts for each history, [histories, items] float32."""
        return np.tile(self._counts, (len(histories), 1))

    def save(self, folder: Path) -> None:
        """Write the counts."""
        save_file({"counts": self._counts}, folder / "weights.safetensors")

    def load(self, folder: Path, features: FeatureSet) -> Self:
        """Read the counts."""
        self._counts = load_file(folder / "weights.safetensors")["counts"]
        return self

    def summary(self) -> dict[str, Any]:
        """Return nothing: there is no training."""
        return {}
