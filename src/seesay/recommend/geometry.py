"""Content vectors brought into a geometry in which a cosine means something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from seesay.encode.base import unit_rows
from seesay.recommend.interactions import Interactions

# Of a mean that was rounded to float32, relative to its length, with room to spare.
ROUNDING = 1e-6
ROWS_AT_ONCE = 8192


def centred(matrix: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the rows less a mean, float64; those that are the mean as float32 holds it, as zeros.

    An item that a feature does not cover may have got the mean of the others, which says nothing.
    What rounding leaves of it would say, scaled to length one, that all such items are alike.
    """
    rest: np.ndarray = np.asarray(matrix, np.float64) - mean
    rest[np.linalg.norm(rest, axis=1) <= ROUNDING * np.linalg.norm(mean)] = 0
    return rest


def fillings(matrix: np.ndarray) -> np.ndarray:
    """Say which rows are the mean of all; see `centred`. None are where all are the same."""
    mean = matrix.mean(axis=0, dtype=np.float64)
    found = np.zeros(len(matrix), bool)
    for start in range(0, len(matrix), ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        found[some] = ~centred(matrix[some], mean).any(axis=1)
    return found & ~found.all()


@dataclass(frozen=True)
class Whitening:
    """A centre and axes found on some vectors, into which others can be brought too.

    Embeddings lie in a narrow cone whose first axes say little; full whitening (`power` 1) lifts
    the noise of the last ones as high as the signal, half of it keeps the order (Su et al. 2021,
    arXiv 2103.15316, is the full form).
    """

    mean: np.ndarray
    axes: np.ndarray

    @classmethod
    def fit(cls, matrix: np.ndarray, power: float = 0.5) -> Whitening:
        """Find the principal axes, and divide each by its singular value to `power`.

        Args:
            matrix: [items, dim], any finite values.
            power: 0 keeps the spread of the axes, 1 makes all of them equal.
        """
        mean = matrix.mean(axis=0, dtype=np.float64)
        rest = centred(matrix, mean)
        variances, axes = np.linalg.eigh(rest.T @ rest)
        kept = np.flatnonzero(variances > max(variances[-1], 0.0) * 1e-9)[::-1]
        if not len(kept):
            return cls(mean, np.zeros((matrix.shape[1], 1)))
        return cls(mean, axes[:, kept] * variances[kept] ** (-power / 2))

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        """Return [items, rank] float32 rows of length one, axes in order of falling variance.

        Axes without variance are left out. Rows that equal the mean come out as zeros.
        """
        return unit_rows(centred(matrix, self.mean) @ self.axes)


@dataclass(frozen=True)
class ContentSpace:
    """The axes of several content features; vectors in it stand side by side.

    The cosine of two rows is the mean of the features' own cosines.
    """

    whitenings: Mapping[str, Whitening]

    @classmethod
    def fit(cls, content: Mapping[str, np.ndarray], power: float) -> ContentSpace:
        """Find the axes of each feature; see `Whitening`."""
        return cls({name: Whitening.fit(matrix, power) for name, matrix in content.items()})

    def __call__(self, content: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return all features side by side, each half-whitened, rows of length one."""
        parts = [whitening(content[name]) for name, whitening in self.whitenings.items()]
        return unit_rows(np.hstack(parts))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what `from_arrays` needs.

        What was learned in some axes needs these again: another processor may find others where
        variances are equal.
        """
        found = {}
        for name, whitening in self.whitenings.items():
            found[f"mean.{name}"] = whitening.mean
            found[f"turn.{name}"] = np.ascontiguousarray(whitening.axes)
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> ContentSpace:
        """Take what `arrays` gave; other arrays are left alone."""
        names = sorted(key.removeprefix("mean.") for key in arrays if key.startswith("mean."))
        return cls({n: Whitening(arrays[f"mean.{n}"], arrays[f"turn.{n}"]) for n in names})


def recency_weights(length: int, decay: float) -> np.ndarray:
    """Return float32 weights `decay ** steps before the last`, oldest first."""
    return np.asarray(decay ** np.arange(length - 1, -1, -1), np.float32)


def recency_matrix(histories: Sequence[np.ndarray], n_items: int, decay: float) -> sparse.csr_array:
    """Return [histories, items] float32: the weight of each item that is in a history."""
    rows = Interactions.from_histories(histories, n_items)
    weights = [recency_weights(len(history), decay) for history in histories]
    data = np.concatenate([*weights, np.empty(0, np.float32)])
    return sparse.csr_array((data, rows.items, rows.offsets), (rows.n_users, n_items))


def recency_mean(vectors: np.ndarray, histories: Sequence[np.ndarray], decay: float) -> np.ndarray:
    """Return [histories, dim] float32: each history's recency-weighted mean, of length one.

    An empty history gives zeros.
    """
    users = np.zeros((len(histories), vectors.shape[1]), np.float32)
    for row, history in enumerate(histories):
        if len(history):
            users[row] = recency_weights(len(history), decay) @ vectors[history]
    return unit_rows(users)
