"""BERT4Rec: self-attention both ways; items are taken out of the history and guessed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from seesay.recommend.base import FeatureSet
from seesay.recommend.interactions import Interactions
from seesay.recommend.neural import SequenceModel
from seesay.recommend.sasrec import AttentionModel, SASRec, SASRecSettings
from seesay.recommend.sequences import Tokens, TrainingBatch

GAP = -1


class BERT4RecSettings(SASRecSettings):
    """Settings of BERT4Rec.

    Attributes:
        gap_share: how many of a history's items are taken out.
        last_share: in how many histories it is the last item alone, as when recommending.
        patience: training stops after this many epochs without a better validation nDCG@10; more
            than elsewhere, since an epoch guesses fewer items here.
    """

    patience: int = Field(3, ge=1)
    gap_share: float = Field(0.4, gt=0, lt=1)
    last_share: float = Field(0.3, ge=0, le=1)


class _BERT4RecModel(AttentionModel):
    causal = False

    def __init__(self, features: FeatureSet, n_items: int, settings: BERT4RecSettings) -> None:
        super().__init__(features, n_items, settings)
        self.gap = nn.Parameter(torch.zeros(settings.dim))

    def enter(self, vectors: Tensor, tokens: Tokens) -> Tensor:
        """Return what the first block gets: for a gap, the item shown before it, and a mark."""
        is_gap = tokens.items == GAP
        number = torch.arange(len(is_gap))
        shown = torch.where(is_gap, -1, number).cummax(0).values
        nothing = shown < number - tokens.columns
        before = vectors[shown.clamp(min=0)].masked_fill(nothing[:, None], 0)
        return super().enter(before, tokens) + is_gap[:, None] * self.gap


class BERT4Rec(SASRec):
    """Sun et al. 2019 (arXiv 1904.06690), with a softmax over items for a loss.

    Its blocks are those of `sasrec`, looking both ways. A gap enters as the item before it: as in
    the others, the untrained model ranks by nearness to the last item watched.
    """

    Settings: ClassVar[type[BERT4RecSettings]] = BERT4RecSettings
    name = "bert4rec"
    version = 4
    settings: BERT4RecSettings

    def build(self, features: FeatureSet, n_items: int) -> SequenceModel:
        """Return the untrained model."""
        return _BERT4RecModel(features, n_items, self.settings)

    def question(self, history: np.ndarray) -> np.ndarray:
        """Return the history with a gap behind it."""
        return np.append(history, np.int32(GAP))

    def batches(
        self, train: Interactions, size: int, random: np.random.Generator
    ) -> Iterator[TrainingBatch]:
        """Yield histories with gaps."""
        settings = self.settings
        users = random.permutation(np.flatnonzero(np.diff(train.offsets) >= 2))
        for start in range(0, len(users), size):
            whole = [
                train.history(user)[-settings.longest :] for user in users[start : start + size]
            ]
            yield _with_gaps(whole, settings, random)


def _with_gaps(
    whole: list[np.ndarray], settings: BERT4RecSettings, random: np.random.Generator
) -> TrainingBatch:
    """Take items out of histories; what comes after a gap is no negative of it."""
    tokens = Tokens.from_histories(whole, settings.longest)
    last = tokens.last()
    gaps = torch.from_numpy(random.random(len(tokens.items)) < settings.gap_share)
    only_last = torch.from_numpy(random.random(len(whole)) < settings.last_share)
    only_last |= torch.bincount(tokens.rows, gaps.long(), len(whole)) == 0
    gaps[only_last[tokens.rows]] = False
    gaps[last[only_last]] = True
    asked = gaps.nonzero()[:, 0]
    first = asked - tokens.columns[asked] if settings.mask_history else asked
    counts = last[tokens.rows[asked]] + 1 - first
    number = torch.repeat_interleave(counts)
    within = torch.arange(len(number)) - (torch.cumsum(counts, 0) - counts)[number]
    shown = Tokens(tokens.items.masked_fill(gaps, GAP), tokens.rows, tokens.columns, tokens.lengths)
    excluded = (number, tokens.items[first[number] + within])
    return TrainingBatch(shown, tokens.items[asked], excluded, asked)
