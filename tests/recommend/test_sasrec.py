from __future__ import annotations

import numpy as np
import torch

from recommend.worlds import checkerboard, features
from seesay.recommend.neural import SequenceModel
from seesay.recommend.sasrec import SASRec, SASRecSettings
from seesay.recommend.sequences import Tokens

SETTINGS = SASRecSettings(dim=8, epochs=2, dropout=0.0, learning_rate=0.01)


def trained() -> tuple[SASRec, SequenceModel]:
    train, holdout = checkerboard()
    model = SASRec(SETTINGS).fit(train, features("id"), holdout)
    assert model._model is not None
    return model, model._model.eval()


def test_a_position_does_not_see_what_comes_after_it() -> None:
    _, model = trained()
    with torch.no_grad():
        long = Tokens.from_histories([np.array([1, 2, 3, 4])], 50)
        short = Tokens.from_histories([np.array([1, 2])], 50)
        after_two = model.states(model.items(long.items), long)[1]
        alone = model.states(model.items(short.items), short)[1]
    torch.testing.assert_close(after_two, alone)


def test_who_shares_the_batch_does_not_matter() -> None:
    model, _ = trained()
    histories = [np.array([1]), np.array([3, 5, 7, 9, 11]), np.array([2, 4])]
    together = model.user_vectors(histories)
    alone = np.vstack([model.user_vectors([history]) for history in histories])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_order_matters() -> None:
    model, _ = trained()
    one, other = model.user_vectors([np.array([1, 2, 3]), np.array([3, 2, 1])])
    assert np.abs(one - other).max() > 1e-3


def test_a_history_longer_than_the_longest_is_cut_to_its_end() -> None:
    train, holdout = checkerboard()
    settings = SETTINGS.model_copy(update={"longest": 4})
    model = SASRec(settings).fit(train, features("id"), holdout)
    long, end = model.user_vectors([np.arange(20), np.arange(16, 20)])
    np.testing.assert_allclose(long, end, atol=1e-6)
