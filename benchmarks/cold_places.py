"""How many of the first ten places go to new items, and what chance would find with as many.

For each run of a workspace that fits the split of cold items. Chance is a list whose new items are
any ones: every user's target is one of them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from seesay.recommend.ranking import rank
from seesay.recommend.run import load_recommender
from seesay.workspace import Workspace

K = 10
HEAD = ("recommender", "features", "seed", "new in ten", "different", "HR@10", "by chance")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path, nargs="?")
    parser.add_argument("--features", nargs="+", help="only these")
    parser.add_argument("--recommenders", nargs="+", help="only these")
    asked = parser.parse_args()
    if asked.workspace is None:
        print("Not measured: name a workspace with runs on cold items.", file=sys.stderr)
        raise SystemExit(2)
    workspace = Workspace(asked.workspace)
    bench = workspace.bench("cold-items")
    ids = np.array(bench.item_ids)
    cold = np.isin(ids, list(bench.parts.cold))
    print(f"| {' | '.join(HEAD)} |\n| --- | --- |{' ---: |' * (len(HEAD) - 2)}")
    for run in sorted(workspace.runs(), key=lambda run: run.id):
        name, features = run.plan["recommender"], run.plan["features"]
        wanted = name in (asked.recommenders or [name]) and features in (
            asked.features or [features]
        )
        if not (wanted and bench.is_current(run) and bench.still_fits(run)):
            continue
        found = rank(load_recommender(run, bench.feature_set(run.spec)), bench.task.test, K)
        new = found.top[cold[found.top] & (found.top >= 0)]
        places = len(new) / len(found.top)
        figures = (
            f"{places:.1f} | {len(np.unique(new)):,} | {(found.ranks <= K).mean():.4f} | "
            f"{places / cold.sum():.4f}"
        )
        print(f"| {name} | {features} | {run.plan['seed']} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
