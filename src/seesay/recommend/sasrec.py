"""SASRec: self-attention over the history, every position predicts the next item."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from seesay.recommend.base import FeatureSet
from seesay.recommend.neural import NeuralRecommender, NeuralSettings, SequenceModel, gelu
from seesay.recommend.sequences import Tokens


class SASRecSettings(NeuralSettings):
    """Settings of SASRec.

    Attributes:
        decay: how much attention an item loses a step at the start of training.
    """

    layers: int = Field(2, ge=1)
    heads: int = Field(2, ge=1)
    decay: float = Field(0.7, gt=0, le=1)

    @model_validator(mode="after")
    def _heads_share_dim(self) -> Self:
        if self.dim % self.heads:
            raise ValueError(f"dim is {self.dim}, which {self.heads} heads cannot share evenly")
        return self


class _Block(nn.Module):
    def __init__(self, settings: SASRecSettings) -> None:
        super().__init__()
        dim = settings.dim
        self.heads = settings.heads
        self.before_attention = nn.LayerNorm(dim)
        self.project = nn.Linear(dim, 3 * dim, bias=False)
        self.merge = nn.Linear(dim, dim, bias=False)
        self.before_feedforward = nn.LayerNorm(dim)
        self.widen = nn.Linear(dim, 4 * dim)
        self.narrow = nn.Linear(4 * dim, dim)
        self.dropout = nn.Dropout(settings.dropout)
        steps = torch.arange(settings.longest, dtype=torch.float32)
        slope = torch.log(torch.tensor(settings.decay))
        self.distance = nn.Parameter((slope * steps).repeat(settings.heads, 1))
        nn.init.zeros_(self.narrow.weight)
        nn.init.zeros_(self.merge.weight)

    def forward(self, states: Tensor, tokens: Tokens) -> Tensor:
        states = states + self.dropout(self._attend(self.before_attention(states), tokens))
        hidden = gelu(self.widen(self.before_feedforward(states)))
        result: Tensor = states + self.dropout(self.narrow(self.dropout(hidden)))
        return result

    def _attend(self, states: Tensor, tokens: Tokens) -> Tensor:
        # A causal mask keeps the padding, which comes after each history, out of sight.
        padded = tokens.pad(self.project(states))
        rows, longest, _ = padded.shape
        query, key, value = padded.view(rows, longest, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        back = torch.arange(longest)[:, None] - torch.arange(longest)
        bias = self.distance[:, back.clamp(min=0)].masked_fill(back < 0, -torch.inf)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        merged: Tensor = self.merge(tokens.unpad(mixed.transpose(1, 2).reshape(rows, longest, -1)))
        return merged


class _SASRecModel(SequenceModel):
    def __init__(self, features: FeatureSet, n_items: int, settings: SASRecSettings) -> None:
        super().__init__(features, n_items, settings)
        self.blocks = nn.ModuleList(_Block(settings) for _ in range(settings.layers))
        self.dropout = nn.Dropout(settings.dropout)
        self.scale = settings.dim**0.5

    def states(self, vectors: Tensor, tokens: Tokens) -> Tensor:
        states = self.dropout(vectors * self.scale)
        for block in self.blocks:
            states = block(states, tokens)
        return functional.normalize(states, dim=-1)


class SASRec(NeuralRecommender):
    """Kang and McAuley 2018 (arXiv 1808.09781), with a softmax over items for a loss.

    It departs from the paper in three ways, each for short histories: distances between items
    instead of absolute positions, user vectors of length one, no padding but in attention.
    """

    Settings: ClassVar[type[SASRecSettings]] = SASRecSettings
    name = "sasrec"
    settings: SASRecSettings

    def build(self, features: FeatureSet, n_items: int) -> SequenceModel:
        """Return the untrained model; it ranks items by nearness to the last one watched."""
        return _SASRecModel(features, n_items, self.settings)
