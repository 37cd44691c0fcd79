"""RQ-VAE: a network whose latent is quantised in steps, trained to give the vector back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seesay.recommend.semantic_ids import Quantiser, quantise, residual_kmeans

COMMITMENT = 0.25
MOST_AT_ONCE = 1024
LEAST_STEPS = 16


class _Branch(nn.Module):
    """A hidden layer whose output starts at zero."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.widen, self.narrow = nn.Linear(dim, 2 * dim), nn.Linear(2 * dim, dim)
        nn.init.zeros_(self.narrow.weight)
        nn.init.zeros_(self.narrow.bias)

    def forward(self, vectors: Tensor) -> Tensor:
        change: Tensor = self.narrow(functional.relu(self.widen(vectors)))
        return change


class RQVAE(nn.Module):
    """An encoder and a decoder of one hidden layer each, and a codebook a level between them.

    Both start as the identity beside a branch of zeros: the untrained latent is the vector.
    """

    def __init__(self, dim: int, codebooks: Sequence[np.ndarray]) -> None:
        super().__init__()
        self.encoder, self.decoder = _Branch(dim), _Branch(dim)
        self.codebooks = nn.ParameterList(torch.from_numpy(centres) for centres in codebooks)

    def latents(self, vectors: Tensor) -> Tensor:
        """Return [items, dim] latents."""
        found: Tensor = vectors + self.encoder(vectors)
        return found

    def loss(self, vectors: Tensor) -> Tensor:
        """Return the error of reconstruction, and that between latents and codes at each level."""
        latents = self.latents(vectors)
        residual, chosen, distance = latents, torch.zeros_like(latents), latents.new_zeros(())
        for codebook in self.codebooks:
            nearest = torch.cdist(residual.detach(), codebook.detach()).argmin(dim=1)
            code = codebook[nearest]
            distance = distance + functional.mse_loss(code, residual.detach())
            distance = distance + COMMITMENT * functional.mse_loss(residual, code.detach())
            residual, chosen = residual - code.detach(), chosen + code
        passed = latents + (chosen - latents).detach()
        return functional.mse_loss(passed + self.decoder(passed), vectors) + distance


def train_rqvae(
    vectors: np.ndarray, count: int, levels: int, epochs: int, random: np.random.Generator
) -> RQVAE:
    """Train an RQ-VAE (Zeghidour et al. 2021; as in TIGER) from the start of residual k-means.

    A code that no item has after an epoch is put where the latent of a random item is, less the
    codes above it (the restart of Dhariwal et al. 2020), so that codebooks do not collapse.
    """
    table = torch.from_numpy(vectors)
    model = RQVAE(vectors.shape[1], residual_kmeans(vectors, count, levels, random))
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.0)
    size = min(MOST_AT_ONCE, max(1, len(table) // LEAST_STEPS))
    for epoch in range(epochs):
        order = torch.from_numpy(random.permutation(len(table)))
        for rows in torch.split(order, size):
            optimiser.zero_grad(set_to_none=True)
            model.loss(table[rows]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        if epoch + 1 < epochs:
            _restart(model, table, random)
    return model


@torch.no_grad()
def _restart(model: RQVAE, table: Tensor, random: np.random.Generator) -> None:
    residual = model.latents(table)
    codes = torch.from_numpy(quantise(residual.numpy(), _codebooks(model)))
    for level, codebook in enumerate(model.codebooks):
        dead = torch.bincount(codes[:, level], minlength=len(codebook)) == 0
        drawn = torch.from_numpy(random.integers(len(table), size=int(dead.sum())))
        chosen = codebook[codes[:, level]]
        codebook[dead] = residual[drawn]
        residual = residual - chosen


def quantiser(model: RQVAE) -> Quantiser:
    """Return what gives vectors their codes."""
    layers = (model.encoder.widen, model.encoder.narrow)
    weights = [part.detach().numpy() for layer in layers for part in (layer.weight, layer.bias)]
    return Quantiser(_codebooks(model), tuple(weights))


def _codebooks(model: RQVAE) -> tuple[np.ndarray, ...]:
    return tuple(codebook.detach().numpy() for codebook in model.codebooks)
