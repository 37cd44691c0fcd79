"""Softmax cross-entropy over items: full, or over a shared sample corrected by log q."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

ROWS_AT_ONCE = 256


class _SoftmaxLoss(torch.autograd.Function):
    """Cross-entropy that never holds all logits at once.

    The gradients are computed beside the loss, block by block, while the logits are in cache
    (the idea of Wijmans et al. 2024, arXiv 2411.09009, without its kernels).
    """

    @staticmethod
    def forward(
        context: Any,
        users: Tensor,
        positives: Tensor,
        negatives: Tensor,
        log_weights: Tensor | float,
        excluded: tuple[Tensor, Tensor],
    ) -> Tensor:
        rows, columns = excluded
        starts = range(0, len(users), ROWS_AT_ONCE)
        edges = torch.searchsorted(rows, torch.tensor([*starts, len(users)])).tolist()
        hits = (users * positives).sum(1)
        users_grad = torch.empty_like(users)
        negatives_grad = torch.zeros_like(negatives)
        pulls = torch.empty_like(hits)
        total = 0.0
        buffer = users.new_empty(min(ROWS_AT_ONCE, len(users)), len(negatives))
        for start, low, high in zip(starts, edges[:-1], edges[1:], strict=True):
            block = slice(start, min(start + ROWS_AT_ONCE, len(users)))
            logits = buffer[: block.stop - start]
            torch.mm(users[block], negatives.T, out=logits)
            logits += log_weights
            logits[rows[low:high] - start, columns[low:high]] = -torch.inf
            normaliser = torch.logsumexp(logits, dim=1)
            margin = normaliser - hits[block]
            total += torch.nn.functional.softplus(margin).sum().item()
            pull = torch.sigmoid(margin)
            pulls[block] = pull
            weights = logits.sub_((normaliser - pull.log())[:, None]).exp_()
            torch.mm(weights, negatives, out=users_grad[block])
            negatives_grad.addmm_(weights.T, users[block])
        users_grad -= pulls[:, None] * positives
        context.save_for_backward(users_grad, -pulls[:, None] * users, negatives_grad)
        return users.new_tensor(total / len(users))

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        scale = gradients[0] / len(context.saved_tensors[0])
        return *(gradient * scale for gradient in context.saved_tensors), None, None


def softmax_loss(
    users: Tensor,
    positives: Tensor,
    negatives: Tensor,
    log_weights: Tensor | float,
    excluded: tuple[Tensor, Tensor],
) -> Tensor:
    """Return the mean of -log softmax of each positive among itself and the shared negatives.

    Args:
        users: [n, dim]; the logit of an item is the plain dot product.
        positives: [n, dim], the item that each row should choose.
        negatives: [m, dim], shared by all rows.
        log_weights: what each negative stands for, minus its log expected count in the sample
            (the log q correction); 0 where all items are there.
        excluded: row numbers in rising order and column numbers of the negatives that do not
            count for a row: its own target, and whatever else its user has seen.
    """
    return _SoftmaxLoss.apply(users, positives, negatives, log_weights, excluded)  # type: ignore[no-any-return, no-untyped-call]
