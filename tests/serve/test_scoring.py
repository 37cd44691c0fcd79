from __future__ import annotations

import numpy as np
import pytest

from seesay.serve.scoring import diverse, first


def test_the_first_by_hand() -> None:
    scores = np.array([1.0, np.nan, 3.0, -np.inf, 3.0, 2.0], np.float32)
    assert first(scores, 3).tolist() == [2, 4, 5]
    assert first(scores, 100).tolist() == [2, 4, 5, 0]
    assert first(np.array([], np.float32), 3).tolist() == []
    assert first(np.full(5, -np.inf, np.float32), 2).tolist() == []


def test_the_first_are_those_of_a_sort() -> None:
    scores = np.random.default_rng(0).integers(0, 50, 1000).astype(np.float32)
    order = np.argsort(-scores, kind="stable")
    for k in (1, 10, 999, 1000):
        assert first(scores, k).tolist() == order[:k].tolist()


def test_maximal_marginal_relevance_by_hand() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    scores = np.array([1.0, 0.8, 0.0])
    # Second choice: 0.5 x 0.8 - 0.5 x 1 = -0.1 for the copy, 0 for the other.
    assert diverse(scores, vectors, 3, 0.5) == [0, 2, 1]
    # 0.9 x 0.8 - 0.1 x 1 = 0.62 for the copy.
    assert diverse(scores, vectors, 3, 0.1) == [0, 1, 2]
    assert diverse(scores, vectors, 2, 0.0) == [0, 1]
    assert diverse(scores[:0], vectors[:0], 2, 0.5) == []


@pytest.mark.parametrize("diversity", [0.0, 0.3, 1.0])
def test_nothing_is_chosen_twice(diversity: float) -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(40, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = np.sort(random.normal(size=40))[::-1]
    chosen = diverse(scores, vectors, 40, diversity)
    assert sorted(chosen) == list(range(40))
