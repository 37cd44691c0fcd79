"""Every recommender on every set of features, over seeds; a killed one goes on where it was."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from seesay.core.errors import SeesayError
from seesay.core.progress import say
from seesay.evaluate.audit import Audit, Check, audit_choices
from seesay.evaluate.bench import Bench
from seesay.evaluate.cells import cells_of
from seesay.evaluate.evaluation import Evaluation
from seesay.evaluate.memory_kills import noticing_memory_kills
from seesay.evaluate.outcomes import Outcome
from seesay.evaluate.outside import OutsideScores, read_scores
from seesay.evaluate.trial import test_trial, train_trial, users_of, why_it_failed
from seesay.evaluate.tuning import Tuned, merged, space_of, tune
from seesay.recommend.base import PLACEBOS, FeatureSpec
from seesay.recommend.run import Plan, Run, spec_label

WORDED = {"described", "described-video", "described-audio", "random-words"}


@dataclass(frozen=True)
class Trials:
    """What came of all cells, the runs behind them in the order of the table, and the audit.

    Attributes:
        tuned: the searches for settings, where there were any.
        outside: the scores of outside models, whose outcomes stand behind the others.
    """

    outcomes: tuple[Outcome, ...]
    runs: tuple[Run, ...]
    audit: Audit
    tuned: tuple[Tuned, ...] = ()
    outside: tuple[OutsideScores, ...] = ()

    @property
    def worded(self) -> bool:
        """Whether a feature was made of descriptions."""
        return any(WORDED & set(run.spec.content) for run in self.runs)

    @property
    def settings(self) -> Mapping[str, Mapping[str, Any]]:
        """Each recommender's settings, but for the seed; where they were searched, each cell's."""
        searched = {one.cell for one in self.tuned}
        return {
            _label(run) if _label(run) in searched else run.plan["recommender"]: _options(run)
            for run in self.runs
        }

    def best(self, feature: str) -> Run:
        """Return the run with the best validation nDCG@10 among those with a feature, if any.

        A placebo is there to be beaten: it is taken where there is nothing else.
        """
        real = [run for run in self.runs if not PLACEBOS & set(run.spec.content)] or self.runs
        usable = [run for run in real if feature in run.spec.content] or real
        return max(usable, key=lambda run: run.metrics["validation"]["ndcg@10"])

    def per_user(self) -> pl.DataFrame:
        """Return the rank of every user's target in every cell."""
        return pl.concat(
            evaluation.per_user.select(
                pl.lit(outcome.recommender).alias("recommender"),
                pl.lit(outcome.features).alias("features"),
                pl.lit(seed).alias("seed"),
                "user_id",
                "rank",
            )
            for outcome in self.outcomes
            for seed, evaluation in outcome.evaluations.items()
        )


def run_trials(
    recommenders: Sequence[str],
    specs: Sequence[FeatureSpec],
    seeds: Sequence[int],
    bench: Bench,
    tries: int = 0,
    scores: Sequence[Path] = (),
) -> Trials:
    """Train and test each cell that can be; what is finished on disk is not done again.

    A recommender that takes no features runs once, and one without a seed runs once a cell. A cell
    that fails is told in the table, and the others go on.

    Args:
        tries: how many settings are tried on validation for each cell, those of seesay.toml first;
            0 takes these as they are.
        scores: tables of outside models' scores; see `outside.read_scores`.

    Raises:
        SeesayError: a feature is not there or does not cover the items, something of the test leaks
            into training, an option of any cell is bad, or no cell comes to an end.
    """
    cells = cells_of(recommenders, specs)
    checks = bench.audit([spec for _, spec, fault in cells if not fault])
    Audit(tuple(checks)).demand()
    outside = _outside(scores, recommenders, bench)
    for name, spec, fault in cells:
        if not fault:  # Hours of training would be lost by a bad option of the last cell.
            _plans(name, spec, seeds, bench, {})
    numbers = itertools.count(1)
    to_train = sum(not fault for _, _, fault in cells)
    done = []
    for name, spec, fault in cells:
        if fault:
            done.append(_Done(Outcome(name, spec_label(spec), note=fault)))
            continue
        start = time.monotonic()
        done.append(_cell(name, spec, seeds, bench, tries))
        figure = _figure(done[-1], bench.simulated)
        label = f"{next(numbers)} of {to_train}: {name} x {spec_label(spec)}"
        say(f"{label}: {figure} ({time.monotonic() - start:.1f} s)")
    runs = [run for one in done for run in one.runs]
    if not runs:
        first = next(one.outcome.note for one in done if one.outcome.failed)
        raise SeesayError(f"No training came to an end; the first: {first}", "Change the settings.")
    tuned = tuple(one.tuned for one in done if one.tuned)
    audit = Audit((*checks, _audit_choices(runs, tuned, bench)))
    audit.demand()
    outcomes = [*(one.outcome for one in done), *(one.outcome(bench.task) for one in outside)]
    return Trials(tuple(outcomes), tuple(runs), audit, tuned, outside)


def _audit_choices(runs: Sequence[Run], tuned: Sequence[Tuned], bench: Bench) -> Check:
    best = {one.cell: one.best.options for one in tuned}
    badly = [_label(run) for run in runs if best.get(_label(run), _options(run)) != _options(run)]
    untold = [run.plan["recommender"] for run in runs if bench.options.get(run.plan["recommender"])]
    selected_on = {run.id: run.selected_on for run in runs}
    return audit_choices(selected_on, bench.task.validation.sha256, badly, untold)


def _outside(
    paths: Sequence[Path], recommenders: Sequence[str], bench: Bench
) -> tuple[OutsideScores, ...]:
    names = [*recommenders, *(path.stem for path in paths)]
    for path in paths:
        if names.count(path.stem) > 1:
            raise SeesayError(
                f"'{path}' is called like another line of the table.", "Rename the file."
            )
    return tuple(read_scores(path, bench.task) for path in paths)


@dataclass(frozen=True)
class _Done:
    """What came of one cell."""

    outcome: Outcome
    runs: tuple[Run, ...] = ()
    tuned: Tuned | None = None


def _cell(name: str, spec: FeatureSpec, seeds: Sequence[int], bench: Bench, tries: int) -> _Done:
    """Search settings where asked to, and run all seeds; a training that fails is a note."""
    tuned = tune(name, spec, tries, seeds[0], bench) if tries and space_of(name, spec) else None
    plans = _plans(name, spec, seeds, bench, tuned.best.drawn if tuned else {})
    runs = []
    try:
        for settled in plans:
            with noticing_memory_kills(bench.runs / "started" / settled.id):
                runs.append(test_trial(train_trial(settled, bench), bench))
        evaluations = {run.plan["seed"]: _evaluation(run, bench) for run in runs}
    except Exception as error:  # Whatever it is, the other cells can still be had.
        failed = Outcome(name, spec_label(spec), note=why_it_failed(error), failed=True)
        return _Done(failed, (), tuned)
    seconds = sum(sum(run.metrics["seconds"].values()) for run in runs)
    outcome = Outcome(name, spec_label(spec), evaluations, seconds, _untrained(runs))
    return _Done(outcome, tuple(runs), tuned)


def _untrained(runs: Sequence[Run]) -> str:
    """Return a note where training helped so little that the start was kept; empty elsewhere."""
    best = [run.metrics["training"].get("best_epoch") for run in runs]
    if 0 not in best:
        return ""
    seeds = f" in {best.count(0)} of {len(best)} seeds" if len(best) > 1 else ""
    return f"UNTRAINED{seeds}: no epoch did better on validation, so the start is what ranks"


def _plans(
    name: str, spec: FeatureSpec, seeds: Sequence[int], bench: Bench, drawn: Mapping[str, Any]
) -> list[Plan]:
    """Return the plan of each seed; one where the recommender has no seed."""
    options = merged(bench.options.get(name, {}), drawn)
    plans = (bench.plan(name, spec, seed, options) for seed in seeds)
    return list({plan.id: plan for plan in plans}.values())


def _evaluation(run: Run, bench: Bench) -> Evaluation:
    """Return what a run came to; users are paired by their row in the table of differences."""
    users = users_of(run)
    if users["user_id"].to_list() != bench.task.users:
        raise SeesayError(
            f"{run.id} was tested on other users than those of this comparison.",
            f"Remove {run.id} in runs/, and compare again.",
        )
    return Evaluation(run.metrics["test"], users)


def _figure(done: _Done, simulated: bool) -> str:
    if not done.runs:
        return done.outcome.note
    mean = sum(run.metrics["test"]["ndcg@10"] for run in done.runs) / len(done.runs)
    return f"test nDCG@10 {mean:.4f}{' (simulated viewers)' if simulated else ''}"


def _label(run: Run) -> str:
    return f"{run.plan['recommender']} x {run.plan['features']}"


def _options(run: Run) -> dict[str, Any]:
    return {name: value for name, value in run.plan["options"].items() if name != "seed"}
