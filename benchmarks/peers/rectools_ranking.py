"""RecTools' own rankers and metrics on vectors that are given; see ../full_ranking.py.

Argument: the folder of the vectors, histories and targets. Prints one JSON object: of each ranker
the seconds, and the figures that have the same meaning as ours.
"""

import json
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rectools import Columns
from rectools.metrics import MRR, NDCG, HitRate, calc_metrics
from rectools.models.rank import Distance, ImplicitRanker, TorchRanker
from scipy import sparse

K = 20


def main() -> None:
    warnings.filterwarnings("ignore")
    folder = Path(sys.argv[1])
    threads = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))
    torch.set_num_threads(threads)
    users, items = np.load(folder / "users.npy"), np.load(folder / "items.npy")
    history, lengths = np.load(folder / "history.npy"), np.load(folder / "lengths.npy")
    starts = np.concatenate([[0], np.cumsum(lengths)])
    ones = np.ones(len(history), np.float32)
    seen = sparse.csr_matrix((ones, history, starts), (len(users), len(items)))
    wanted = pd.DataFrame(
        {Columns.User: np.arange(len(users)), Columns.Item: np.load(folder / "targets.npy")}
    )
    metrics = {
        f"{name}@{k}": metric
        for k in (10, K)
        for name, metric in (
            ("hr", HitRate(k)),
            ("ndcg", NDCG(k, divide_by_achievable=True)),
            ("mrr", MRR(k)),
        )
    }
    rankers = {
        "RecTools, implicit": ImplicitRanker(Distance.DOT, users, items, num_threads=threads),
        "RecTools, torch": TorchRanker(Distance.DOT, "cpu", users, items),
    }
    told = {}
    for label, ranker in rankers.items():
        start, cpu = time.perf_counter(), time.process_time()
        ids, found, scores = ranker.rank(np.arange(len(users)), k=K, filter_pairs_csr=seen)
        table = pd.DataFrame({Columns.User: ids, Columns.Item: found, Columns.Score: scores})
        table[Columns.Rank] = table.groupby(Columns.User, sort=False).cumcount() + 1
        values = calc_metrics(metrics, table, wanted)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        same = {name: value for name, value in values.items() if not name.startswith("mrr")}
        told[label] = {"seconds": seconds, "cpu": cpu, "metrics": same}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
