"""Cells and ranks with known figures, from which the paper's table is made."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from seesay.evaluate.comparison import Cell
from seesay.evaluate.preset import FEATURES, Ready
from seesay.evaluate.significance import Interval

LACKING = {name: f"no {name}." for name in FEATURES if name not in ("title", "video")}
READY = Ready(("two-tower", "sasrec"), ("title", "video"), {"tiger": "No tiger.", **LACKING})


def cell(recommender: str, features: str, hr: float, ndcg: float) -> Cell:
    near = Interval(ndcg, ndcg - 0.01, ndcg + 0.01)
    return Cell(recommender, features, (0,), {"hr@10": hr, "ndcg@10": ndcg}, {}, {"ndcg@10": near})


def write_ranks(path: Path) -> Path:
    """Write ranks of two users of one item, two seeds; words gain 1/2 for the first alone."""
    ranks = {"video": [[3, 50], [3, 50]], "described-video": [[1, 50], [1, 50]]}
    rows = [
        ("two-tower", name, seed, user, rank, "clip")
        for name, seeds in ranks.items()
        for seed, of_users in enumerate(seeds)
        for user, rank in zip("ab", of_users, strict=True)
    ]
    columns = ["recommender", "features", "seed", "user_id", "rank", "item_id"]
    pl.DataFrame(rows, schema=columns, orient="row").write_parquet(path)
    return path
