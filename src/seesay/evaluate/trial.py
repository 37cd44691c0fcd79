"""One trial: a recommender is trained on a task and kept, then tested once."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from functools import partial

import polars as pl

from seesay.core.errors import SeesayError
from seesay.core.files import MANIFEST, replacing_file, write_json
from seesay.core.plugins import build_plugin
from seesay.core.progress import say
from seesay.evaluate.bench import Bench
from seesay.evaluate.evaluation import evaluate, evaluate_test
from seesay.recommend.base import Recommender
from seesay.recommend.ranking import rank
from seesay.recommend.run import Plan, Run, load_recommender, read_run, write_run

PER_USER = "per_user.parquet"


def train_trial(plan: Plan, bench: Bench) -> Run:
    """Train what a plan says and keep it with its validation figures; a run that is there stays."""
    folder = bench.runs / plan.id
    if (folder / MANIFEST).is_file():
        say(f"{plan.id} is trained already")
        return read_run(folder)
    start = time.monotonic()
    task, held_out = bench.task, bench.task.validation
    recommender: Recommender = build_plugin("recommender", plan.recommender, plan.options)
    recommender.fit(task.train, bench.feature_set(plan.spec), held_out)
    figures = dict(evaluate(recommender, held_out).metrics)
    seconds = {"train": time.monotonic() - start}
    metrics = {
        "validation": figures,
        "validation_users": len(held_out.targets),
        "training": recommender.summary(),
        "seconds": seconds,
    }
    return write_run(folder, plan, recommender, task.vocabulary, metrics, held_out.sha256)


def test_trial(run: Run, bench: Bench) -> Run:
    """Test a trained run and keep every user's result; one that was tested stays as it is.

    It is tested again where diversity is measured by another feature by now.
    """
    # Runs of the first version do not say by which.
    measured_by = run.metrics.get("measured_by", bench.measured_by)
    tested = "test" in run.metrics and measured_by == bench.measured_by
    if tested and (run.folder / PER_USER).is_file():
        return run
    start = time.monotonic()
    recommender = load_recommender(run, bench.feature_set(run.spec))
    outcome = evaluate_test(partial(rank, recommender), bench.task, bench.likeness)
    with replacing_file(run.folder / PER_USER) as temporary:
        outcome.per_user.write_parquet(temporary)
    seconds = {**run.metrics["seconds"], "test": time.monotonic() - start}
    figures = {"test": dict(outcome.metrics), "measured_by": bench.measured_by}
    metrics = {**run.metrics, **figures, "seconds": seconds}
    write_json(run.folder / "metrics.json", metrics)
    return replace(run, metrics=metrics)


def users_of(run: Run) -> pl.DataFrame:
    """Return every user's test result of a run that was tested."""
    return pl.read_parquet(run.folder / PER_USER)


def why_it_failed(error: Exception) -> str:
    """Return why a trial has no result; torch has no error of its own for a full memory."""
    if isinstance(error, SeesayError):
        return str(error)
    said = " ".join(str(error).split())[:200]
    if isinstance(error, MemoryError) or re.search("out of memory|allocate memory", said):
        return f"failed: it ran out of memory ({said or 'no more is known'})"
    return f"failed: {type(error).__name__}: {said}"
