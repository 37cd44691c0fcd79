from __future__ import annotations

import numpy as np
import pytest

from recommend.worlds import features
from seesay.recommend.content_knn import ContentKNN
from seesay.recommend.interactions import Interactions
from seesay.recommend.item_knn import ItemKNN, ItemKNNSettings

# Three users: {0, 1}, {0, 1}, {1, 2}. Counts 2, 3, 1; together: 0-1 twice, 1-2 once.
TRAIN = Interactions.from_histories([np.array([0, 1]), np.array([1, 0]), np.array([1, 2])], 4)
ZERO_ONE = 2 / np.sqrt(2 * 3)
ONE_TWO = 1 / np.sqrt(3 * 1)
CONTENT = np.array([[1, 0], [0, 1], [1, 0.1], [0.2, 1]], np.float32)


def test_cosines_by_hand() -> None:
    model = ItemKNN().fit(TRAIN, features("id"))
    scores = model.score([np.array([1]), np.array([3])])
    np.testing.assert_allclose(scores, [[ZERO_ONE, 0, ONE_TWO, 0], [0, 0, 0, 0]], atol=1e-6)
    assert model.summary() == {"pairs": 4}


def test_an_older_item_counts_less_by_hand() -> None:
    model = ItemKNN(ItemKNNSettings(decay=0.25)).fit(TRAIN, features("id"))
    (scores,) = model.score([np.array([0, 2])])
    assert scores[1] == pytest.approx(0.25 * ZERO_ONE + ONE_TWO, abs=1e-6)


def test_content_is_added_with_its_weight() -> None:
    history = [np.array([1])]
    both = ItemKNN(ItemKNNSettings(content_weight=0.4)).fit(TRAIN, features("id+look", CONTENT))
    collaborative = ItemKNN().fit(TRAIN, features("id")).score(history)
    content = ContentKNN().fit(TRAIN, features("look", CONTENT)).score(history)
    np.testing.assert_allclose(both.score(history), collaborative + 0.4 * content, atol=1e-6)


def test_content_alone_is_content_knn() -> None:
    history = [np.array([1, 3])]
    ours = ItemKNN().fit(TRAIN, features("look", CONTENT)).score(history)
    theirs = ContentKNN().fit(TRAIN, features("look", CONTENT)).score(history)
    np.testing.assert_array_equal(ours, theirs)


def test_a_new_item_is_scored_by_its_content_alone() -> None:
    history = [np.array([1, 0])]
    model = ItemKNN(ItemKNNSettings(content_weight=0.4)).fit(TRAIN, features("id+look", CONTENT))
    grown = model.with_items({"look": CONTENT[:1]})
    (before,), (after,) = model.score(history), grown.score(history)
    np.testing.assert_allclose(after[:4], before, atol=1e-6)
    content = ContentKNN().fit(TRAIN, features("look", CONTENT)).score(history)
    assert after[4] == pytest.approx(0.4 * content[0, 0], abs=1e-6)
    # It may be watched, and then says what is like it.
    assert grown.score([np.array([4])])[0, 0] == pytest.approx(0.4, abs=1e-6)
