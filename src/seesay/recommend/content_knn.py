"""Content k-nearest neighbours: items near to what was watched last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field
from safetensors.numpy import load_file, save_file

from seesay.core.errors import SeesayError
from seesay.core.settings import Section
from seesay.encode.base import unit_rows
from seesay.recommend.base import FeatureSet, Takes
from seesay.recommend.geometry import ContentSpace, recency_mean
from seesay.recommend.interactions import Holdout, Interactions
from seesay.recommend.watched_metric import watched_metric

METRIC = "metric.safetensors"


class ContentKNNSettings(Section):
    """Settings of content-knn.

    Attributes:
        decay: the weight of an item falls by this factor for each later one in the history.
        whitening: see `geometry.Whitening`.
        metric: `cosine` takes content as it is; `watched` weighs its axes by what people watched
            together.
        ridge: how much that weighing is held back, 0 for not at all.
    """

    decay: float = Field(0.7, gt=0, le=1)
    whitening: float = Field(0.5, ge=0, le=1)
    metric: Literal["cosine", "watched"] = "cosine"
    ridge: float = Field(0.1, ge=0)


class ContentKNN:
    """Scores by the cosine between an item and the recency-weighted mean of the history."""

    Settings: ClassVar[type[ContentKNNSettings]] = ContentKNNSettings
    name = "content-knn"
    takes: Takes = "content"
    version = 1

    def __init__(self, settings: ContentKNNSettings | None = None) -> None:
        self.settings = settings or ContentKNNSettings()
        self._space = ContentSpace({})
        self._content = self._vectors = np.empty((0, 0), np.float32)
        self._metric: np.ndarray | None = None

    def fit(
        self, train: Interactions, features: FeatureSet, validation: Holdout | None = None
    ) -> Self:
        """Take the vectors; the interactions matter to the metric `watched` alone.

        Raises:
            SeesayError: the features hold an ID, of which it can make nothing, or no content.
        """
        self._check(features)
        self._space = ContentSpace.fit(features.content, self.settings.whitening)
        self._content = self._space(features.content)
        if self.settings.metric == "watched":
            self._metric = watched_metric(train, self._content, self.settings.ridge)
        return self._place(self._content)

    def _check(self, features: FeatureSet) -> None:
        if features.spec.use_id or not features.content:
            raise SeesayError(
                f"content-knn takes content features alone, not '{features.spec}'.",
                "Use item-knn for an ID with content, or drop 'id'.",
            )

    def _place(self, content: np.ndarray) -> Self:
        """Take items by their whitened content, [items, rank]."""
        self._content = content
        self._vectors = content if self._metric is None else unit_rows(content @ self._metric)
        return self

    def with_items(self, content: Mapping[str, np.ndarray]) -> Self:
        """Return one that knows further items behind the others; see `base.Growing`."""
        return copy(self)._place(np.vstack([self._content, self._space(content)]))

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
        """Write the metric and its axes; without one all is in the features and the settings."""
        if self._metric is not None:
            save_file({"metric": self._metric, **self._space.arrays()}, folder / METRIC)

    def load(self, folder: Path, features: FeatureSet) -> Self:
        """Take the features again, and the metric that `save` wrote."""
        self._check(features)
        if self.settings.metric == "watched":
            arrays = load_file(folder / METRIC)
            self._metric, self._space = arrays["metric"], ContentSpace.from_arrays(arrays)
        else:
            self._space = ContentSpace.fit(features.content, self.settings.whitening)
        return self._place(self._space(features.content))

    def summary(self) -> dict[str, Any]:
        """Return nothing: there are no epochs."""
        return {}
