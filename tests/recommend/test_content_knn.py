from __future__ import annotations

import numpy as np

from recommend.worlds import checkerboard, features
from seesay.recommend.content_knn import ContentKNN, ContentKNNSettings

# Centred already: two pairs of opposite items on two axes.
CROSS = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], np.float32)


def test_by_hand() -> None:
    train, _ = checkerboard()
    model = ContentKNN(ContentKNNSettings(decay=0.5)).fit(train, features("look", CROSS))
    (scores,) = model.score([np.array([2, 0])])
    length = np.hypot(0.5, 1)
    np.testing.assert_allclose(scores, np.array([1, -1, 0.5, -0.5]) / length, atol=1e-6)


def test_no_history_scores_everything_alike() -> None:
    train, _ = checkerboard()
    model = ContentKNN().fit(train, features("look", CROSS))
    assert not model.score([np.empty(0, np.int32)]).any()
