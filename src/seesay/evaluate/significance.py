"""How sure a mean over users and seeds is: the percentile bootstrap (Efron and Tibshirani, 1993).

Users are drawn one by one, or by groups, such as all who are tested on one item.

All rows of a table are drawn together, so that each difference of two rows is paired by user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

SAMPLES = 2_000
LEVEL = 0.05
# Of fewer users, or of items that users are drawn with, an interval is not worth its name.
FEWEST_UNITS = 10
COUNTS_AT_ONCE = 2_000_000
ROUNDING = 1e-12


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


@dataclass(frozen=True)
class Resampled:
    """The means of some rows in the sample and in draws of its users and of each row's seeds.

    Attributes:
        observed: float64 [rows].
        means: float64 [rows, samples]; one column is one draw of all users, the same in each row.
    """

    observed: np.ndarray
    means: np.ndarray

    def interval(self, row: int, confidence: float = 1 - LEVEL) -> Interval:
        """Return a row's mean with its percentile interval."""
        return _interval(self.observed[row], self.means[row], confidence)

    def difference(self, row: int, other: int) -> tuple[Interval, float]:
        """Return `row - other` paired by user, its 95% interval, and the two-sided p of no change.

        p is twice the share of draws on the rarer side of zero, one draw more on each side
        (Davison and Hinkley, 1997, 4.2.3), so that it is never 0: at least 2 / (samples + 1).
        """
        drawn = self.means[row] - self.means[other]
        drawn[np.abs(drawn) < ROUNDING] = 0.0
        interval = _interval(self.observed[row] - self.observed[other], drawn, 1 - LEVEL)
        rarer = int(min(np.count_nonzero(drawn <= 0), np.count_nonzero(drawn >= 0)))
        return interval, min(1.0, 2 * (rarer + 1) / (len(drawn) + 1))


def resample(
    values: np.ndarray,
    samples: int = SAMPLES,
    seed: int = 0,
    of_seeds: Sequence[Sequence[float] | np.ndarray] = (),
    together: np.ndarray | None = None,
) -> Resampled:
    """Draw all users anew `samples` times, and the seeds of each row beside them.

    Memory is that of the values and of about 2 million counts.

    What a draw of seeds is off by is added to what the draw of users comes to: as if each seed did
    to all users alike. What seeds do to single users is already in the seeds' means, so it counts
    twice: where seeds differ in nothing else, the interval is too wide, by sqrt(2) at most. Seeds
    are drawn apart for each row, since each row is trained on its own. Their deviations are made
    wider by sqrt(S / (S - 1)): without that S seeds show (S - 1) / S of their variance. A few seeds
    show their spread badly: with two or three of them, intervals are still too narrow where seeds
    differ more than users do.

    Args:
        values: one a row and user, the mean over seeds, [rows, users].
        of_seeds: for each row the mean over users of each of its seeds; a row with fewer than two
            varies by its users or groups alone, as all rows do where this is left out.
        together: which users are drawn as one, by a whole number each, such as the item that they
            are tested on (the cluster bootstrap; Davison and Hinkley, 1997, 3.8).

    Raises:
        ValueError: there are no users, a value is not finite, or `of_seeds` is of other rows.
    """
    values = np.asarray(values, np.float64)
    users = values.shape[1]
    if not users or not np.isfinite(values).all():
        raise ValueError("an interval needs at least one value, and finite ones")
    generator = np.random.default_rng(seed)
    if together is None:
        means = _draw_users(values, samples, generator)
    else:
        means = _draw_groups(values, together, samples, generator)
    for row, found in zip(means, of_seeds, strict=True) if of_seeds else ():
        row += _luck(np.asarray(found, np.float64), samples, generator)
    return Resampled(values.mean(axis=1), means)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected for their number, in the order given (Holm, 1979).

    Rejecting those below a level keeps the chance of any false rejection among all of them below
    that level, however they depend on each other.
    """
    count = len(p_values)
    corrected = [0.0] * count
    highest = 0.0
    for place, index in enumerate(sorted(range(count), key=lambda index: p_values[index])):
        highest = max(highest, min(1.0, (count - place) * p_values[index]))
        corrected[index] = highest
    return corrected


def samples_for(differences: int) -> int:
    """Return how many draws let the least p stay below the level after Holm's correction.

    Four times as many as would just do: a p that rests on one draw is no evidence.
    """
    return max(SAMPLES, round(4 * 2 * differences / LEVEL))


def _draw_users(values: np.ndarray, samples: int, generator: np.random.Generator) -> np.ndarray:
    """Return the means of draws of users, [rows, samples].

    Users whose values are all zero, such as those whom no cell serves, are drawn as one lot: only
    how many of them are in a draw matters.
    """
    users = values.shape[1]
    counted = values[:, values.any(axis=0)]
    kept = counted.shape[1]
    if not kept:
        return np.zeros((len(values), samples))
    blocks = _counts(
        kept, samples, lambda draws: generator.binomial(users, kept / users, draws), generator
    )
    return np.asarray(np.hstack([counted @ counts.T for counts in blocks]) / users)


def _draw_groups(
    values: np.ndarray, together: np.ndarray, samples: int, generator: np.random.Generator
) -> np.ndarray:
    """Return the means over the users of draws of groups, [rows, samples]."""
    _, group = np.unique(together, return_inverse=True)
    users = np.bincount(group)
    sums = np.array([np.bincount(group, row) for row in values])
    blocks = _counts(len(users), samples, lambda draws: [len(users)] * draws, generator)
    return np.hstack([sums @ counts.T / (counts @ users) for counts in blocks])


def _counts(
    units: int,
    samples: int,
    sizes: Callable[[int], Iterable[int]],
    generator: np.random.Generator,
) -> Iterator[np.ndarray]:
    """Yield how often each unit is in each draw, float64 [some of the draws, units].

    Args:
        sizes: of so many draws, how many units each takes with replacement.
    """
    block = max(1, COUNTS_AT_ONCE // units)
    for start in range(0, samples, block):
        drawn = (generator.integers(0, units, size) for size in sizes(min(block, samples - start)))
        yield np.array([np.bincount(one, minlength=units) for one in drawn], np.float64)


def _luck(of_seeds: np.ndarray, samples: int, generator: np.random.Generator) -> np.ndarray | float:
    """Return how far the mean of seeds drawn with replacement is off, once a draw."""
    count = len(of_seeds)
    if count < 2:
        return 0.0
    deviations = (of_seeds - of_seeds.mean()) * np.sqrt(count / (count - 1))
    drawn = deviations[generator.integers(0, count, (samples, count))].mean(axis=1)
    return np.asarray(drawn)


def _interval(mean: float, drawn: np.ndarray, confidence: float) -> Interval:
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(float(mean), float(low), float(high))
