"""nDCG@10 of ours less that of a public library on the same users, with its interval.

A paired bootstrap over users, by the peers' `--ranks` and the per_user.parquet of our runs; of more
than one run, which are seeds of one cell, over our seeds too.
"""

import argparse
from pathlib import Path

import numpy as np
import polars as pl

from seesay.evaluate.significance import resample
from seesay.recommend.ranking import ndcg


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of MicroLens-50K")
    parser.add_argument("runs", type=Path, nargs="+", help="the folders of our runs")
    parser.add_argument("ranks", type=Path, help="what the peer's --ranks wrote")
    asked = parser.parse_args()
    lines = (asked.data / "MicroLens-50k_pairs.tsv").read_text("utf-8").splitlines()
    users = [line.split("\t")[0] for line in lines]
    ranks = np.load(asked.ranks)
    if len(users) != len(ranks):
        raise SystemExit(f"{asked.ranks} is of {len(ranks)} users, the data of {len(users)}.")
    theirs = ndcg(ranks, 10)
    place = {user: row for row, user in enumerate(users)}
    tables = [pl.read_parquet(run / "per_user.parquet") for run in asked.runs]
    ours = np.array([_by_user(table, place) for table in tables])
    of_seeds = [ours.mean(axis=1), [theirs.mean()]]
    drawn = resample(np.array([ours.mean(axis=0), theirs]), of_seeds=of_seeds)
    difference, p = drawn.difference(0, 1)
    names = ", ".join(run.name for run in asked.runs)
    print(
        f"{names}: {drawn.observed[0]:.4f}; {asked.ranks.stem}: {drawn.observed[1]:.4f}; "
        f"difference {difference.mean:.4f} [{difference.low:.4f}, {difference.high:.4f}], p {p:.4f}"
    )


def _by_user(table: pl.DataFrame, place: dict[str, int]) -> np.ndarray:
    """Return nDCG@10 in the order of the data's users, who must be all."""
    if len(table) != len(place):
        raise SystemExit(f"A run is of {len(table)} users, the data of {len(place)}.")
    values = np.empty(len(place))
    values[[place[user] for user in table["user_id"]]] = table["ndcg@10"].to_numpy()
    return values


if __name__ == "__main__":
    main()
