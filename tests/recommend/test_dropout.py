"""Dropout keeps the mean, drops the share asked for, and does nothing after training."""

import pytest
import torch

from seesay.recommend.dropout import Dropout


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_it_drops_the_share_and_keeps_the_mean(share: float) -> None:
    torch.manual_seed(0)
    dropped = Dropout(share)(torch.ones(1001, 201))
    values = dropped.unique().tolist()
    assert values == [0, pytest.approx(1 / (1 - share))]
    assert (dropped == 0).float().mean().item() == pytest.approx(share, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1, abs=0.01)


def test_each_call_draws_anew_and_the_seed_decides() -> None:
    dropout, values = Dropout(0.5), torch.ones(64)
    torch.manual_seed(3)
    first, second = dropout(values), dropout(values)
    torch.manual_seed(3)
    assert not torch.equal(first, second)
    assert torch.equal(dropout(values), first)


def test_no_value_is_tied_to_another() -> None:
    torch.manual_seed(0)
    dropped = (Dropout(0.5)(torch.ones(4000, 16)) == 0).double()
    between = torch.corrcoef(dropped.T) - torch.eye(16)
    assert between.abs().max() < 0.08


def test_the_gradient_goes_where_the_values_went() -> None:
    values = torch.ones(100, requires_grad=True)
    dropped = Dropout(0.5)(values)
    dropped.sum().backward()
    assert torch.equal(values.grad, dropped.detach())


def test_a_share_near_one_leaves_something() -> None:
    torch.manual_seed(0)
    assert Dropout(0.999)(torch.ones(100_000)).mean().item() == pytest.approx(1, abs=0.3)


def test_after_training_and_with_nothing_to_drop_it_does_nothing() -> None:
    values = torch.randn(10)
    assert Dropout(0.5).eval()(values) is values
    assert Dropout(0.0)(values) is values
    assert Dropout(0.5)(torch.empty(0, 3)).shape == (0, 3)
