from __future__ import annotations

import numpy as np
import pytest

from seesay.recommend.semantic_ids import (
    Quantiser,
    codebook_use,
    describe_ids,
    kmeans,
    make_quantiser,
    nearest,
    number_collisions,
    quantise,
    residual_kmeans,
)


def clusters(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Four far clusters of thirty, each of three near ones of ten."""
    random = np.random.default_rng(seed)
    coarse = np.repeat(np.array([[9, 0], [-9, 0], [0, 9], [0, -9]]), 30, axis=0)
    fine = np.tile(np.repeat(np.array([[1, 0], [-1, 1], [0, -1]]), 10, axis=0), (4, 1))
    noise = random.normal(0, 0.01, (120, 2))
    label = np.repeat(np.arange(12), 10)
    return (coarse + fine + noise).astype(np.float32), label


def test_nearest_by_hand() -> None:
    codes, distances = nearest(
        np.array([[0, 0], [3, 4]], np.float32), np.array([[3, 0], [0, 1]], np.float32)
    )
    assert codes.tolist() == [1, 0]
    np.testing.assert_allclose(distances, [1, 16])


def test_kmeans_finds_far_clusters() -> None:
    vectors, label = clusters()
    codes, _ = nearest(vectors, kmeans(vectors, 4, np.random.default_rng(0)))
    assert len({(code, far) for code, far in zip(codes.tolist(), label // 3, strict=True)}) == 4


def test_a_residual_level_finds_what_the_first_left() -> None:
    vectors, label = clusters()
    books = residual_kmeans(vectors, 4, 2, np.random.default_rng(0))
    codes = quantise(vectors, books)
    owners = {
        (*code, cluster) for code, cluster in zip(codes.tolist(), label.tolist(), strict=True)
    }
    assert len(owners) == len(np.unique(codes, axis=0)) >= 12
    sums = sum(book[codes[:, level]] for level, book in enumerate(books))
    first = ((vectors - books[0][codes[:, 0]]) ** 2).sum()
    assert ((vectors - sums) ** 2).sum() < 0.3 * first


@pytest.mark.parametrize("vectors", [np.ones((1, 3)), np.ones((9, 3)), np.eye(3)])
def test_fewer_different_vectors_than_codes(vectors: np.ndarray) -> None:
    given = vectors.astype(np.float32)
    books = residual_kmeans(given, 4, 2, np.random.default_rng(0))
    codes = quantise(given, books)
    np.testing.assert_allclose(books[0][codes[:, 0]], given, atol=1e-6)


def test_collisions_are_numbered_by_row() -> None:
    codes = np.array([[1, 2], [0, 0], [1, 2], [3, 3], [1, 2], [0, 0]])
    assert number_collisions(codes)[:, -1].tolist() == [0, 0, 1, 0, 2, 1]
    np.testing.assert_array_equal(number_collisions(codes)[:, :-1], codes)


def test_perplexity_by_hand() -> None:
    use = codebook_use(np.array([0, 0, 1, 1, 3, 3]), 5)
    assert (use.codes, use.used) == (5, 3)
    assert use.perplexity == pytest.approx(3)
    assert codebook_use(np.array([0, 0, 0, 1]), 2).perplexity == pytest.approx(
        (4 / 3) ** 0.75 * 4**0.25
    )


def test_description_by_hand() -> None:
    ids = number_collisions(np.array([[0, 1], [0, 1], [0, 2], [1, 1], [1, 1], [1, 1]]))
    found = describe_ids(ids, [2, 4])
    assert found["collisions"] == {"items": 5, "groups": 2, "largest": 3}
    assert [level["used"] for level in found["codebooks"]] == [2, 2]


@pytest.mark.parametrize("kind", ["kmeans", "rqvae"])
def test_a_quantiser_comes_back_from_its_arrays(kind: str) -> None:
    vectors, _ = clusters()
    made = make_quantiser(kind, vectors, 4, 2, 3, seed=0)  # type: ignore[arg-type]
    again = Quantiser.from_arrays(made.arrays())
    np.testing.assert_array_equal(again(vectors), made(vectors))
