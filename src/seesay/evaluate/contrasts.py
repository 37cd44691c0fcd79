"""Where words helped and where they hurt: users for whom two cells differ most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seesay.evaluate.comparison import MAIN
from seesay.evaluate.outcomes import Outcome, is_placebo
from seesay.recommend.base import ID

FIRST = 10
EXAMPLES = 3
DESCRIBED = "described"


@dataclass(frozen=True)
class Contrast:
    """One user, by the row among the tested ones, and the ranks of the item they watched next."""

    user: int
    rank_with: int
    rank_without: int


@dataclass(frozen=True)
class Contrasts:
    """What two cells of one recommender do for the same users.

    Attributes:
        features, against: the cell with words, and the one without them.
        both, only_with, only_without, neither: how many users have the target among the first ten
            in which of the two.
    """

    recommender: str
    features: str
    against: str
    both: int
    only_with: int
    only_without: int
    neither: int
    helped: tuple[Contrast, ...]
    hurt: tuple[Contrast, ...]


def choose_pair(outcomes: Sequence[Outcome]) -> tuple[Outcome, Outcome] | None:
    """Return the best cell with words and the same recommender's baseline; None without any.

    Descriptions go before titles and other content; the baseline is `id`, or the best placebo.
    """
    done = [one for one in outcomes if one.evaluations]
    pairs = []
    for ours in done:
        rivals = [one for one in done if one.recommender == ours.recommender]
        plain = [one for one in rivals if one.features == ID] or [
            one for one in rivals if is_placebo(one.features)
        ]
        if plain and ours.features not in ("-", ID) and not is_placebo(ours.features):
            pairs.append((ours, max(plain, key=_figure)))
    return max(
        pairs, key=lambda pair: (DESCRIBED in pair[0].features, _figure(pair[0])), default=None
    )


def contrast(
    ours: Outcome, theirs: Outcome, targets: np.ndarray, count: int = EXAMPLES
) -> Contrasts:
    """Return how often each of two cells serves a user alone, and the widest differences.

    The examples are those whose ranks differ by the largest factor where one of the two cells has
    the target among the first ten; no two are about the same target. Ranks are medians over seeds.

    Args:
        targets: the item that each user is tested on, [users].
    """
    with_words, without = _ranks(ours), _ranks(theirs)
    found, lost = with_words <= FIRST, without <= FIRST
    factor = np.log(without) - np.log(with_words)

    def widest(order: np.ndarray, among: np.ndarray) -> tuple[Contrast, ...]:
        chosen: dict[int, Contrast] = {}
        for user in order:
            if len(chosen) == count or not among[user]:
                break
            one = Contrast(int(user), round(with_words[user]), round(without[user]))
            chosen.setdefault(int(targets[user]), one)
        return tuple(chosen.values())

    gained, gone = found & ~lost, lost & ~found
    return Contrasts(
        ours.recommender,
        ours.features,
        theirs.features,
        int((found & lost).sum()),
        int(gained.sum()),
        int(gone.sum()),
        int((~found & ~lost).sum()),
        widest(np.argsort(np.where(gained, -factor, np.inf), kind="stable"), gained),
        widest(np.argsort(np.where(gone, factor, np.inf), kind="stable"), gone),
    )


def _ranks(outcome: Outcome) -> np.ndarray:
    ranks = [result.per_user["rank"].to_numpy() for result in outcome.evaluations.values()]
    return np.asarray(np.median(ranks, axis=0), np.float64)


def _figure(outcome: Outcome) -> float:
    return float(np.mean([result.metrics[MAIN] for result in outcome.evaluations.values()]))
