"""nDCG@10 of the tested runs of a workspace in slices of its users, means over seeds.

Prints Markdown: by how often the right item was watched in training, then every other slice that
the data allow. Runs on other data, or on another split than that of seesay.toml, are left out.
Ends with 2 where no workspace is named.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from seesay.describe.words import entries_of
from seesay.evaluate.comparison import MAIN
from seesay.evaluate.item_facts import item_facts
from seesay.evaluate.slices import Cut, Slices, cuts_of_users, slice_cells
from seesay.evaluate.trial import users_of
from seesay.workspace import Workspace

STARTS = (0, 1, 10, 20, 50)
LABELS = ("0", "1-9", "10-19", "20-49", "50-")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path, nargs="?")
    folder = parser.parse_args().workspace
    if folder is None:
        print("Not measured: name a workspace with tested runs.", file=sys.stderr)
        raise SystemExit(2)
    workspace = Workspace(folder)
    bench = workspace.bench()
    seeds: dict[tuple[str, str], list[np.ndarray]] = defaultdict(list)
    for run in workspace.runs():
        name, seed = run.plan["recommender"], run.plan["seed"]
        if "test" in run.metrics and bench.plan(name, run.spec, seed).id == run.id:
            cell = name, run.plan["features"]
            seeds[cell].append(users_of(run)[MAIN].to_numpy())
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
