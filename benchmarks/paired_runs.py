"""How far one tested run is above another one, paired by user, with its 95% interval.

With --items the items guessed are drawn, each with all users who are tested on it, as `compare`
does on cold items. Both runs must have been tested on the same users; they may be of two
workspaces.
"""

import argparse
from pathlib import Path

import numpy as np
import polars as pl

from seesay.evaluate.significance import resample


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs=2, help="the folders of two runs")
    parser.add_argument("--metric", default="ndcg@10", help="a column of their per_user.parquet")
    parser.add_argument(
        "--items", type=Path, help="per_user.parquet of a comparison: the item of each user"
    )
    asked = parser.parse_args()
    ours, theirs = (pl.read_parquet(run / "per_user.parquet") for run in asked.runs)
    if ours["user_id"].to_list() != theirs["user_id"].to_list():
        raise SystemExit("The two runs were tested on different users.")
    together = None
    if asked.items is not None:
        guessed = pl.read_parquet(asked.items).unique("user_id").select("user_id", "item_id")
        items = ours.join(guessed, on="user_id", how="left", maintain_order="left")["item_id"]
        together = items.rank("dense").to_numpy()
    values = np.array([table[asked.metric].to_numpy() for table in (ours, theirs)])
    found, p = resample(values, together=together).difference(0, 1)
    print(
        f"{asked.metric}: {values[0].mean():.4f} less {values[1].mean():.4f}: "
        f"{found.mean:+.4f} [{found.low:+.4f}, {found.high:+.4f}], p {p:.4f}"
    )


if __name__ == "__main__":
    main()
