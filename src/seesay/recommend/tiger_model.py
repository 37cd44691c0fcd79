"""The network of tiger: a transformer over the tokens of a history, and a vector a trie node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from seesay.recommend.attention import AttentionBlock
from seesay.recommend.dropout import Dropout
from seesay.recommend.neural import gelu
from seesay.recommend.sequences import Tokens
from seesay.recommend.training import TrainingSettings
from seesay.recommend.trie import Level


class TigerSettings(TrainingSettings):
    """Settings of tiger.

    Attributes:
        dim: of token embeddings, and of the vectors that are quantised.
        quantiser: `kmeans` quantises what the levels above leave by k-means; `rqvae` trains a
            network whose latent is quantised so.
        codes: of each level; fewer where there are not four items for each, so that codes are
            shared.
        levels: how many codes an item has, before the token that tells apart items of equal codes.
        whitening: see `geometry.Whitening`.
        quantiser_epochs: of the training of `rqvae`.
        flatten: whether attention is over all tokens of the history, as in the paper; else over one
            an item, the sum of its tokens, which is much faster.
        hidden: the width of the layer that makes a node's vector of its tokens.
        decay: how much attention an item loses for each later one at the start of training.
        beam: how many prefixes `Tiger.recommend` keeps a level, at least; commands score exactly.
        validation_users: on how many users, drawn by the seed, the validation nDCG@10 is taken.
    """

    quantiser: Literal["kmeans", "rqvae"] = "kmeans"
    codes: int = Field(256, ge=2)
    levels: int = Field(3, ge=1)
    whitening: float = Field(0.5, ge=0, le=1)
    quantiser_epochs: int = Field(60, ge=1)
    flatten: bool = False
    layers: int = Field(2, ge=1)
    heads: int = Field(2, ge=1)
    hidden: int = Field(256, ge=1)
    dropout: float = Field(0.2, ge=0, lt=1)
    decay: float = Field(0.7, gt=0, le=1)
    beam: int = Field(50, ge=1)
    learning_rate: float = Field(1e-3, gt=0)
    patience: int = Field(3, ge=1)
    validation_users: int = Field(10_000, ge=1)

    @model_validator(mode="after")
    def _heads_share_dim(self) -> Self:
        if self.dim % self.heads:
            raise ValueError(f"dim is {self.dim}, which {self.heads} heads cannot share evenly")
        return self


class TigerModel(nn.Module):
    """Reads histories as tokens, and guesses the next item's token by token.

    A token's vector is the sum of the embeddings of its item's ID up to it, so that an item's last
    token carries what is known of it. The embeddings start as the codes themselves, and all layers
    as the identity: untrained, it ranks by the likeness of the quantised vectors to the last item.

    The guess of a token is a dot product of the user's state with the vector of a node of the
    trie, which is made of the whole prefix but not of the user. That is what makes it possible to
    score every item exactly.
    """

    def __init__(
        self, codebooks: Sequence[np.ndarray], numbers: int, settings: TigerSettings
    ) -> None:
        super().__init__()
        depth, dim = len(codebooks) + 1, settings.dim
        self.depth = depth
        self.steps = depth if settings.flatten else 1
        self.sizes = [*(len(table) for table in codebooks), numbers]
        self.scale = dim**0.5
        self.embeddings = nn.ModuleList(_starting_at(table, dim) for table in codebooks)
        self.embeddings.append(nn.Embedding(numbers, dim, _weight=_small(numbers, dim)))
        self.place = nn.Parameter(torch.zeros(depth, dim))
        self.blocks = nn.ModuleList(
            AttentionBlock(
                dim,
                settings.heads,
                settings.longest * self.steps,
                settings.dropout,
                settings.decay ** (1 / self.steps),
                causal=True,
            )
            for _ in range(settings.layers)
        )
        self.dropout = Dropout(settings.dropout)
        self.heads = nn.ModuleList(_linear(torch.eye(dim)) for _ in range(depth))
        self.widen = nn.ModuleList(nn.Linear(dim, settings.hidden) for _ in range(depth))
        self.narrow = nn.ModuleList(
            _linear(torch.zeros(dim, settings.hidden)) for _ in range(depth)
        )
        self.log_scale = nn.Parameter(torch.full((depth,), -float(np.log(settings.temperature))))

    def summed(self, paths: Tensor) -> Tensor:
        """Return the sums of the embeddings up to each token of [n, tokens]: [n, tokens, dim].

        A last token that came after training has no embedding; the last one stands in for it.
        """
        vectors = [
            self.embeddings[level](paths[:, level].clamp(max=self.sizes[level] - 1))
            for level in range(paths.shape[1])
        ]
        return torch.stack(vectors, dim=1).cumsum(dim=1)

    def states(self, ids: Tensor, tokens: Tokens) -> list[Tensor]:
        """Return what is asked of the trie after each item of some histories, a level at a time.

        Args:
            ids: [items of the histories, depth], their IDs.
            tokens: where each item stands.

        Returns:
            For each level [items of the histories, dim].
        """
        summed = (self.summed(ids) + self.place)[:, -self.steps :]
        states = self.dropout(summed * self.scale).flatten(0, 1)
        flat = _flat(tokens, self.steps)
        for block in self.blocks:
            states = block(states, flat)
        last = functional.normalize(states.view(len(ids), self.steps, -1)[:, -1], dim=-1)
        scales = self.log_scale.exp()
        return [head(last) * scale for head, scale in zip(self.heads, scales, strict=True)]

    def nodes(self, paths: Tensor) -> Tensor:
        """Return the vectors of nodes by their paths [nodes, depth so far]: [nodes, dim]."""
        level = paths.shape[1] - 1
        summed: Tensor = self.summed(paths)[:, -1]
        hidden = gelu(self.widen[level](summed * self.scale))
        change: Tensor = self.narrow[level](hidden)
        return summed + change


def _starting_at(table: np.ndarray, dim: int) -> nn.Embedding:
    """Return embeddings that are the rows of a table, with zeros behind them."""
    rows = torch.from_numpy(table)
    return nn.Embedding(len(rows), dim, _weight=functional.pad(rows, (0, dim - rows.shape[1])))


def _small(count: int, dim: int) -> Tensor:
    return torch.empty(count, dim).normal_(std=0.08 * dim**-0.5)


def _linear(weight: Tensor) -> nn.Linear:
    """Return a linear layer that starts with a weight and no bias."""
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.zero_()
    return layer


def _flat(tokens: Tokens, steps: int) -> Tokens:
    """Return `steps` tokens in the place of each that is an item."""
    return Tokens(
        torch.repeat_interleave(tokens.items, steps),
        torch.repeat_interleave(tokens.rows, steps),
        (tokens.columns[:, None] * steps + torch.arange(steps)).flatten(),
        tokens.lengths * steps,
    )


def _ragged(lengths: Tensor) -> Tokens:
    """Return where things stand that come in runs of these lengths."""
    rows = torch.repeat_interleave(lengths)
    columns = torch.arange(len(rows)) - (torch.cumsum(lengths, 0) - lengths)[rows]
    return Tokens(torch.zeros_like(rows), rows, columns, lengths)


def sibling_loss(model: TigerModel, level: Level, states: Tensor, targets: Tensor) -> Tensor:
    """Return the sum of -log softmax of each target among its siblings.

    Targets are laid out by their parents, whose children's vectors are computed once.

    Args:
        states: [n, dim], what is asked at this level.
        targets: int64 [n], the node that each should choose; -1 counts for nothing.
    """
    parents = torch.from_numpy(level.parents)
    counts = torch.from_numpy(level.siblings)
    asked = (targets >= 0).nonzero()[:, 0]
    asked = asked[counts[parents[targets[asked]]] > 1]
    if not len(asked):
        return states.new_zeros(())
    first = torch.from_numpy(level.first)
    above, group = torch.unique(parents[targets[asked]], return_inverse=True)
    order = torch.argsort(group, stable=True)
    asked, group = asked[order], group[order]
    rows = _ragged(torch.bincount(group))
    columns = _ragged(counts[above])
    nodes = first[above][columns.rows] + columns.columns
    vectors = columns.pad(model.nodes(torch.from_numpy(level.paths)[nodes]))
    logits = rows.unpad(rows.pad(states[asked]) @ vectors.transpose(1, 2)).float()
    beyond = torch.arange(logits.shape[1]) >= counts[above][group][:, None]
    answers = targets[asked] - first[above][group]
    return functional.cross_entropy(
        logits.masked_fill(beyond, -torch.inf), answers, reduction="sum"
    )
