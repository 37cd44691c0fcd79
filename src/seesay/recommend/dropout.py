"""Dropout with a byte of randomness a value: torch's draws a whole number each, one by one."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    """Sets a share of the values to zero in training, and scales the others up to the same mean.

    Srivastava et al. 2014. The share is rounded to 256ths. The randomness is torch's, so
    `torch.manual_seed` decides it.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.dropped = min(255, round(256 * share))

    def forward(self, values: Tensor) -> Tensor:
        """Return values of the same shape."""
        if not self.training or not self.dropped:
            return values
        count = values.numel()
        noise = torch.empty(-(-count // 8), dtype=torch.int64).random_(-(2**63), None)
        kept = noise.view(torch.uint8)[:count].view(values.shape) >= self.dropped
        return values * kept.to(values.dtype).mul_(256 / (256 - self.dropped))
