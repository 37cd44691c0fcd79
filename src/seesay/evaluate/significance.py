"""How sure a mean over users is: the percentile bootstrap (Efron and Tibshirani, 1993)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAMPLES = 2_000
FEW = 1_000
DRAWS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Interval:
    """A mean and the bounds between which it lies with the confidence asked for."""

    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval is on one side of zero."""
        return self.low > 0 or self.high < 0


def mean_interval(
    values: np.ndarray, confidence: float = 0.95, samples: int = SAMPLES, seed: int = 0
) -> Interval:
    """Return the mean of one value a user, and its interval over users drawn anew.

    Raises:
        ValueError: there are no values, or one is not finite.
    """
    if not len(values) or not np.isfinite(values).all():
        raise ValueError("an interval needs at least one value, and finite ones")
    means = _resampled_means(np.asarray(values, np.float64), samples, np.random.default_rng(seed))
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(np.mean(values)), float(low), float(high))


def _resampled_means(
    values: np.ndarray, samples: int, generator: np.random.Generator
) -> np.ndarray:
    """Return the mean of each of `samples` draws of all users with replacement.

    Where few values differ, as with hits, only how often each is drawn matters: their counts are
    multinomial, which is the same bootstrap at a thousandth of the time.
    """
    users = len(values)
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= FEW:
        drawn = generator.multinomial(users, counts / users, size=samples)
        return np.asarray(drawn @ distinct / users)
    rows = max(1, DRAWS_AT_ONCE // users)
    blocks = [
        values[generator.integers(0, users, (min(rows, samples - start), users), np.int32)].mean(1)
        for start in range(0, samples, rows)
    ]
    return np.concatenate(blocks)


def paired_interval(
    ours: np.ndarray,
    theirs: np.ndarray,
    confidence: float = 0.95,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Interval:
    """Return the mean of `ours - theirs` over the same users in the same order, and its interval.

    Raises:
        ValueError: there are not as many of both.
    """
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} and {len(theirs)} users cannot be paired")
    return mean_interval(ours - theirs, confidence, samples, seed)
