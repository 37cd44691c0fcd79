"""Semantic IDs: a few codes an item, coarse to fine, and a last token where items collide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from scipy import sparse

SAMPLE_A_CODE = 256


def nearest(vectors: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest centre of each vector, int64 [n], and its squared distance, [n]."""
    codes = np.empty(len(vectors), np.int64)
    distances = np.empty(len(vectors), np.float32)
    lengths = (centres**2).sum(axis=1)
    for start in range(0, len(vectors), 8192):
        block = vectors[start : start + 8192]
        far = lengths - 2 * (block @ centres.T)
        best = far.argmin(axis=1)
        codes[start : start + 8192] = best
        distances[start : start + 8192] = far[np.arange(len(block)), best] + (block**2).sum(axis=1)
    return codes, np.maximum(distances, 0)


def kmeans(
    vectors: np.ndarray, count: int, random: np.random.Generator, rounds: int = 25
) -> np.ndarray:
    """Return [count, dim] centres by Lloyd's algorithm from a k-means++ start.

    Where there are more than 256 vectors a centre, that many are drawn. A centre that nothing is
    near to moves to the vector that is furthest from its own.
    """
    if len(vectors) > SAMPLE_A_CODE * count:
        vectors = vectors[random.choice(len(vectors), SAMPLE_A_CODE * count, replace=False)]
    centres = _spread_out(vectors, count, random)
    for _ in range(rounds):
        codes, distances = nearest(vectors, centres)
        sizes = np.bincount(codes, minlength=count)
        shares = (1 / np.maximum(sizes, 1)).astype(np.float32)[codes]
        cells = (shares, (codes, np.arange(len(codes))))
        moved = sparse.csr_array(cells, shape=(count, len(codes))) @ vectors
        empty = np.flatnonzero(sizes == 0)
        far = np.argsort(-distances, kind="stable")
        moved[empty] = vectors[far[np.arange(len(empty)) % len(far)]]
        if np.allclose(moved, centres, atol=1e-6):
            break
        centres = moved
    return centres


def _spread_out(vectors: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Draw starting centres by the square of their distance to those drawn already."""
    centres = np.empty((count, vectors.shape[1]), np.float32)
    distances = np.ones(len(vectors), np.float64)
    for number in range(count):
        total = distances.sum()
        odds = distances / total if total > 0 else None
        centres[number] = vectors[random.choice(len(vectors), p=odds)]
        distances = np.minimum(
            distances if number else np.inf,
            ((vectors - centres[number]) ** 2).sum(axis=1, dtype=np.float64),
        )
    return centres


def residual_kmeans(
    vectors: np.ndarray, count: int, levels: int, random: np.random.Generator
) -> list[np.ndarray]:
    """Return a codebook [count, dim] a level, each by k-means of what the ones before leave."""
    residual = vectors
    codebooks = []
    for _ in range(levels):
        centres = kmeans(residual, count, random)
        residual = residual - centres[nearest(residual, centres)[0]]
        codebooks.append(centres)
    return codebooks


def quantise(vectors: np.ndarray, codebooks: Sequence[np.ndarray]) -> np.ndarray:
    """Return int64 [items, levels] codes, each the nearest to what the ones before leave."""
    residual = vectors
    codes = []
    for centres in codebooks:
        chosen, _ = nearest(residual, centres)
        residual = residual - centres[chosen]
        codes.append(chosen)
    return np.stack(codes, axis=1)


def number_collisions(codes: np.ndarray) -> np.ndarray:
    """Return codes with a last token: 0, 1, ... among the items of the same codes, by row."""
    _, group = np.unique(codes, axis=0, return_inverse=True)
    group = group.ravel()
    order = np.argsort(group, kind="stable")
    sizes = np.bincount(group)
    number = np.empty(len(codes), np.int64)
    number[order] = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.column_stack([codes, number])


@dataclass(frozen=True)
class Quantiser:
    """Gives vectors their codes.

    Attributes:
        codebooks: [codes, dim] float32 a level.
        encoder: weights and biases of the hidden layer whose output is added to a vector before it
            is quantised, as `rqvae` learns it; none for k-means.
    """

    codebooks: tuple[np.ndarray, ...]
    encoder: tuple[np.ndarray, ...] = ()

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """Return int64 [items, levels] codes of [items, dim] vectors."""
        if self.encoder:
            widen, widen_bias, narrow, narrow_bias = self.encoder
            hidden = np.maximum(vectors @ widen.T + widen_bias, 0)
            vectors = vectors + hidden @ narrow.T + narrow_bias
        return quantise(vectors, self.codebooks)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what `from_arrays` needs."""
        named = {f"codebook.{level}": table for level, table in enumerate(self.codebooks)}
        return named | {f"encoder.{place}": array for place, array in enumerate(self.encoder)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Take what `arrays` gave."""

        def numbered(kind: str) -> tuple[np.ndarray, ...]:
            count = sum(key.startswith(f"{kind}.") for key in arrays)
            return tuple(arrays[f"{kind}.{place}"] for place in range(count))

        return cls(numbered("codebook"), numbered("encoder"))


def make_quantiser(
    kind: Literal["kmeans", "rqvae"],
    vectors: np.ndarray,
    count: int,
    levels: int,
    epochs: int,
    seed: int,
) -> Quantiser:
    """Return a quantiser for such vectors, of `levels` codebooks of `count` codes.

    Args:
        epochs: of the training of `rqvae`.
    """
    random = np.random.default_rng(seed)
    if kind == "kmeans":
        return Quantiser(tuple(residual_kmeans(vectors, count, levels, random)))
    from seesay.recommend.rqvae import quantiser, train_rqvae

    return quantiser(train_rqvae(vectors, count, levels, epochs, random))


@dataclass(frozen=True)
class CodebookUse:
    """How a level's codes are used.

    Attributes:
        codes: how many there are.
        used: how many of them an item has.
        perplexity: e to the entropy of their shares among the items; `codes` where all are even.
    """

    codes: int
    used: int
    perplexity: float


def codebook_use(codes: np.ndarray, size: int) -> CodebookUse:
    """Return how one level's codes, [items], are used."""
    shares = np.bincount(codes, minlength=size) / max(len(codes), 1)
    shares = shares[shares > 0]
    return CodebookUse(size, len(shares), float(np.exp(-(shares * np.log(shares)).sum())))


def describe_ids(ids: np.ndarray, sizes: Sequence[int]) -> dict[str, Any]:
    """Return codebook use a level and collisions, as JSON values.

    Args:
        ids: [items, levels + 1], the last token by `number_collisions`.
        sizes: of each level's codebook.
    """
    _, counts = np.unique(ids[:, :-1], axis=0, return_counts=True)
    return {
        "codebooks": [vars(codebook_use(ids[:, level], size)) for level, size in enumerate(sizes)],
        "collisions": {
            "items": int(counts[counts > 1].sum()),
            "groups": int((counts > 1).sum()),
            "largest": int(counts.max(initial=0)),
        },
    }
