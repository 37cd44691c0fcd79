from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from recommend.worlds import checkerboard, features, turn_axes
from seesay.core.errors import SeesayError
from seesay.recommend.interactions import Interactions
from seesay.recommend.sasrec import SASRec, SASRecSettings
from seesay.recommend.training import validation_ndcg
from seesay.recommend.two_tower import TwoTower, TwoTowerSettings

SMALL = {"dim": 8, "learning_rate": 0.01, "batch_users": 32, "least_steps": 1}


def test_it_stops_after_patience_and_keeps_the_best_epoch() -> None:
    train, holdout = checkerboard()
    model = TwoTower(TwoTowerSettings(**SMALL, epochs=60, patience=2))
    summary = model.fit(train, features("id"), holdout).summary()
    curve = summary["validation_ndcg@10"]
    assert summary["epochs"] < 60
    assert summary["epochs"] - summary["best_epoch"] == 2
    assert curve[summary["best_epoch"]] == max(curve)
    assert validation_ndcg(model, holdout) == pytest.approx(max(curve))


def test_without_validation_it_trains_to_the_end() -> None:
    train, _ = checkerboard()
    model = TwoTower(TwoTowerSettings(**SMALL, epochs=3)).fit(train, features("id"))
    assert model.summary()["epochs"] == model.summary()["best_epoch"] == 3


@pytest.mark.parametrize("negatives", [0, 20])
def test_full_and_sampled_softmax_both_learn(negatives: int) -> None:
    train, holdout = checkerboard()
    settings = TwoTowerSettings(**SMALL, epochs=15, patience=15, negatives=negatives)
    curve = TwoTower(settings).fit(train, features("id"), holdout).summary()["validation_ndcg@10"]
    assert max(curve) > 1.3 * curve[0]


def test_a_loss_that_is_not_a_number_says_what_to_do() -> None:
    train, holdout = checkerboard()
    settings = SASRecSettings(dim=8, learning_rate=1e30, epochs=5)
    with pytest.raises(SeesayError, match="learning_rate"):
        SASRec(settings).fit(train, features("id"), holdout)


def test_an_empty_history_gives_zeros() -> None:
    train, holdout = checkerboard()
    model = SASRec(SASRecSettings(dim=8, epochs=1)).fit(train, features("id"), holdout)
    assert not model.user_vectors([np.empty(0, np.int32)]).any()


def test_batches_are_made_smaller_so_that_a_small_log_has_the_least_steps() -> None:
    train, holdout = checkerboard()
    whole = TwoTowerSettings(dim=8, epochs=1, least_steps=1)
    split = whole.model_copy(update={"least_steps": 40})
    curves = [
        TwoTower(settings).fit(train, features("id"), holdout).summary()["validation_ndcg@10"]
        for settings in (whole, split)
    ]
    assert curves[0][0] == curves[1][0]
    assert curves[1][1] > curves[0][1]


def test_a_log_in_which_nobody_watched_two_items_says_so() -> None:
    train = Interactions.from_histories([np.array([1]), np.array([2])], 40)
    with pytest.raises(SeesayError, match="two different items"):
        TwoTower(TwoTowerSettings(**SMALL)).fit(train, features("id"))


@pytest.mark.parametrize("negatives", [0, 8])
def test_an_item_that_nobody_could_watch_is_never_a_negative(negatives: int) -> None:
    train, _ = checkerboard()
    wider = Interactions(train.items, train.offsets, 50)
    settings = TwoTowerSettings(**SMALL, epochs=2, negatives=negatives)
    model = TwoTower(settings)
    torch.manual_seed(settings.seed)
    before = model.build(features("id"), 50).items.identity
    model.fit(wider, features("id"), None)
    assert before is not None
    after = model._trained().items.identity
    assert after is not None
    assert torch.equal(before.weight[40:], after.weight[40:])
    assert not torch.equal(before.weight[:40], after.weight[:40])


def test_another_processors_axes_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, holdout = checkerboard()
    model = TwoTower(TwoTowerSettings(**SMALL, epochs=2)).fit(train, features("id+look"), holdout)
    model.save(tmp_path)
    turn_axes(monkeypatch)
    again = TwoTower(model.settings).load(tmp_path, features("id+look"))
    asked = train.histories()[:9]
    np.testing.assert_allclose(again.score(asked), model.score(asked), atol=1e-5)
    new = {"look": np.random.default_rng(1).normal(size=(3, 8)).astype(np.float32)}
    grown = again.with_items(new).score(asked)
    np.testing.assert_allclose(grown, model.with_items(new).score(asked), atol=1e-5)


def test_a_second_fit_knows_nothing_of_the_first() -> None:
    train, holdout = checkerboard()
    settings = TwoTowerSettings(**SMALL, epochs=1, kept_content=1.0)
    again = TwoTower(settings).fit(train, features("id+look"), holdout)
    again.fit(train, features("id"), holdout)
    once = TwoTower(settings).fit(train, features("id"), holdout)
    asked = train.histories()[:9]
    np.testing.assert_array_equal(again.score(asked), once.score(asked))
    assert again.summary()["kept_content"] == 0


def test_a_sample_of_the_negatives_stands_for_all_of_them() -> None:
    train, _ = checkerboard()
    sets = [TwoTowerSettings(**SMALL, epochs=1, dropout=0, negatives=few) for few in (0, 16)]
    whole, sampled = (TwoTower(settings).fit(train, features("id")) for settings in sets)
    model, offered = whole._trained().eval(), torch.arange(train.n_items)
    batch = next(whole.batches(train, 1000, np.random.default_rng(0)))
    random = np.random.default_rng(0)
    with torch.no_grad():
        full = whole._loss(model, batch, offered, random).item()
        drawn = [sampled._loss(model, batch, offered, random).item() for _ in range(200)]
    # Without log q, 16 of 40 negatives lack log(40 / 16) = 0.9; the wrong way round, twice that.
    assert np.mean(drawn) == pytest.approx(full, abs=0.15)
