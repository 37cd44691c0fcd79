"""GRU4Rec: a recurrent network over the history, every step predicts the next item."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from seesay.recommend.base import FeatureSet
from seesay.recommend.dropout import Dropout
from seesay.recommend.neural import NeuralRecommender, NeuralSettings, SequenceModel
from seesay.recommend.sequences import Tokens


class GRU4RecSettings(NeuralSettings):
    """Settings of GRU4Rec.

    Attributes:
        hidden: the width of the recurrent state.
    """

    layers: int = Field(1, ge=1)
    hidden: int = Field(256, ge=1)


class _GRU4RecModel(SequenceModel):
    def __init__(self, features: FeatureSet, n_items: int, settings: GRU4RecSettings) -> None:
        super().__init__(features, n_items, settings)
        self.recur = nn.GRU(settings.dim, settings.hidden, settings.layers, batch_first=True)
        self.narrow = nn.Linear(settings.hidden, settings.dim)
        self.dropout = Dropout(settings.dropout)
        self.scale = settings.dim**0.5
        nn.init.zeros_(self.narrow.weight)
        nn.init.zeros_(self.narrow.bias)

    def states(self, vectors: Tensor, tokens: Tokens) -> Tensor:
        inputs = self.dropout(vectors * self.scale)
        # The padding comes after each history: what is read before does not know of it.
        remembered, _ = self.recur(tokens.pad(inputs))
        change = self.narrow(self.dropout(tokens.unpad(remembered)))
        return functional.normalize(inputs + change, dim=-1)


class GRU4Rec(NeuralRecommender):
    """Hidasi et al. 2016 (arXiv 1511.06939), with a softmax over items for a loss.

    The network's output is added to the last item's vector: untrained, it ranks by nearness to
    that.
    """

    Settings: ClassVar[type[GRU4RecSettings]] = GRU4RecSettings
    name = "gru4rec"
    settings: GRU4RecSettings

    def build(self, features: FeatureSet, n_items: int) -> SequenceModel:
        """Return the untrained model; it ranks items by nearness to the last one watched."""
        return _GRU4RecModel(features, n_items, self.settings)
