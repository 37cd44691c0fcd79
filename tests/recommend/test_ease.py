"""EASE by hand and against the textbook's formula."""

import numpy as np
import pytest

from recommend.worlds import checkerboard, features
from seesay.core.errors import SeesayError
from seesay.recommend.ease import EASE, EASESettings, _mirror
from seesay.recommend.geometry import ContentSpace
from seesay.recommend.interactions import Interactions

# Two users: {0, 1}, {0}. The Gram matrix plus 1 is [[3, 1], [1, 2]], its inverse
# [[2, -1], [-1, 3]] / 5, so B is 1/3 from 0 to 1 and 1/2 from 1 to 0.
TRAIN = Interactions.from_histories([np.array([0, 1]), np.array([0])], 2)


def test_weights_by_hand() -> None:
    model = EASE(EASESettings(regularisation=1, decay=0.5)).fit(TRAIN, features("id"))
    scores = model.score([np.array([0]), np.array([1]), np.array([0, 1])])
    np.testing.assert_allclose(scores, [[0, 1 / 3], [1 / 2, 0], [1 / 2, 1 / 6]], atol=1e-6)
    assert model.summary() == {"parameters": 4}


def test_content_counts_as_users_by_the_textbook() -> None:
    train, _ = checkerboard()
    given = features("id+look")
    settings = EASESettings(regularisation=5, content_weight=3)
    model = EASE(settings).fit(train, given)
    counted = train.matrix().toarray()
    content = ContentSpace.fit(given.content, settings.whitening)(given.content).T * np.sqrt(3)
    both = np.vstack([counted, content]).astype(np.float64)
    inverse = np.linalg.inv(both.T @ both + 5 * np.eye(train.n_items))
    wanted = inverse / -np.diag(inverse)
    np.fill_diagonal(wanted, 0)
    ones = [np.array([item]) for item in range(train.n_items)]
    np.testing.assert_allclose(model.score(ones), wanted, atol=1e-4)


def test_too_many_items_for_the_memory() -> None:
    with pytest.raises(SeesayError, match=r"at most 1 item, and there are 2, .*max_items"):
        EASE(EASESettings(max_items=1)).fit(TRAIN, features("id"))


@pytest.mark.parametrize("block", [1, 3, 4, 64])
def test_a_triangle_is_mirrored(block: int) -> None:
    matrix = np.arange(64, dtype=np.float32).reshape(8, 8)
    wanted = np.triu(matrix) + np.triu(matrix, 1).T
    _mirror(matrix, block)
    np.testing.assert_array_equal(matrix, wanted)
