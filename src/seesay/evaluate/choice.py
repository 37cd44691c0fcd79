"""Which of the trained runs recommends where none is named: the best in validation."""

from __future__ import annotations

from dataclasses import dataclass

from seesay.evaluate.bench import Bench
from seesay.recommend.base import PLACEBOS
from seesay.recommend.run import Run, list_runs


@dataclass(frozen=True)
class Choice:
    """The run that recommends where no other is named.

    Attributes:
        run: its name.
        among: how many runs it is the best of, itself included.
        users: on how many validation users; 0 where the run does not know it.
    """

    run: str
    among: int
    users: int


def best_run(bench: Bench, feature: str | None = None) -> Run | None:
    """Return the fitting run with the best validation nDCG@10, of all or of those with a feature.

    Runs of other data or of another split come last: their figures cannot be compared.
    """
    return max(
        _usable(bench, feature),
        key=lambda run: (*_nearness(bench, run), run.metrics["validation"]["ndcg@10"]),
        default=None,
    )


def choose(bench: Bench) -> Choice | None:
    """Return what `best_run` finds, and on what ground; None where there is no run."""
    best = best_run(bench)
    if best is None:
        return None
    near = _nearness(bench, best)
    rivals = sum(_nearness(bench, run) == near for run in _usable(bench))
    return Choice(best.id, rivals, best.metrics.get("validation_users", 0))


def _nearness(bench: Bench, run: Run) -> tuple[bool, bool]:
    """Return whether a run is current, and whether it was at least made on the split of now."""
    split = run.plan["inputs"].get("split")
    return bench.is_current(run), split == bench.split.deciding()


def _usable(bench: Bench, feature: str | None = None) -> list[Run]:
    """Return the runs that may recommend.

    A run on a placebo is there to be beaten, not to recommend.
    """
    return [
        run
        for run in list_runs(bench.runs)
        if (feature is None or feature in run.spec.content)
        and not PLACEBOS & set(run.spec.content)
        and bench.still_fits(run)
    ]
