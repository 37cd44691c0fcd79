from __future__ import annotations

import numpy as np
import pytest
import torch

from recommend.worlds import checkerboard
from seesay.core.errors import SeesayError
from seesay.recommend.interactions import Interactions
from seesay.recommend.training import (
    adamw,
    check_trainable,
    train_batches,
    train_epochs,
    training_summary,
    users_a_batch,
    validation_ndcg,
)


class Counter(torch.nn.Module):
    """Its weight is the number of epochs that it was trained."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch = torch.nn.Parameter(torch.zeros(1))

    def step(self) -> float:
        with torch.no_grad():
            self.epoch += 1
        return 0.5


def trained(figures: list[float], patience: int = 2, has_validation: bool = True) -> Counter:
    model = Counter()
    coming = iter(figures)
    curve = train_epochs(
        "a x b", model, len(figures) - 1, patience, model.step, lambda: next(coming), has_validation
    )
    model.curve = curve
    return model


def test_the_best_epoch_is_kept_and_patience_ends_it_by_hand() -> None:
    model = trained([0.9, 0.1, 0.2, 0.3, 0.2, 0.1, 0.95])
    assert model.curve == [0.9, 0.1, 0.2, 0.3, 0.2, 0.1]
    assert model.epoch.item() == 0, "no epoch was better than the untrained model"
    model = trained([0.0, 0.1, 0.3, 0.2, 0.2, 0.9])
    assert model.curve == [0.0, 0.1, 0.3, 0.2, 0.2]
    assert model.epoch.item() == 2


def test_without_validation_the_last_epoch_is_kept() -> None:
    assert trained([0.0] * 4, has_validation=False).epoch.item() == 3
    summary = training_summary([0.0] * 4, Counter(), 1.5, False)
    assert summary == {
        "epochs": 3,
        "best_epoch": 3,
        "validation_ndcg@10": [],
        "seconds": 1.5,
        "parameters": 1,
    }


def test_a_loss_that_is_no_number_names_what_is_trained() -> None:
    with pytest.raises(SeesayError, match="a x b went astray in epoch 1"):
        train_epochs("a x b", Counter(), 3, 2, lambda: float("nan"), lambda: 0.0, True)


def test_a_log_of_single_items_is_refused() -> None:
    check_trainable(checkerboard()[0])
    with pytest.raises(SeesayError, match="two different items"):
        check_trainable(Interactions.from_histories([np.array([1]), np.array([2])], 40))


def test_the_figure_is_the_mean_gain_by_hand() -> None:
    class Constant:
        def score(self, histories: list[np.ndarray]) -> np.ndarray:
            return np.tile(np.arange(40, 0, -1, dtype=np.float32), (len(histories), 1))

    _, holdout = checkerboard()
    some = holdout.sample(2, 0)
    outside = [
        1 + sum(other not in history for other in range(target))
        for target, history in zip(some.targets, some.histories.histories(), strict=True)
    ]
    expected = np.mean([1 / np.log2(rank + 1) if rank <= 10 else 0 for rank in outside])
    assert validation_ndcg(Constant(), some) == pytest.approx(expected)
    assert validation_ndcg(Constant(), None) == 0


def test_a_step_for_each_batch_and_the_mean_of_their_losses() -> None:
    model = Counter().eval()
    optimiser = torch.optim.SGD(model.parameters(), 0.5)
    mean = train_batches(
        model, optimiser, [3.0, 1.0], lambda slope: (slope * model.epoch + 2).sum()
    )
    assert model.training
    assert model.epoch.item() == pytest.approx(-0.5 * (3 + 1))
    assert mean == pytest.approx(((3 * 0 + 2) + (1 * -1.5 + 2)) / 2)


def test_the_first_step_of_the_optimiser_is_as_long_as_the_learning_rate() -> None:
    model = Counter()
    train_batches(model, adamw(model, 0.25, 0.0), [None], lambda _: 7 * model.epoch.sum())
    assert model.epoch.item() == pytest.approx(-0.25, rel=1e-4)


def test_batches_are_smaller_where_there_would_be_too_few() -> None:
    train, _ = checkerboard(n_users=120)
    assert users_a_batch(train, 512, 16) == 7
    assert users_a_batch(train, 5, 16) == 5
    assert users_a_batch(train, 512, 1000) == 1
