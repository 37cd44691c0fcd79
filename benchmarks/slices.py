"""nDCG@10 of the tested runs of a workspace in slices of its users, means over seeds.

Prints Markdown: by how often the right item was watched in training, then every other slice that
the data allow. Runs on other data, or on another split than that of seesay.toml, are left out.
With --none-kept the named recommenders are ranked again without the untrained content that they
keep beside what they learned. Ends with 2 where no workspace is named.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from seesay.describe.words import entries_of
from seesay.evaluate.bench import Bench
from seesay.evaluate.comparison import MAIN
from seesay.evaluate.item_facts import item_facts
from seesay.evaluate.slices import Cut, Slices, cuts_of_users, slice_cells
from seesay.evaluate.trial import users_of
from seesay.recommend.neural import NeuralRecommender
from seesay.recommend.ranking import ndcg, target_ranks
from seesay.recommend.run import Run, load_recommender
from seesay.recommend.tiger import Tiger
from seesay.workspace import Workspace

STARTS = (0, 1, 10, 20, 50)
LABELS = ("0", "1-9", "10-19", "20-49", "50-")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path, nargs="?")
    parser.add_argument("--recommenders", nargs="+", help="only these")
    parser.add_argument("--features", nargs="+", help="only these")
    parser.add_argument("--none-kept", nargs="+", default=[], help="recommenders; see above")
    asked = parser.parse_args()
    if asked.workspace is None:
        print("Not measured: name a workspace with tested runs.", file=sys.stderr)
        raise SystemExit(2)
    workspace = Workspace(asked.workspace)
    bench = workspace.bench()
    seeds: dict[tuple[str, str], list[np.ndarray]] = defaultdict(list)
    for run in workspace.runs():
        name, features, seed = (run.plan[key] for key in ("recommender", "features", "seed"))
        if name not in (asked.recommenders or [name]):
            continue
        if features not in (asked.features or [features]):
            continue
        if "test" in run.metrics and bench.plan(name, run.spec, seed).id == run.id:
            seeds[name, features].append(users_of(run)[MAIN].to_numpy())
            if name in asked.none_kept and run.spec.content:
                seeds[f"{name}, none kept", features].append(without_kept(run, bench))
    cells = sorted(seeds)
    values = np.array([np.mean(seeds[cell], axis=0) for cell in cells])
    task = bench.task
    targets = task.vocabulary.ids(task.test.targets)
    views = np.bincount(task.train.items, minlength=len(task.vocabulary))[task.test.targets]
    histories = np.diff(task.test.histories.offsets)
    entries = entries_of(workspace.folder / "journal.sqlite")
    facts = item_facts(bench.catalog.items(), entries, set(targets))
    by_views = Cut("views of the target", LABELS, np.digitize(views, STARTS) - 1)
    others, left_out = cuts_of_users(targets, views, histories, facts)
    for cut in (by_views, *others):
        show(slice_cells(cells, values, cut), values.mean(axis=1), [len(seeds[c]) for c in cells])
    for name, why in left_out.items():
        print(f"Left out: {name}, because {why}.")


def without_kept(run: Run, bench: Bench) -> np.ndarray:
    """Return nDCG@10 of each user of the test, with what was learned alone."""
    model = load_recommender(run, bench.feature_set(run.spec))
    assert isinstance(model, NeuralRecommender | Tiger)
    model._kept = None
    return ndcg(target_ranks(model, bench.task.test), 10)


def show(slices: Slices, means: np.ndarray, seeds: list[int]) -> None:
    total = sum(slices.users)
    print(f"By {slices.name}:\n")
    print(f"| recommender | features | seeds | all | {' | '.join(slices.labels)} |")
    print(f"| --- | --- | ---: | ---: |{' ---: |' * len(slices.labels)}")
    shares = " | ".join(f"{count / total:.3f}" for count in slices.users)
    print(f"| share of users | | | 1 | {shares} |")
    for row, mean, count in zip(slices.rows, means, seeds, strict=True):
        found = " | ".join("-" if one is None else f"{one.mean:.4f}" for one in row.intervals)
        print(f"| {row.recommender} | {row.features} | {count} | {mean:.4f} | {found} |")
    print()


if __name__ == "__main__":
    main()
