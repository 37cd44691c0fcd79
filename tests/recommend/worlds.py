"""Small worlds in which the right answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from seesay.recommend.base import FeatureSet, FeatureSpec
from seesay.recommend.geometry import Whitening
from seesay.recommend.interactions import Holdout, Interactions


def checkerboard(
    n_users: int = 120, n_items: int = 40, length: int = 8, seed: int = 0
) -> tuple[Interactions, Holdout]:
    """Even users watch even items and odd users odd ones; what is held out follows the rule."""
    random = np.random.default_rng(seed)
    histories, targets = [], []
    for user in range(n_users):
        pool = np.arange(user % 2, n_items, 2)
        chosen = random.permutation(pool)[: length + 1].astype(np.int32)
        histories.append(chosen[:-1])
        targets.append(chosen[-1])
    train = Interactions.from_histories(histories, n_items)
    return train, Holdout(train, np.array(targets, np.int32))


def colours(n_items: int = 40, dim: int = 8, seed: int = 0) -> np.ndarray:
    """Content in which even and odd items lie apart, with noise."""
    random = np.random.default_rng(seed)
    vectors = random.normal(0, 0.3, (n_items, dim)).astype(np.float32)
    vectors[::2, 0] += 1.0
    vectors[1::2, 0] -= 1.0
    return vectors


def features(spec: str, matrix: np.ndarray | None = None) -> FeatureSet:
    """Give every content feature of a spec the same vectors, the colours where none are named."""
    parsed = FeatureSpec.parse(spec)
    vectors = colours() if matrix is None else matrix
    return FeatureSet(parsed, dict.fromkeys(parsed.content, vectors))


def turn_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let principal axes point the other way, as another processor may find them."""
    fit = Whitening.fit

    def turned(matrix: np.ndarray, power: float = 0.5) -> Whitening:
        found = fit(matrix, power)
        return Whitening(found.mean, -found.axes)

    monkeypatch.setattr(Whitening, "fit", turned)
