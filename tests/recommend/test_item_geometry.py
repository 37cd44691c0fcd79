from __future__ import annotations

import numpy as np
import pytest

from recommend.worlds import checkerboard, colours, features
from seesay.recommend.geometry import ContentSpace
from seesay.recommend.interactions import Interactions
from seesay.recommend.item_geometry import ItemGeometry, cooccurrence_vectors
from seesay.recommend.item_knn import _cooccurrence_cosines


def test_full_rank_gives_the_cosines_of_item_knn() -> None:
    histories = [np.array(row) for row in ([0, 1], [0, 1, 2], [2, 3], [3], [0, 3])]
    train = Interactions.from_histories(histories, 4)
    vectors = cooccurrence_vectors(train, 9)
    wanted = _cooccurrence_cosines(train).toarray() + np.eye(4)
    assert vectors.shape == (4, 3)
    np.testing.assert_allclose(vectors @ vectors.T, wanted, atol=0.35)
    assert (np.argsort(vectors @ vectors[0])[::-1][:2] == [0, 1]).all()


def test_whom_nobody_watched_has_zeros() -> None:
    train = Interactions.from_histories([np.array([0, 1]), np.array([1, 3])], 5)
    vectors = cooccurrence_vectors(train, 1)
    assert not vectors[[2, 4]].any()
    np.testing.assert_allclose(np.linalg.norm(vectors[[0, 1, 3]], axis=1), 1, atol=1e-6)


def test_content_keeps_its_cosines() -> None:
    train, _ = checkerboard()
    _, vectors = ItemGeometry.fit(train, features("look"), 8, 0.5)
    whitened = ContentSpace.fit({"look": colours()}, 0.5)({"look": colours()})
    np.testing.assert_allclose(vectors @ vectors.T, whitened @ whitened.T, atol=1e-5)


def test_an_id_and_content_have_half_a_share_each() -> None:
    train, _ = checkerboard()
    _, joined = ItemGeometry.fit(train, features("id+look"), 40, 0.5)
    alone = [ItemGeometry.fit(train, features(spec), 40, 0.5)[1] for spec in ("id", "look")]
    mean = sum(vectors @ vectors.T for vectors in alone) / 2
    np.testing.assert_allclose(joined @ joined.T, mean, atol=1e-5)


@pytest.mark.parametrize("spec", ["look", "id+look", "look+sound"])
def test_new_items_lie_where_their_content_is(spec: str) -> None:
    train, _ = checkerboard()
    given = features(spec)
    geometry, vectors = ItemGeometry.fit(train, given, 60, 0.5)
    again = ItemGeometry.from_arrays(geometry.arrays())
    new = again.of_new({name: matrix[:6] for name, matrix in given.content.items()})
    share = 0.5**0.5 if given.spec.use_id else 1.0
    np.testing.assert_allclose(np.diag(new @ vectors[:6].T), share, atol=1e-4)
    if not given.spec.use_id:
        np.testing.assert_allclose(new, vectors[:6], atol=1e-5)
