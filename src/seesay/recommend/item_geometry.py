"""One vector an item from any feature set, before any recommender has been trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from seesay.encode.base import unit_rows
from seesay.recommend.base import FeatureSet
from seesay.recommend.geometry import ContentSpace
from seesay.recommend.interactions import Interactions


def cooccurrence_vectors(train: Interactions, dim: int) -> np.ndarray:
    """Return [items, at most dim] float32 rows of length one; zeros for an item nobody watched.

    They are the first singular vectors, times their values, of the log with each item's column
    scaled to length one. Their dot products are the best low-rank form of item-knn's cosines;
    the last scaling gives each item back the length that the axes left out had.
    """
    matrix = train.matrix().astype(np.float64)
    counts = matrix.sum(axis=0)
    scaled = matrix @ sparse.diags_array(1 / np.sqrt(np.maximum(counts, 1)))
    rank = min(dim, min(scaled.shape) - 1)
    if rank < 1:
        return unit_rows(scaled.toarray().T[:, :1])
    _, values, axes = svds(scaled, k=rank, v0=np.ones(min(scaled.shape)))
    return unit_rows(np.where((counts > 0)[:, None], (axes * values[:, None]).T, 0))


@dataclass(frozen=True)
class ItemGeometry:
    """Maps features to vectors whose dot products are the mean of the ID's and the content's.

    Attributes:
        space: the half-whitened content.
        shares: whether the ID has a part in it, [dim] zeros for an item that nobody has watched.
        axes: [width, dim] float32, the principal axes of the ID's part and the content side by
            side.
    """

    space: ContentSpace
    shares: bool
    axes: np.ndarray

    @classmethod
    def fit(
        cls, train: Interactions, features: FeatureSet, dim: int, whitening: float
    ) -> tuple[Self, np.ndarray]:
        """Return the geometry, and the vectors of all items: [items, at most dim] float32.

        They have length one however much of them lies on axes beyond `dim`: of short ones a
        quantiser would make one large code in the middle.
        """
        space = ContentSpace.fit(features.content, whitening)
        parts = [cooccurrence_vectors(train, dim)] if features.spec.use_id else []
        if features.content:
            parts.append(space(features.content))
        joined = np.hstack(parts) / np.float32(len(parts) ** 0.5)
        _, axes = np.linalg.eigh(joined.T.astype(np.float64) @ joined)
        first = np.ascontiguousarray(axes[:, ::-1][:, :dim], np.float32)
        return cls(space, features.spec.use_id, first), unit_rows(joined @ first)

    def of_new(self, content: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the vectors of items that nobody has watched yet, [items, dim] float32."""
        vectors = self.space(content) / np.float32(2**0.5 if self.shares else 1)
        return unit_rows(vectors @ self.axes[-vectors.shape[1] :])

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what `from_arrays` needs."""
        return {"axes": self.axes, "shares": np.array([self.shares]), **self.space.arrays()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Take what `arrays` gave."""
        space = ContentSpace.from_arrays(arrays)
        return cls(space, bool(arrays["shares"][0]), arrays["axes"])
