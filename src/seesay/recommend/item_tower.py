"""The item side of every neural recommender: an ID embedding, content projections, a fusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from seesay.core.settings import Section
from seesay.recommend.base import FeatureSet
from seesay.recommend.geometry import Whitening


class ItemTowerSettings(Section):
    """How the features of an item become one vector.

    Attributes:
        fusion: `sum` adds the parts; `concat` puts them side by side and projects; `gate` adds
            them with weights between 0 and 2 that are computed from the parts themselves;
            `layers` is `gate` for content that comes in layers, such as `hidden`, whose weights are
            learned (the idea of DFF, arXiv 2512.21863).
        whitening: the power by which the principal axes of content are evened out.
        id_scale: the length of an ID embedding at the start, where content has length one. Small,
            so that content leads until the interactions say otherwise.
    """

    fusion: Literal["sum", "concat", "gate", "layers"] = "sum"
    whitening: float = 0.5
    id_scale: float = 0.08


def _identity(rank: int, dim: int) -> nn.Linear:
    """Return a projection that keeps the first axes as they are."""
    projection = nn.Linear(rank, dim, bias=False)
    nn.init.eye_(projection.weight)
    return projection


class LayerMix(nn.Module):
    """Projects layers that stand side by side, and gives their mean with learned weights.

    The weights sum to one and start equal.

    Args:
        ranks: the width of each layer.
        dim: the width of what comes out.
    """

    def __init__(self, ranks: Sequence[int], dim: int) -> None:
        super().__init__()
        self.ranks = list(ranks)
        self.weights = nn.Parameter(torch.zeros(len(self.ranks)))
        self.projections = nn.ModuleList(_identity(rank, dim) for rank in self.ranks)

    def forward(self, side_by_side: Tensor) -> Tensor:
        """Return [items, dim] for [items, sum of ranks]."""
        layers = torch.split(side_by_side, self.ranks, dim=-1)
        parts = [project(layer) for project, layer in zip(self.projections, layers, strict=True)]
        mixed: Tensor = torch.stack(parts, dim=-1) @ self.weights.softmax(0)
        return mixed


def _key(name: str) -> str:
    """Return a feature's key in a ModuleDict, which takes none that is an attribute of its own."""
    return f"of {name}" if hasattr(nn.ModuleDict(), name) else name


class ItemTower(nn.Module):
    """Gives [items, dim] vectors from any feature set.

    Content is half-whitened and its projection starts as the identity on the principal axes, so
    that the cosines of an untrained tower are those of the content.
    """

    def __init__(
        self, features: FeatureSet, n_items: int, dim: int, settings: ItemTowerSettings
    ) -> None:
        super().__init__()
        self.settings = settings
        self.parts = len(features.content) + features.spec.use_id
        self.identity = nn.Embedding(n_items, dim) if features.spec.use_id else None
        if self.identity is not None:
            nn.init.normal_(self.identity.weight, std=settings.id_scale * dim**-0.5)
        self.layers: dict[str, int] = {}
        self.projections = nn.ModuleDict()
        for name, matrix in features.content.items():
            layered = settings.fusion == "layers" and features.layers.get(name, 1) > 1
            layers = np.split(matrix, features.layers[name] if layered else 1, axis=1)
            parts = [Whitening.fit(layer, settings.whitening) for layer in layers]
            self.layers[name] = len(parts)
            for layer, part in enumerate(parts):
                self.register_buffer(f"mean_{name}_{layer}", torch.from_numpy(part.mean))
                axes = np.ascontiguousarray(part.axes)
                self.register_buffer(f"axes_{name}_{layer}", torch.from_numpy(axes))
            self.register_buffer(f"content_{name}", self._whitened(name, matrix), persistent=False)
            ranks = [part.axes.shape[1] for part in parts]
            project = LayerMix(ranks, dim) if layered else _identity(ranks[0], dim)
            self.projections[_key(name)] = project
        self.mix: nn.Linear | None = None
        if self.parts > 1 and settings.fusion == "concat":
            self.mix = nn.Linear(self.parts * dim, dim, bias=False)
            with torch.no_grad():
                self.mix.weight.copy_(torch.eye(dim).repeat(1, self.parts))
        elif self.parts > 1 and settings.fusion in ("gate", "layers"):
            self.mix = nn.Linear(self.parts * dim, self.parts)
            nn.init.zeros_(self.mix.weight)
            nn.init.zeros_(self.mix.bias)

    def _whitened(self, name: str, matrix: np.ndarray) -> Tensor:
        """Return a feature's vectors in its axes, each of its layers by itself."""
        whitened = []
        for layer, part in enumerate(np.split(matrix, self.layers[name], axis=1)):
            mean, axes = (self.get_buffer(f"{what}_{name}_{layer}") for what in ("mean", "axes"))
            whitened.append(Whitening(mean.numpy(), axes.numpy())(part))
        return torch.from_numpy(np.hstack(whitened))

    def axes(self) -> dict[str, Tensor]:
        """Return the axes in which projections are learned, as they stand in the state."""
        return {
            name: values
            for name, values in self.named_buffers()
            if name.startswith(("mean_", "axes_"))
        }

    def take(self, content: Mapping[str, np.ndarray]) -> None:
        """Bring content into the axes of the state: where they came from a file, these count."""
        for name in self.layers:
            self.get_buffer(f"content_{name}").copy_(self._whitened(name, content[name]))

    def forward(self, indices: Tensor) -> Tensor:
        """Return the vectors of the items asked for, [len(indices), dim]."""
        content = {name: self.get_buffer(f"content_{name}")[indices] for name in self.layers}
        return self._join(content, self.identity(indices) if self.identity is not None else None)

    def new_items(self, content: Mapping[str, np.ndarray]) -> Tensor:
        """Return [items, dim] vectors of items without an ID, from their content alone.

        Args:
            content: name -> [items, dim], one for each content feature of the tower.
        """
        whitened = {name: self._whitened(name, content[name]) for name in self.layers}
        blank = None
        if self.identity is not None:
            count = len(next(iter(whitened.values())))
            blank = self.identity.weight.new_zeros(count, self.identity.embedding_dim)
        return self._join(whitened, blank)

    def _join(self, content: Mapping[str, Tensor], identity: Tensor | None) -> Tensor:
        parts = [self.projections[_key(name)](content[name]) for name in self.layers]
        return self._fuse(parts if identity is None else [*parts, identity])

    def _fuse(self, parts: list[Tensor]) -> Tensor:
        if self.mix is None:
            return torch.stack(parts).sum(0) if len(parts) > 1 else parts[0]
        side_by_side = torch.cat(parts, dim=-1)
        if self.settings.fusion == "concat":
            mixed: Tensor = self.mix(side_by_side)
            return mixed
        weights = 2 * torch.sigmoid(self.mix(side_by_side))
        return (torch.stack(parts, dim=-2) * weights.unsqueeze(-1)).sum(-2)
