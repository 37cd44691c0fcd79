from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from seesay.recommend import losses
from seesay.recommend.losses import softmax_loss

NOTHING = (torch.empty(0, dtype=torch.int64), torch.empty(0, dtype=torch.int64))


def test_by_hand() -> None:
    # One user (1, 0); the positive scores 1; the negatives score 0 and 2.
    users = torch.tensor([[1.0, 0.0]])
    negatives = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    loss = softmax_loss(users, torch.tensor([[1.0, 0.0]]), negatives, 0.0, NOTHING)
    expected = -math.log(math.e / (math.e + 1 + math.e**2))
    assert loss.item() == pytest.approx(expected, abs=1e-6)


def test_a_log_weight_counts_a_negative_several_times() -> None:
    users, positive = torch.tensor([[1.0]]), torch.tensor([[1.0]])
    loss = softmax_loss(users, positive, torch.tensor([[0.0]]), math.log(3), NOTHING)
    assert loss.item() == pytest.approx(-math.log(math.e / (math.e + 3)), abs=1e-6)


def test_an_excluded_negative_does_not_count() -> None:
    users, positive = torch.tensor([[1.0]]), torch.tensor([[1.0]])
    excluded = (torch.tensor([0]), torch.tensor([1]))
    loss = softmax_loss(users, positive, torch.tensor([[0.0], [5.0]]), 0.0, excluded)
    assert loss.item() == pytest.approx(-math.log(math.e / (math.e + 1)), abs=1e-6)


@pytest.mark.parametrize("rows_at_once", [4, 1000])
def test_loss_and_gradients_equal_the_full_softmax_of_torch(
    monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    monkeypatch.setattr(losses, "ROWS_AT_ONCE", rows_at_once)
    torch.manual_seed(0)
    users = torch.randn(11, 5, requires_grad=True)
    items = torch.randn(30, 5, requires_grad=True)
    targets = torch.randint(30, (11,))
    excluded = (torch.arange(11), targets)
    loss = softmax_loss(users, items[targets], items, 0.0, excluded)
    ours = torch.autograd.grad(3 * loss, [users, items])
    reference = functional.cross_entropy(users @ items.T, targets)
    theirs = torch.autograd.grad(3 * reference, [users, items])
    assert loss.item() == pytest.approx(reference.item(), abs=1e-5)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


def test_the_sampled_normaliser_is_right_on_average() -> None:
    # With log q correction, the expectation of the sampled sum is the full sum.
    torch.manual_seed(0)
    users, items = torch.randn(1, 4), torch.randn(40, 4) * 0.3
    sums = []
    for _ in range(3000):
        sample = torch.randperm(40)[:10]
        loss = softmax_loss(users, items[:1], items[sample], math.log(40 / 10), NOTHING)
        hit = (users @ items[0]).item()
        sums.append(math.exp(loss.item() + hit) - math.exp(hit))
    full = (users @ items.T).exp().sum().item()
    assert sum(sums) / len(sums) == pytest.approx(full, rel=0.01)
