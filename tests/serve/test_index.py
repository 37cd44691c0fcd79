from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seesay.recommend.base import FeatureSet, FeatureSpec
from seesay.recommend.content_knn import ContentKNN
from seesay.serve.index import Approximate
from seesay.serve.scoring import Scorer, first

pytest.importorskip("faiss", reason="faiss is an extra")


def clustered(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(20, 16))
    vectors = centres[random.integers(0, 20, count)] + 0.3 * random.normal(size=(count, 16))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def test_it_finds_nearly_what_the_product_finds(tmp_path: Path) -> None:
    items, users = clustered(20_000, 1), clustered(50, 2)
    index = Approximate.build(items)
    assert index.recall(items, users) > 0.95
    rows, products = index.nearest(users[0], 10)
    np.testing.assert_allclose(products, items[rows] @ users[0], rtol=1e-4)
    assert (np.diff(products) <= 0).all()
    index.save(tmp_path / "index")
    again = Approximate.load(tmp_path / "index")
    np.testing.assert_array_equal(again.nearest(users[1], 10)[0], index.nearest(users[1], 10)[0])


def test_a_scorer_with_an_index_gives_the_exact_first(tmp_path: Path) -> None:
    items = clustered(20_000, 1)
    model = ContentKNN().load(tmp_path, FeatureSet(FeatureSpec.parse("look"), {"look": items}))
    exact = Scorer(model, len(items))
    quick = Scorer(model, len(items), Approximate.build(exact.items))
    history = np.array([3, 700], np.int32)
    near = quick.scores(history, 20)
    assert np.isfinite(near).sum() == 20
    np.testing.assert_array_equal(first(near, 10), first(exact.scores(history), 10))
    np.testing.assert_array_equal(quick.scores(history), exact.scores(history))
    # One that came later is behind the index, and is scored all the same.
    grown = quick.with_items({"look": items[3:4]}, 1)
    assert grown is not None
    scores = grown.scores(history, 20)
    assert scores[20_000] == pytest.approx(exact.scores(history)[3], abs=1e-5)
