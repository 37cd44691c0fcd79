from __future__ import annotations

import numpy as np
import pytest

from recommend.worlds import checkerboard, colours, features
from seesay.recommend.content_knn import ContentKNN
from seesay.recommend.geometry import ContentSpace
from seesay.recommend.kept_content import WEIGHTS, KeptContent
from seesay.recommend.training import validation_ndcg
from seesay.recommend.two_tower import TwoTower, TwoTowerSettings

SMALL = {"dim": 4, "learning_rate": 0.01, "batch_users": 32, "least_steps": 1, "epochs": 2}


def test_the_cosine_with_the_recency_mean_is_added_by_hand() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    kept = KeptContent(ContentSpace({}), vectors, decay=0.5, weight=2.0)
    items = kept.beside_items(np.array([[1], [2], [3]], np.float32))
    users = kept.beside_users(np.array([[10]], np.float32), [np.array([0, 1])])
    mean = np.array([0.5, 1.0]) / np.sqrt(1.25)
    expected = [10 + 2 * mean[0], 20 + 2 * mean[1], 30 + 2 * (0.6 * mean[0] + 0.8 * mean[1])]
    np.testing.assert_allclose((users @ items.T)[0], expected, rtol=1e-6)


def test_a_trained_score_is_what_was_learned_and_the_score_of_content_knn() -> None:
    train, holdout = checkerboard()
    given = features("id+title")
    plain, kept = (
        TwoTower(TwoTowerSettings(**SMALL, kept_content=weight)).fit(train, given, holdout)
        for weight in (0.0, 0.6)
    )
    histories = holdout.histories.histories()
    untrained = ContentKNN().fit(train, given.without_id())
    expected = plain.score(histories) + 0.6 * untrained.score(histories)
    np.testing.assert_allclose(kept.score(histories), expected, atol=1e-5)


def test_the_validation_items_choose_the_weight() -> None:
    train, holdout = checkerboard()
    noise = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    chosen = {}
    for name, matrix in (("noise", noise), ("colours", colours())):
        gains = [
            validation_ndcg(
                TwoTower(TwoTowerSettings(**SMALL, kept_content=weight)).fit(
                    train, features("title", matrix), holdout
                ),
                holdout,
            )
            for weight in WEIGHTS
        ]
        model = TwoTower(TwoTowerSettings(**SMALL)).fit(train, features("title", matrix), holdout)
        chosen[name] = model.summary()["kept_content"]
        assert chosen[name] == WEIGHTS[int(np.argmax(gains))]
        assert validation_ndcg(model, holdout) == pytest.approx(max(gains))
    assert chosen["noise"] != chosen["colours"]


def test_an_id_alone_has_no_content_to_keep() -> None:
    train, holdout = checkerboard()
    model = TwoTower(TwoTowerSettings(**SMALL)).fit(train, features("id"), holdout)
    assert model.summary()["kept_content"] == 0.0
    assert model.item_vectors().shape == (40, 4)
