"""nDCG@10 of a run of ours less that of a public library on the same users, with its interval.

A paired bootstrap over users, by the peers' `--ranks` and the run's per_user.parquet.
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
    parser.add_argument("run", type=Path, help="the folder of the run")
    parser.add_argument("ranks", type=Path, help="what the peer's --ranks wrote")
    asked = parser.parse_args()
    lines = (asked.data / "MicroLens-50k_pairs.tsv").read_text("utf-8").splitlines()
    users = [line.split("\t")[0] for line in lines]
    ranks = np.load(asked.ranks)
    if len(users) != len(ranks):
        raise SystemExit(f"{asked.ranks} is of {len(ranks)} users, the data of {len(users)}.")
    theirs = ndcg(ranks, 10)
    table = pl.read_parquet(asked.run / "per_user.parquet")
    place = {user: row for row, user in enumerate(users)}
    rows = [place[user] for user in table["user_id"]]
    drawn = resample(np.array([table["ndcg@10"].to_numpy(), theirs[rows]]))
    difference, p = drawn.difference(0, 1)
    print(
        f"{asked.run.name}: {drawn.observed[0]:.4f}; {asked.ranks.stem}: {drawn.observed[1]:.4f}; "
        f"difference {difference.mean:.4f} [{difference.low:.4f}, {difference.high:.4f}], p {p:.4f}"
    )


if __name__ == "__main__":
    main()
