"""What every trained recommender does alike: epochs until the validation nDCG@10 stops rising."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from seesay.core.errors import SeesayError
from seesay.core.progress import Pulse
from seesay.core.settings import Section
from seesay.recommend.base import Recommender
from seesay.recommend.interactions import Holdout, Interactions
from seesay.recommend.ranking import ndcg, target_ranks

Batch = TypeVar("Batch")


class TrainingSettings(Section):
    """Settings of everything that is trained by epochs.

    Attributes:
        temperature: the user's vector has length one over it; learned from this start.
        least_steps: batches are made smaller where an epoch would have fewer than this.
        patience: training stops after this many epochs without a better validation nDCG@10 than
            any epoch before; the untrained model's does not count, since the first steps leave a
            good geometry before they find a better one.
        kept_content: how much of the untrained content's cosine is added to the score after
            training; None lets the validation items choose out of `kept_content.WEIGHTS`.
        kept_decay: how much weight an item of the history loses there for each later one.
    """

    dim: int = Field(128, ge=1)
    longest: int = Field(50, ge=1)
    dropout: float = Field(0.3, ge=0, lt=1)
    temperature: float = Field(0.06, gt=0)
    learning_rate: float = Field(3e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    batch_users: int = Field(512, ge=1)
    least_steps: int = Field(16, ge=1)
    epochs: int = Field(60, ge=1)
    patience: int = Field(2, ge=1)
    kept_content: float | None = Field(None, ge=0)
    kept_decay: float = Field(0.7, gt=0, le=1)
    seed: int = Field(0, ge=0)


def check_trainable(train: Interactions) -> None:
    """Refuse a log from which nothing can be learned.

    Raises:
        SeesayError: nobody watched two items, or all watched the same one.
    """
    if np.diff(train.offsets).max(initial=0) < 2 or np.ptp(train.items) == 0:
        raise SeesayError(
            "Nobody in the training part of the log watched two different items.",
            "Add interactions, or lower min_interactions in seesay.toml.",
        )


def validation_ndcg(recommender: Recommender, validation: Holdout | None) -> float:
    """Return the mean nDCG@10, or 0 where nothing is held out."""
    if validation is None:
        return 0.0
    return float(ndcg(target_ranks(recommender, validation), 10).mean())


def adamw(model: nn.Module, learning_rate: float, weight_decay: float) -> torch.optim.AdamW:
    """Return the optimiser of all of a model's weights, in one pass over them a step."""
    return torch.optim.AdamW(
        model.parameters(), learning_rate, weight_decay=weight_decay, fused=True
    )


def users_a_batch(train: Interactions, batch_users: int, least_steps: int) -> int:
    """Return how many histories a batch has: fewer where an epoch would have too few steps."""
    return min(batch_users, max(1, train.n_users // least_steps))


def train_batches(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    batches: Iterable[Batch],
    loss_of: Callable[[Batch], Tensor],
) -> float:
    """Take a step for each batch; return the mean loss."""
    model.train()
    losses = []
    for batch in batches:
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(loss.item())
    return float(np.mean(losses))


def train_epochs(
    label: str,
    model: nn.Module,
    epochs: int,
    patience: int,
    run_epoch: Callable[[], float],
    validate: Callable[[], float],
    has_validation: bool,
) -> list[float]:
    """Train, and leave the weights of the best epoch, or of the last without a validation.

    Args:
        label: what is trained on what, such as `sasrec x id`.
        patience: how many epochs without a better figure than any epoch before end it.
        run_epoch: runs one epoch and returns its mean loss.
        validate: takes the weights as they are and returns the figure.

    Returns:
        The figures, from the untrained model's on.

    Raises:
        SeesayError: a loss is no number.
    """
    best = {name: value.clone() for name, value in model.state_dict().items()}
    curve = [validate()]
    tell, start = Pulse(), time.monotonic()
    for epoch in range(1, epochs + 1):
        loss = run_epoch()
        if not np.isfinite(loss):
            raise SeesayError(
                f"Training of {label} went astray in epoch {epoch}: its loss is {loss}.",
                "Lower learning_rate in seesay.toml.",
            )
        curve.append(validate())
        tell(
            f"{label}: epoch {epoch} of at most {epochs}, "
            f"{(time.monotonic() - start) / epoch:.1f} s each, loss {loss:.4f}, "
            f"validation nDCG@10 {curve[-1]:.4f}"
        )
        if not has_validation or curve[-1] > max(curve[:-1]):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        elif epoch - 1 - int(np.argmax(curve[1:])) >= patience:
            break
    model.load_state_dict(best)
    return curve


def training_summary(
    curve: list[float], model: nn.Module, seconds: float, has_validation: bool
) -> dict[str, Any]:
    """Return epochs, the best of them, the validation curve, seconds, and parameters."""
    return {
        "epochs": len(curve) - 1,
        "best_epoch": int(np.argmax(curve)) if has_validation else len(curve) - 1,
        "validation_ndcg@10": curve if has_validation else [],
        "seconds": seconds,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
    }
