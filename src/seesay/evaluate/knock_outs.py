"""The table of knock-outs: each trained fusion tested again without one of its parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from seesay.core.files import replacing_file
from seesay.core.progress import say, track
from seesay.evaluate.bench import Bench
from seesay.evaluate.comparison import MAIN, KnockOut
from seesay.evaluate.memory_kills import noticing_memory_kills
from seesay.evaluate.metrics import per_user
from seesay.evaluate.significance import resample
from seesay.evaluate.trial import users_of, why_it_failed
from seesay.recommend.knock_out import knockable_parts, knocked_out
from seesay.recommend.ranking import target_ranks
from seesay.recommend.run import Run, load_recommender

RANKS = "knock_outs.parquet"


def test_without_parts(run: Run, bench: Bench) -> pl.DataFrame:
    """Return each user's rank without a part, a column a part; what is on disk is not done again.

    A recommender whose parts cannot be told apart gives a table without columns.
    """
    path = run.folder / RANKS
    if path.is_file():
        return pl.read_parquet(path)
    recommender = load_recommender(run, bench.feature_set(run.spec))
    ranks = {
        part: target_ranks(knocked_out(recommender, part), bench.task.test)
        for part in knockable_parts(recommender)
    }
    table = pl.DataFrame(ranks)
    with replacing_file(path) as temporary:
        table.write_parquet(temporary)
    return table


def make_knock_outs(runs: Sequence[Run], bench: Bench, metric: str = MAIN) -> tuple[KnockOut, ...]:
    """Return what each fusion among tested runs loses without each part, over its seeds.

    A fusion for which that cannot be had, such as for want of memory, is left out: its own figures
    are there.

    Args:
        metric: one of those that a rank alone gives, with a cut-off.
    """
    fused = [run for run in runs if run.spec.use_id + len(run.spec.content) > 1]
    cells: dict[tuple[str, str], list[tuple[Run, pl.DataFrame]]] = {}
    failed = set()
    for run in track(fused, "knock-outs", len(fused)):
        cell = run.plan["recommender"], run.plan["features"]
        try:
            with noticing_memory_kills(bench.runs / "started" / f"{run.id}-parts"):
                cells.setdefault(cell, []).append((run, test_without_parts(run, bench)))
        except Exception as error:  # Whatever it is, the table can still be had.
            say(f"the parts of {run.id} cannot be knocked out: {why_it_failed(error)}")
            failed.add(cell)
    for cell in failed:
        cells.pop(cell, None)
    found = []
    for (recommender, features), seeds in cells.items():
        tables = [table for _, table in seeds]
        whole = _values([users_of(run)["rank"] for run, _ in seeds], metric)
        for part in tables[0].columns:
            left = _values([table[part] for table in tables], metric)
            # Both are of the same trainings, so what is drawn anew is each training's loss.
            loss, _ = resample(
                np.array([whole.mean(axis=0), left.mean(axis=0)]),
                of_seeds=[(whole - left).mean(axis=1), []],
                together=bench.drawn_together,
            ).difference(0, 1)
            found.append(KnockOut(recommender, features, part, metric, float(left.mean()), loss))
    return tuple(found)


def _values(ranks: Sequence[pl.Series], metric: str) -> np.ndarray:
    """Return the metric of each seed and user, [seeds, users]."""
    k = int(metric.partition("@")[2])
    return np.array([per_user(one.to_numpy(), [k])[metric] for one in ranks])
