from __future__ import annotations

import numpy as np
import torch

from recommend.worlds import features
from seesay.recommend.geometry import half_whiten, recency_mean
from seesay.recommend.sequences import Tokens
from seesay.recommend.two_tower import TwoTower, TwoTowerSettings

HISTORIES = [np.array([1, 2, 3]), np.array([7])]


def test_untrained_it_ranks_like_content_knn() -> None:
    recommender = TwoTower(TwoTowerSettings(dim=8, decay=0.7))
    model = recommender.build(features("look"), 40).eval()
    tokens = Tokens.from_histories(HISTORIES, 50)
    with torch.no_grad():
        items = model.items(torch.arange(40))
        users = model.states(items[tokens.items], tokens)[tokens.last()]
    whitened = half_whiten(features("look").content["look"])
    expected = recency_mean(whitened, HISTORIES, 0.7) @ whitened.T
    np.testing.assert_allclose((users @ items.T).numpy(), expected, atol=1e-5)


def test_a_position_does_not_see_what_comes_after_it() -> None:
    model = TwoTower(TwoTowerSettings(dim=8)).build(features("id"), 40).eval()
    long = Tokens.from_histories([np.array([1, 2, 3])], 50)
    short = Tokens.from_histories([np.array([1, 2])], 50)
    with torch.no_grad():
        after_two = model.states(model.items(long.items), long)[1]
        alone = model.states(model.items(short.items), short)[1]
    torch.testing.assert_close(after_two, alone)
