"""EASE: a linear model of items by items, solved at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field
from safetensors.numpy import load_file, save_file
from scipy.linalg import lapack

from seesay.core.counts import counted
from seesay.core.errors import SeesayError
from seesay.core.settings import Section
from seesay.recommend.base import FeatureSet, Takes
from seesay.recommend.geometry import ContentSpace, recency_matrix
from seesay.recommend.interactions import Holdout, Interactions

# Rows of the matrix that are worked on at once.
BLOCK = 1024


class EASESettings(Section):
    """Settings of ease.

    Attributes:
        regularisation: the L2 weight lambda.
        decay: the weight of an item falls by this factor for each later one in the history.
        content_weight: how many users each axis of content counts for.
        whitening: see `geometry.Whitening`.
        max_items: more are refused; the matrix takes 4 bytes for each pair of items, more than
            twice that while it is solved.
    """

    regularisation: float = Field(20.0, gt=0)
    decay: float = Field(0.5, gt=0, le=1)
    content_weight: float = Field(1.0, gt=0)
    whitening: float = Field(0.5, ge=0, le=1)
    max_items: int = Field(40_000, ge=1)


class EASE:
    """Embarrassingly shallow autoencoder (Steck 2019, arXiv 1905.03375), applied with recency.

    Content counts as further users, one an axis, as in CEASE (Jeunen et al. 2020); without `id`
    these are the only ones.
    """

    Settings: ClassVar[type[EASESettings]] = EASESettings
    name = "ease"
    takes: Takes = "any"
    # Weights that were solved for: those of equal items differed by up to 40 times the precision.
    rounding = 64 * float(np.finfo(np.float32).eps)
    version = 2

    def __init__(self, settings: EASESettings | None = None) -> None:
        self.settings = settings or EASESettings()
        self._weights = np.empty((0, 0), np.float32)

    def fit(
        self, train: Interactions, features: FeatureSet, validation: Holdout | None = None
    ) -> Self:
        """Solve for the weights; cubic in the items, and `validation` is not looked at.

        Raises:
            SeesayError: there are more than `max_items`.
        """
        if train.n_items > self.settings.max_items:
            needed = 9e-9 * train.n_items**2
            raise SeesayError(
                f"ease takes at most {counted(self.settings.max_items, 'item')}, and there are "
                f"{train.n_items:,}, for which it would need {needed:.1f} GB.",
                "Raise max_items of [recommenders.ease] in seesay.toml, or leave ease out.",
            )
        self._weights = _solve(self._gram(train, features), self.settings.regularisation)
        return self

    def _gram(self, train: Interactions, features: FeatureSet) -> np.ndarray:
        gram = np.zeros((train.n_items, train.n_items), np.float32)
        if features.spec.use_id:
            matrix = train.matrix()
            gram += (matrix.T @ matrix).toarray()
        if features.content:
            vectors = ContentSpace.fit(features.content, self.settings.whitening)(features.content)
            vectors *= np.sqrt(self.settings.content_weight)
            for start in range(0, len(vectors), BLOCK):
                gram[start : start + BLOCK] += vectors[start : start + BLOCK] @ vectors.T
        return gram

    def score(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return [histories, items] float32."""
        watched = recency_matrix(histories, len(self._weights), self.settings.decay)
        return np.asarray(watched @ self._weights)

    def save(self, folder: Path) -> None:
        """Write the weights, [items, items]."""
        save_file({"weights": self._weights}, folder / "weights.safetensors")

    def load(self, folder: Path, features: FeatureSet) -> Self:
        """Read the weights; the features are in them."""
        self._weights = load_file(folder / "weights.safetensors")["weights"]
        return self

    def summary(self) -> dict[str, Any]:
        """Return the number of weights."""
        return {"parameters": self._weights.size}


def _solve(gram: np.ndarray, regularisation: float) -> np.ndarray:
    """Return the weights B with a zero diagonal that minimise |X - XB|^2 + lambda |B|^2.

    B is -P / diag(P) off the diagonal, where P is the inverse of the Gram matrix plus lambda. It
    is computed in the memory of `gram`.
    """
    gram[np.diag_indices_from(gram)] += regularisation
    # A symmetric C-ordered matrix is its own Fortran-ordered transpose: nothing is copied.
    factor, fault = lapack.spotrf(gram.T, lower=1, overwrite_a=1)
    if not fault:
        factor, fault = lapack.spotri(factor, lower=1, overwrite_c=1)
    if fault:
        raise SeesayError("ease found no solution.", "Raise its regularisation in seesay.toml.")
    inverse = factor.T
    _mirror(inverse)
    weights: np.ndarray = inverse / -np.diag(inverse)
    weights[np.diag_indices_from(weights)] = 0
    return np.ascontiguousarray(weights, np.float32)


def _mirror(matrix: np.ndarray, block: int = BLOCK) -> None:
    """Copy the upper triangle onto the lower one, block by block."""
    for start in range(0, len(matrix), block):
        stop = start + block
        corner = matrix[start:stop, start:stop]
        matrix[start:stop, start:stop] = np.triu(corner) + np.triu(corner, 1).T
        matrix[stop:, start:stop] = matrix[start:stop, stop:].T
