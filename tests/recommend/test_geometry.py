from __future__ import annotations

import numpy as np
import pytest

from seesay.encode.base import unit_rows
from seesay.encode.features import FeatureTable
from seesay.encode.search import filled_rows
from seesay.recommend.geometry import (
    ContentSpace,
    Whitening,
    fillings,
    recency_mean,
    recency_weights,
)


def test_recency_weights_by_hand() -> None:
    np.testing.assert_allclose(recency_weights(3, 0.5), [0.25, 0.5, 1.0])
    assert len(recency_weights(0, 0.5)) == 0


def test_recency_mean_by_hand() -> None:
    vectors = np.array([[1, 0], [0, 1]], np.float32)
    histories = [np.array([0, 1]), np.array([1]), np.empty(0, np.int32)]
    users = recency_mean(vectors, histories, 0.5)
    expected = [[0.5 / 1.25**0.5, 1 / 1.25**0.5], [0, 1], [0, 0]]
    np.testing.assert_allclose(users, expected, atol=1e-6)


def test_unit_rows_leaves_zeros() -> None:
    np.testing.assert_allclose(unit_rows(np.array([[3.0, 4.0], [0, 0]])), [[0.6, 0.8], [0, 0]])


def test_half_whitening_divides_an_axis_by_the_root_of_its_singular_value() -> None:
    # Two axes with singular values 4 * 2**.5 and 2**.5: a row on one axis alone keeps length one,
    # a row on both shows the ratio of the axes, which falls from 4 to 2.
    matrix = np.array([[4, 0], [-4, 0], [0, 1], [0, -1]], np.float64)
    both = np.vstack([matrix, [[0.0, 0.0]]])
    singular = np.linalg.svd(both - both.mean(0), compute_uv=False)
    np.testing.assert_allclose(singular, [4 * 2**0.5, 2**0.5])
    probe = np.vstack([matrix, [[4, 1], [-4, -1]]])
    whitened = Whitening.fit(probe, 0.5)(probe)
    ratio = np.abs(whitened[4, 0] / whitened[4, 1])
    singular = np.linalg.svd(probe - probe.mean(0), compute_uv=False)
    left, _, axes = np.linalg.svd(probe - probe.mean(0), full_matrices=False)
    by_hand = left * singular**0.5
    np.testing.assert_allclose(ratio, np.abs(by_hand[4, 0] / by_hand[4, 1]), rtol=1e-5)
    assert axes.shape == (2, 2)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_half_whitening_gives_unit_rows_and_drops_dead_axes(power: float) -> None:
    random = np.random.default_rng(0)
    matrix = np.hstack([random.normal(size=(30, 4)), np.ones((30, 3))]).astype(np.float32)
    whitened = Whitening.fit(matrix, power)(matrix)
    assert whitened.shape == (30, 4)
    np.testing.assert_allclose(np.linalg.norm(whitened, axis=1), 1, atol=1e-5)


def test_power_zero_is_the_centred_cosine() -> None:
    matrix = np.random.default_rng(0).normal(size=(20, 5)) + 3
    centred = unit_rows(matrix - matrix.mean(0))
    whitened = Whitening.fit(matrix, 0.0)(matrix)
    np.testing.assert_allclose(whitened @ whitened.T, centred @ centred.T, atol=1e-5)


def test_constant_rows_come_out_as_zeros() -> None:
    same = np.ones((4, 3), np.float32)
    assert not Whitening.fit(same)(same).any()


def filled(items: int, missing: int) -> np.ndarray:
    """Vectors in a narrow cone, and those of items that the feature does not cover."""
    vectors = np.random.default_rng(0).normal(size=(items, 64)).astype(np.float32) + 1
    table = FeatureTable("f", [str(item) for item in range(items)], vectors, {})
    return filled_rows(table, [str(item) for item in range(items + missing)])


@pytest.mark.parametrize("power", [0.0, 0.5])
def test_items_that_got_the_mean_are_like_nothing(power: float) -> None:
    rows = filled(1000, 8)
    whitened = Whitening.fit(rows, power)(rows)
    assert not whitened[1000:].any()
    np.testing.assert_allclose(np.linalg.norm(whitened[:1000], axis=1), 1, atol=1e-5)


def test_fillings_are_found_and_nothing_else() -> None:
    rows = filled(1000, 8)
    assert fillings(rows).tolist() == [False] * 1000 + [True] * 8
    assert not fillings(np.ones((3, 2), np.float32)).any()


def test_the_cosine_of_several_features_is_their_mean() -> None:
    random = np.random.default_rng(0)
    parts = {"a": random.normal(size=(9, 3)), "b": random.normal(size=(9, 5))}
    joined = ContentSpace.fit(parts, 0.5)(parts)
    each = [Whitening.fit(matrix, 0.5)(matrix) for matrix in parts.values()]
    mean = sum(vectors @ vectors.T for vectors in each) / 2
    np.testing.assert_allclose(joined @ joined.T, mean, atol=1e-5)


def test_other_vectors_are_brought_into_the_axes_that_were_found() -> None:
    random = np.random.default_rng(0)
    content = {"a": random.normal(size=(9, 3)), "b": random.normal(size=(9, 5))}
    space = ContentSpace.fit(content, 0.5)
    again = space({name: matrix[4:6] for name, matrix in content.items()})
    np.testing.assert_allclose(again, space(content)[4:6], atol=1e-6)
