"""nDCG@10 of each tested run of a workspace, by how often the right item was watched in training.

Prints one Markdown row a recommender and set of features, the mean over seeds.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl

from seesay.catalog.split import split_log
from seesay.workspace import Workspace

BINS = ((0, 0), (1, 9), (10, 19), (20, 49), (50, None))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    workspace = Workspace(parser.parse_args().workspace)
    split = split_log(workspace.catalog.interactions(), workspace.settings.split)
    views = split.train.group_by("item_id").len("views")
    targets = split.test.select("user_id", "item_id").join(views, "item_id", "left")
    targets = targets.with_columns(pl.col("views").fill_null(0))
    found: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for settings in sorted(workspace.folder.glob("runs/*/settings.json")):
        users = settings.with_name("per_user.parquet")
        if users.exists():
            plan = json.loads(settings.read_text("utf-8"))
            ranked = pl.read_parquet(users).join(targets, "user_id")
            found[plan["recommender"], plan["features"]].append(by_views(ranked))
    shares = [targets.filter(_within(low, high)).height / targets.height for low, high in BINS]
    names = [str(low) if low == high else f"{low}-{high or ''}" for low, high in BINS]
    print(f"| recommender | features | seeds | all | {' | '.join(names)} |")
    print(f"| --- | --- | ---: | ---: |{' ---: |' * len(BINS)}")
    print(f"| share of users | | | 1 | {' | '.join(f'{share:.3f}' for share in shares)} |")
    for (recommender, features), rows in found.items():
        figures = " | ".join(f"{value:.4f}" for value in np.mean(rows, axis=0))
        print(f"| {recommender} | {features} | {len(rows)} | {figures} |")


def by_views(ranked: pl.DataFrame) -> list[float]:
    parts = [ranked, *(ranked.filter(_within(low, high)) for low, high in BINS)]
    return [float(part["ndcg@10"].to_numpy().mean()) for part in parts]


def _within(low: int, high: int | None) -> pl.Expr:
    above = pl.col("views") >= low
    return above if high is None else above & (pl.col("views") <= high)


if __name__ == "__main__":
    main()
