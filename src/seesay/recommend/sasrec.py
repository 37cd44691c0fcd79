"""SASRec: self-attention over the history, every position predicts the next item."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from seesay.recommend.attention import AttentionBlock
from seesay.recommend.base import FeatureSet
from seesay.recommend.dropout import Dropout
from seesay.recommend.neural import NeuralRecommender, NeuralSettings, SequenceModel
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


class AttentionModel(SequenceModel):
    """Blocks of attention over the item vectors of a history."""

    causal: ClassVar[bool] = True

    def __init__(self, features: FeatureSet, n_items: int, settings: SASRecSettings) -> None:
        super().__init__(features, n_items, settings)
        self.blocks = nn.ModuleList(
            AttentionBlock(
                settings.dim,
                settings.heads,
                settings.longest,
                settings.dropout,
                settings.decay,
                causal=self.causal,
            )
            for _ in range(settings.layers)
        )
        self.dropout = Dropout(settings.dropout)
        self.scale = settings.dim**0.5

    def states(self, vectors: Tensor, tokens: Tokens) -> Tensor:
        """Return the user's vector at each token; see `SequenceModel`."""
        states = self.enter(vectors, tokens)
        for block in self.blocks:
            states = block(states, tokens)
        return functional.normalize(states, dim=-1)

    def enter(self, vectors: Tensor, tokens: Tokens) -> Tensor:
        """Return what the first block gets, [tokens, dim]."""
        entered: Tensor = self.dropout(vectors * self.scale)
        return entered


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
        return AttentionModel(features, n_items, self.settings)
