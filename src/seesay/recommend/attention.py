"""One block of self-attention over histories, looking back only or both ways."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from seesay.recommend.dropout import Dropout
from seesay.recommend.neural import gelu
from seesay.recommend.sequences import Tokens


class AttentionBlock(nn.Module):
    """Attention and a feed-forward layer, each added to what comes in (pre-norm).

    Where an item stands is told by a bias for its distance, learned from a start at which
    attention falls by `decay` a step. Both layers start at zero: an untrained block changes
    nothing.
    """

    def __init__(
        self, dim: int, heads: int, longest: int, dropout: float, decay: float, causal: bool
    ) -> None:
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.before_attention = nn.LayerNorm(dim)
        self.project = nn.Linear(dim, 3 * dim, bias=False)
        self.merge = nn.Linear(dim, dim, bias=False)
        self.before_feedforward = nn.LayerNorm(dim)
        self.widen = nn.Linear(dim, 4 * dim)
        self.narrow = nn.Linear(4 * dim, dim)
        self.dropout = Dropout(dropout)
        steps = torch.arange(longest, dtype=torch.float32)
        self.distance = nn.Parameter((torch.log(torch.tensor(decay)) * steps).repeat(heads, 1))
        self.ahead = None if causal else nn.Parameter(self.distance.detach().clone())
        nn.init.zeros_(self.narrow.weight)
        nn.init.zeros_(self.narrow.bias)
        nn.init.zeros_(self.merge.weight)

    def forward(self, states: Tensor, tokens: Tokens) -> Tensor:
        """Return the states after the block, [tokens, dim]."""
        states = states + self.dropout(self._attend(self.before_attention(states), tokens))
        hidden = gelu(self.widen(self.before_feedforward(states)))
        result: Tensor = states + self.dropout(self.narrow(self.dropout(hidden)))
        return result

    def _attend(self, states: Tensor, tokens: Tokens) -> Tensor:
        padded = tokens.pad(self.project(states))
        rows, longest, _ = padded.shape
        query, key, value = padded.view(rows, longest, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        bias = self._bias(longest, tokens.lengths)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        merged: Tensor = self.merge(tokens.unpad(mixed.transpose(1, 2).reshape(rows, longest, -1)))
        return merged

    def _bias(self, longest: int, lengths: Tensor) -> Tensor:
        back = torch.arange(longest)[:, None] - torch.arange(longest)
        bias = self.distance[:, back.clamp(min=0)]
        if self.ahead is None:
            # The padding comes after each history, so that looking back does not see it.
            return bias.masked_fill(back < 0, -torch.inf)
        bias = torch.where(back < 0, self.ahead[:, (-back).clamp(min=0)], bias)
        beyond = torch.arange(longest) >= lengths[:, None]
        return bias + torch.zeros(beyond.shape).masked_fill(beyond, -torch.inf)[:, None, None]
