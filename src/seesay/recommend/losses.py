"""Softmax cross-entropy over items: full, or over a shared sample corrected by log q."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

ROWS_AT_ONCE = 256


def fastest_precision() -> torch.dtype:
    """Return bfloat16 where this processor multiplies it natively (5 times faster), or float32."""
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32


def fast_products() -> AbstractContextManager[Any]:
    """Return a context in which large products are taken in the processor's fastest precision."""
    precision = fastest_precision()
    return torch.autocast("cpu", precision, enabled=precision != torch.float32)


class _SoftmaxLoss(torch.autograd.Function):
    """Cross-entropy that never holds all logits at once.

    The gradients are computed beside the loss, block by block, while the logits are in cache
    (the idea of Wijmans et al. 2024, arXiv 2411.09009, without its kernels). Every block is of one
    shape, the last filled up with zeros: oneDNN keeps memory for each shape that it has met.
    """

    @staticmethod
    def forward(
        context: Any,
        users: Tensor,
        positives: Tensor,
        negatives: Tensor,
        log_weight: float,
        excluded: tuple[Tensor, Tensor],
        precision: torch.dtype,
    ) -> Tensor:
        rows, columns = excluded
        count = len(users)
        filling = (0, 0, 0, -count % ROWS_AT_ONCE)
        users, positives = functional.pad(users, filling), functional.pad(positives, filling)
        starts = range(0, len(users), ROWS_AT_ONCE)
        edges = torch.searchsorted(rows, torch.tensor([*starts, len(users)])).tolist()
        hits = (users * positives).sum(1)
        users_grad = torch.empty_like(users)
        negatives_grad = torch.zeros_like(negatives)
        pulls = torch.empty_like(hits)
        total = 0.0
        table = negatives.to(precision)
        logits = table.new_empty(ROWS_AT_ONCE, len(negatives))
        for start, low, high in zip(starts, edges[:-1], edges[1:], strict=True):
            block = slice(start, start + ROWS_AT_ONCE)
            torch.mm(users[block].to(precision), table.T, out=logits)
            logits[rows[low:high] - start, columns[low:high]] = -torch.inf
            highest = logits.amax(dim=1, keepdim=True).clamp(min=-1e4)
            odds = logits.sub_(highest).exp_()
            sums = odds.sum(dim=1, dtype=torch.float32)
            margin = sums.log() + highest[:, 0].float() + log_weight - hits[block]
            total += functional.softplus(margin[: count - start]).sum().item()
            pull = torch.sigmoid(margin)
            pull[count - start :] = 0
            pulls[block] = pull
            share = (pull / sums.clamp(min=1e-30))[:, None]
            users_grad[block] = torch.mm(odds, table).float() * share
            negatives_grad += torch.mm(odds.T, (users[block] * share).to(precision))
        users_grad -= pulls[:, None] * positives
        positives_grad = -pulls[:, None] * users
        context.save_for_backward(users_grad[:count], positives_grad[:count], negatives_grad)
        return users.new_tensor(total / count)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        scale = gradients[0] / len(context.saved_tensors[0])
        return *(gradient * scale for gradient in context.saved_tensors), None, None, None


def softmax_loss(
    users: Tensor,
    positives: Tensor,
    negatives: Tensor,
    log_weight: float,
    excluded: tuple[Tensor, Tensor],
    precision: torch.dtype = torch.float32,
) -> Tensor:
    """Return the mean of -log softmax of each positive among itself and the shared negatives.

    Args:
        users: [n, dim]; the logit of an item is the plain dot product.
        positives: [n, dim], the item that each row should choose.
        negatives: [m, dim], shared by all rows.
        log_weight: minus the log of a negative's expected count in the sample (the log q
            correction of Bengio and Senecal 2008); 0 where all items are there.
        excluded: row numbers in rising order and column numbers of the negatives that do not
            count for a row: its own target, and whatever else its user has seen.
        precision: of the large products; the positives' logits and all sums stay float32.
    """
    return _SoftmaxLoss.apply(  # type: ignore[no-any-return, no-untyped-call]
        users, positives, negatives, log_weight, excluded, precision
    )
