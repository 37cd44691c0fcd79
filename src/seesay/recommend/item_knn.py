"""Item k-nearest neighbours: items watched by the same people, and items alike in content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field
from safetensors.numpy import load_file, save_file
from scipy import sparse

from seesay.core.errors import SeesayError
from seesay.core.settings import Section
from seesay.recommend.base import FeatureSet, Takes
from seesay.recommend.content_knn import ContentKNN, ContentKNNSettings
from seesay.recommend.geometry import recency_matrix
from seesay.recommend.interactions import Holdout, Interactions


class ItemKNNSettings(Section):
    """Settings of item-knn.

    Attributes:
        decay: the weight of an item falls by this factor for each later one in the history.
        content_weight: how much a content cosine counts beside the co-occurrence score, where
            the features hold both an ID and content.
    """

    decay: float = Field(0.5, gt=0, le=1)
    content_weight: float = Field(0.3, ge=0)
    content: ContentKNNSettings = ContentKNNSettings()


class ItemKNN:
    """Sums the co-occurrence cosines (Sarwar et al. 2001) of the history's items, by recency.

    With `id` it is the collaborative score alone, with content features that of content-knn
    alone, and with both the weighted sum.
    """

    Settings: ClassVar[type[ItemKNNSettings]] = ItemKNNSettings
    name = "item-knn"
    takes: Takes = "any"
    version = 2

    def __init__(self, settings: ItemKNNSettings | None = None) -> None:
        self.settings = settings or ItemKNNSettings()
        self._similarity: sparse.csr_array | None = None
        self._content: ContentKNN | None = None

    def fit(
        self, train: Interactions, features: FeatureSet, validation: Holdout | None = None
    ) -> Self:
        """Count co-occurrences; no training, so `validation` is not looked at."""
        self._similarity = _cooccurrence_cosines(train) if features.spec.use_id else None
        content = ContentKNN(self.settings.content) if features.content else None
        self._content = content and content.fit(train, features.without_id())
        return self

    def with_items(self, content: Mapping[str, np.ndarray]) -> Self:
        """Return one that knows further items behind the others; see `base.Growing`.

        Nobody has watched them yet, so that their content alone speaks for them.
        """
        if self._content is None:
            raise SeesayError(
                "This item-knn knows items by their IDs alone, so it cannot place a new one.",
                "Train it with content too, such as --features id+described.",
            )
        grown = copy(self)
        grown._content = self._content.with_items(content)
        if self._similarity is not None:
            old, size = self._similarity, len(grown._content.item_vectors())
            starts = np.pad(old.indptr, (0, size - old.shape[0]), mode="edge")
            grown._similarity = sparse.csr_array((old.data, old.indices, starts), (size, size))
        return grown

    def score(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return [histories, items] float32."""
        if self._similarity is None:
            assert self._content is not None
            return self._content.score(histories)
        watched = recency_matrix(histories, self._similarity.shape[0], self.settings.decay)
        dense = np.asarray((watched @ self._similarity).toarray())
        if self._content is not None:
            dense += self.settings.content_weight * self._content.score(histories)
        return dense

    def save(self, folder: Path) -> None:
        """Write the co-occurrence matrix and the content's metric, where there are such."""
        if self._content is not None:
            self._content.save(folder)
        if self._similarity is not None:
            parts = {
                name: getattr(self._similarity, name) for name in ("data", "indices", "indptr")
            }
            save_file(parts, folder / "weights.safetensors")

    def load(self, folder: Path, features: FeatureSet) -> Self:
        """Read the co-occurrence matrix and take the content again."""
        content = ContentKNN(self.settings.content) if features.content else None
        self._content = content and content.load(folder, features.without_id())
        self._similarity = None
        if features.spec.use_id:
            parts = load_file(folder / "weights.safetensors")
            size = len(parts["indptr"]) - 1
            triple = (parts["data"], parts["indices"], parts["indptr"])
            self._similarity = sparse.csr_array(triple, shape=(size, size))
        return self

    def summary(self) -> dict[str, Any]:
        """Return the number of pairs that were watched together."""
        return {} if self._similarity is None else {"pairs": int(self._similarity.nnz)}


def _cooccurrence_cosines(train: Interactions) -> sparse.csr_array:
    matrix = train.matrix()
    counts = matrix.sum(axis=0)
    scale = sparse.diags_array(1 / np.sqrt(np.maximum(counts, 1)))
    cosines = (scale @ (matrix.T @ matrix) @ scale).tocsr().astype(np.float32)
    cosines.setdiag(0)
    cosines.eliminate_zeros()
    return cosines
