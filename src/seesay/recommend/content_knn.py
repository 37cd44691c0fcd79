"""Content k-nearest neighbours: items near to what was watched last; nothing is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field

from seesay.core.errors import SeesayError
from seesay.core.settings import Section
from seesay.recommend.base import FeatureSet, Takes
from seesay.recommend.geometry import ContentSpace, recency_mean
from seesay.recommend.interactions import Holdout, Interactions


class ContentKNNSettings(Section):
    """Settings of content-knn.

    Attributes:
        decay: the weight of an item falls by this factor for each later one in the history.
        whitening: see `geometry.Whitening`.
    """

    decay: float = Field(0.7, gt=0, le=1)
    whitening: float = Field(0.5, ge=0, le=1)


class ContentKNN:
    """Scores by the cosine between an item and the recency-weighted mean of the history."""

    Settings: ClassVar[type[ContentKNNSettings]] = ContentKNNSettings
    name = "content-knn"
    takes: Takes = "content"
    version = 1

    def __init__(self, settings: ContentKNNSettings | None = None) -> None:
        self.settings = settings or ContentKNNSettings()
        self._space = ContentSpace({})
        self._vectors = np.empty((0, 0), np.float32)

    def fit(
        self, train: Interactions, features: FeatureSet, validation: Holdout | None = None
    ) -> Self:
        """Take the vectors; the interactions do not matter.

        Raises:
            SeesayError: the features hold an ID, of which it can make nothing, or no content.
        """
        if features.spec.use_id or not features.content:
            raise SeesayError(
                f"content-knn takes content features alone, not '{features.spec}'.",
                "Use item-knn for an ID with content, or drop 'id'.",
            )
        self._space = ContentSpace.fit(features.content, self.settings.whitening)
        self._vectors = self._space(features.content)
        return self

    def with_items(self, content: Mapping[str, np.ndarray]) -> Self:
        """Return one that knows further items behind the others; see `base.Growing`."""
        grown = copy(self)
        grown._vectors = np.vstack([self._vectors, self._space(content)])
        return grown

    def user_vectors(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return [histories, dim] float32 of length one; zeros for an empty history."""
        return recency_mean(self._vectors, histories, self.settings.decay)

    def item_vectors(self) -> np.ndarray:
        """Return [items, dim] float32 of length one."""
        return self._vectors

    def score(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return cosines [histories, items] float32."""
        return np.asarray(self.user_vectors(histories) @ self._vectors.T)

    def save(self, folder: Path) -> None:
        """Write nothing: all of its state is the features and the settings."""

    def load(self, folder: Path, features: FeatureSet) -> Self:
        """Take the features again."""
        return self.fit(Interactions.from_histories([], 0), features)

    def summary(self) -> dict[str, Any]:
        """Return nothing: there is no training."""
        return {}
