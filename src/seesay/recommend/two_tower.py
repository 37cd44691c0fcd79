"""Two towers: the item tower, and a user tower over the items watched."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from seesay.recommend.base import FeatureSet
from seesay.recommend.dropout import Dropout
from seesay.recommend.neural import NeuralRecommender, NeuralSettings, SequenceModel, gelu
from seesay.recommend.sequences import Tokens


class TwoTowerSettings(NeuralSettings):
    """Settings of two-tower.

    Attributes:
        history: `mean` weighs the items of a history by their recency alone, with learned weights;
            `attention` by what they are too (additive attention, Yang et al. 2016).
        decay: how much weight an item loses for each later one, at the start of training.
        hidden: the width of the user tower's hidden layer.
    """

    history: Literal["mean", "attention"] = "mean"
    decay: float = Field(0.7, gt=0, le=1)
    hidden: int = Field(256, ge=1)


class _TwoTowerModel(SequenceModel):
    def __init__(self, features: FeatureSet, n_items: int, settings: TwoTowerSettings) -> None:
        super().__init__(features, n_items, settings)
        steps = torch.arange(settings.longest, dtype=torch.float32)
        self.distance = nn.Parameter(torch.log(torch.tensor(settings.decay)) * steps)
        self.appeal: nn.Sequential | None = None
        if settings.history == "attention":
            last = nn.Linear(settings.dim, 1, bias=False)
            nn.init.zeros_(last.weight)
            self.appeal = nn.Sequential(nn.Linear(settings.dim, settings.dim), nn.Tanh(), last)
        self.dropout = Dropout(settings.dropout)
        self.widen = nn.Linear(settings.dim, settings.hidden)
        self.narrow = nn.Linear(settings.hidden, settings.dim)
        nn.init.zeros_(self.narrow.weight)
        nn.init.zeros_(self.narrow.bias)

    def states(self, vectors: Tensor, tokens: Tokens) -> Tensor:
        padded = tokens.pad(self.dropout(vectors))
        longest = padded.shape[1]
        back = torch.arange(longest)[:, None] - torch.arange(longest)
        scores = self.distance[back.clamp(min=0)].masked_fill(back < 0, -torch.inf)
        if self.appeal is not None:
            scores = scores + self.appeal(padded * padded.shape[-1] ** 0.5).transpose(1, 2)
        means = functional.normalize(tokens.unpad(scores.exp() @ padded), dim=-1)
        hidden = gelu(self.widen(means * means.shape[-1] ** 0.5))
        return functional.normalize(means + self.narrow(self.dropout(hidden)), dim=-1)


class TwoTower(NeuralRecommender):
    """Covington et al. 2016 and Yi et al. 2019: towers that meet in a dot product.

    The user tower reads the history (a mean with learned weights by recency, then a residual
    hidden layer), so that it needs no user ID and works for users it has never seen.
    """

    Settings: ClassVar[type[TwoTowerSettings]] = TwoTowerSettings
    name = "two-tower"
    settings: TwoTowerSettings

    def build(self, features: FeatureSet, n_items: int) -> SequenceModel:
        """Return the untrained model; it ranks like content-knn on the same vectors."""
        return _TwoTowerModel(features, n_items, self.settings)
