from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch

from recommend.worlds import checkerboard, features
from seesay.recommend.geometry import Whitening, recency_mean
from seesay.recommend.sequences import Tokens
from seesay.recommend.two_tower import TwoTower, TwoTowerSettings

HISTORIES = [np.array([1, 2, 3]), np.array([7])]


@pytest.mark.parametrize("history", ["mean", "attention"])
def test_untrained_it_ranks_like_content_knn(history: Literal["mean", "attention"]) -> None:
    recommender = TwoTower(TwoTowerSettings(dim=8, decay=0.7, history=history))
    model = recommender.build(features("look"), 40).eval()
    tokens = Tokens.from_histories(HISTORIES, 50)
    with torch.no_grad():
        items = model.items(torch.arange(40))
        users = model.states(items[tokens.items], tokens)[tokens.last()]
    look = features("look").content["look"]
    whitened = Whitening.fit(look)(look)
    expected = recency_mean(whitened, HISTORIES, 0.7) @ whitened.T
    np.testing.assert_allclose((users @ items.T).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("history", ["mean", "attention"])
def test_a_position_does_not_see_what_comes_after_it(
    history: Literal["mean", "attention"],
) -> None:
    recommender = TwoTower(TwoTowerSettings(dim=8, history=history))
    model = recommender.build(features("id"), 40).eval()
    if history == "attention":
        torch.nn.init.normal_(model.appeal[-1].weight)
    long = Tokens.from_histories([np.array([1, 2, 3])], 50)
    short = Tokens.from_histories([np.array([1, 2])], 50)
    with torch.no_grad():
        after_two = model.states(model.items(long.items), long)[1]
        alone = model.states(model.items(short.items), short)[1]
    torch.testing.assert_close(after_two, alone)


def test_attention_weighs_items_by_what_they_are() -> None:
    train, holdout = checkerboard()
    first, second = (
        TwoTower(TwoTowerSettings(dim=8, epochs=3, history=history)).fit(
            train, features("id"), holdout
        )
        for history in ("mean", "attention")
    )
    histories = holdout.histories.histories()[:5]
    assert not np.allclose(first.user_vectors(histories), second.user_vectors(histories))
