from __future__ import annotations

import numpy as np

from recommend.worlds import features
from seesay.recommend.interactions import Interactions
from seesay.recommend.popularity import Popularity


def test_counts_by_hand() -> None:
    train = Interactions.from_histories([np.array([0, 1]), np.array([1, 3]), np.array([1])], 4)
    model = Popularity().fit(train, features("id"))
    assert model.score([np.array([0]), np.array([2])]).tolist() == [[1, 3, 0, 1]] * 2


def test_who_watches_twice_is_one_user() -> None:
    log = Interactions.from_histories([np.array([0, 0, 0, 1]), np.array([1])], 3)
    assert Popularity().fit(log, features("id")).score([np.array([0])]).tolist() == [[1, 2, 0]]
