from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seesay.encode.base import Source
from seesay.encode.placebos import (
    RandomEncoder,
    RandomSettings,
    ShuffledEncoder,
    ShuffledSettings,
)


def noise(*item_ids: str, seed: int = 0, dim: int = 384) -> np.ndarray:
    encoder = RandomEncoder(RandomSettings(seed=seed, dim=dim))
    return encoder.encode([Source(item_id) for item_id in item_ids])


def shuffled(vectors: np.ndarray, seed: int = 0, ids: list[str] | None = None) -> np.ndarray:
    ids = ids or [f"item-{row}" for row in range(len(vectors))]
    batch = [Source(item_id, vector=row) for item_id, row in zip(ids, vectors, strict=True)]
    return ShuffledEncoder(ShuffledSettings(seed=seed)).encode(batch)


def test_noise_is_a_unit_direction_that_the_id_and_the_seed_decide() -> None:
    vectors = noise("a", "b", "a")
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert abs(vectors[0] @ vectors[1]) < 0.25
    assert abs(noise("a", seed=1)[0] @ vectors[0]) < 0.25


def test_noise_does_not_depend_on_the_other_items() -> None:
    np.testing.assert_array_equal(noise("x", "y", "z")[1], noise("y")[0])


def test_noise_is_gaussian_in_every_direction() -> None:
    vectors = noise(*(str(number) for number in range(2000)), dim=64)
    values = vectors * np.sqrt(64)
    assert abs(values.mean()) < 0.01
    assert abs(values.std() - 1) < 0.01
    assert abs((values**4).mean() - 3 * 64 / 66) < 0.06
    assert np.abs(np.cov(values.T) - np.eye(64)).max() < 0.15


def test_noise_keeps_its_values_on_every_machine() -> None:
    # SHAKE-256 of "0\0a": its first four words are the uniforms of Box-Muller, radii first.
    import hashlib

    digest = hashlib.shake_256(b"0\x00a").digest(16)
    words = [int.from_bytes(digest[at : at + 4], "little") for at in (0, 4, 8, 12)]
    u, v, angle_u, angle_v = [(word + 0.5) / 2**32 for word in words]
    by_hand = [
        np.sqrt(-2 * np.log(radius)) * wave(2 * np.pi * angle)
        for wave in (np.cos, np.sin)
        for radius, angle in ((u, angle_u), (v, angle_v))
    ]
    np.testing.assert_allclose(noise("a", dim=4)[0], by_hand / np.linalg.norm(by_hand), rtol=1e-6)


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_noise_has_the_width_asked_for(dim: int) -> None:
    assert noise("a", dim=dim).shape == (1, dim)


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(2, 40), seed=st.integers(0, 2**31))
def test_shuffling_moves_every_vector_and_loses_none(rows: int, seed: int) -> None:
    vectors = np.arange(rows * 2, dtype=np.float32).reshape(rows, 2)
    moved = shuffled(vectors, seed)
    assert (moved != vectors).all()
    assert sorted(map(tuple, moved)) == sorted(map(tuple, vectors))


def test_one_item_alone_keeps_its_vector() -> None:
    np.testing.assert_array_equal(shuffled(np.array([[1.0, 2.0]])), [[1, 2]])


def test_the_seed_decides_who_gets_what() -> None:
    vectors = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    np.testing.assert_array_equal(shuffled(vectors, 1), shuffled(vectors, 1))
    assert (shuffled(vectors, 1) != shuffled(vectors, 2)).any()


def test_the_order_of_the_items_does_not_decide_who_gets_what() -> None:
    vectors = np.random.default_rng(0).standard_normal((30, 3)).astype(np.float32)
    ids = [str(row) for row in range(30)]
    other = np.random.default_rng(1).permutation(30)
    np.testing.assert_array_equal(
        shuffled(vectors[other], ids=[ids[row] for row in other]), shuffled(vectors, ids=ids)[other]
    )
