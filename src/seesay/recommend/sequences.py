"""Batches of histories as flat tokens; padding only where attention needs a rectangle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seesay.recommend.interactions import Interactions


@dataclass(frozen=True)
class Tokens:
    """The items of some histories, one after another.

    Attributes:
        items: int64 [tokens].
        rows: the history of each token; rising.
        columns: the place of each token in its history, from 0.
        lengths: int64 [histories].
    """

    items: Tensor
    rows: Tensor
    columns: Tensor
    lengths: Tensor

    @classmethod
    def from_histories(cls, histories: Sequence[np.ndarray], longest: int) -> Tokens:
        """Flatten histories, keeping the last `longest` items of each."""
        kept = [history[-longest:] for history in histories]
        lengths = torch.tensor([len(history) for history in kept])
        items = torch.from_numpy(np.concatenate([*kept, np.empty(0, np.int32)]).astype(np.int64))
        rows = torch.repeat_interleave(lengths)
        starts = torch.cumsum(lengths, 0) - lengths
        return cls(items, rows, torch.arange(len(items)) - starts[rows], lengths)

    def pad(self, values: Tensor) -> Tensor:
        """Lay values [tokens, dim] out as [histories, longest, dim], zeros after each end."""
        longest = int(self.lengths.max()) if len(self.lengths) else 0
        padded = values.new_zeros(len(self.lengths), longest, values.shape[-1])
        return padded.index_put((self.rows, self.columns), values)

    def unpad(self, padded: Tensor) -> Tensor:
        """Take the tokens' values [tokens, dim] out of [histories, longest, dim]."""
        return padded[self.rows, self.columns]

    def last(self) -> Tensor:
        """Return the token number of each history's last item."""
        return torch.cumsum(self.lengths, 0) - 1


@dataclass(frozen=True)
class TrainingBatch:
    """Inputs, and the items to be guessed from them.

    Attributes:
        tokens: what the model reads; an item of -1 is a gap.
        targets: int64 [targets], the right answers.
        excluded: the pairs (number of the target, item) that a negative must not be: the target,
            what the user went on to watch and, where asked for, what the user had watched.
        asked: the token at which each target is to be guessed; None where it is every token.
    """

    tokens: Tokens
    targets: Tensor
    excluded: tuple[Tensor, Tensor]
    asked: Tensor | None = None


def training_batches(
    train: Interactions, longest: int, size: int, mask_history: bool, random: np.random.Generator
) -> Iterator[TrainingBatch]:
    """Yield batches of `size` histories in random order, each history once.

    The tokens are each history without its last item, and the targets what followed each of them.
    A history longer than `longest` + 1 is used from its end; one of a single item is left out.
    """
    lengths = np.diff(train.offsets)
    users = random.permutation(np.flatnonzero(lengths >= 2))
    for start in range(0, len(users), size):
        whole = [train.history(user) for user in users[start : start + size]]
        tokens = Tokens.from_histories([history[:-1] for history in whole], longest)
        targets = Tokens.from_histories([history[1:] for history in whole], longest).items
        yield TrainingBatch(tokens, targets, _excluded(tokens, whole, mask_history))


def _excluded(
    tokens: Tokens, whole: Sequence[np.ndarray], mask_history: bool
) -> tuple[Tensor, Tensor]:
    lengths = torch.tensor([len(history) for history in whole])
    ends = torch.cumsum(lengths, 0)
    everything = torch.from_numpy(np.concatenate(whole).astype(np.int64))
    after = tokens.lengths[tokens.rows] - tokens.columns
    counts = lengths[tokens.rows] if mask_history else after
    token = torch.repeat_interleave(counts)
    left = torch.cumsum(counts, 0)[token] - torch.arange(len(token))
    return token, everything[ends[tokens.rows][token] - left]
