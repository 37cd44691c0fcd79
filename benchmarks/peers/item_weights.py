"""What is one matrix of items by items in either library, on the protocol of split.py."""

import argparse
import json
import os
import time
from collections.abc import Callable

import numpy as np
from split import Scorer, Split, arguments, metrics, ranks

# setting -> item weights of a library, a row and a column for each of its own ids
Fit = Callable[[float], np.ndarray]


def ease_arguments(library: str) -> argparse.Namespace:
    """Read the command line of EASE; its setting is the regularisation."""
    parser = arguments(f"EASE of {library}, on MicroLens-50K")
    parser.add_argument("--settings", nargs="+", type=float, default=[20, 50, 200, 500])
    return parser.parse_args()


def neighbours_parser(library: str) -> argparse.ArgumentParser:
    """Return the command line of item-knn; its setting is how many neighbours an item has."""
    parser = arguments(f"Item-knn of {library}, on MicroLens-50K")
    parser.add_argument("--settings", nargs="+", type=int, default=[20, 100, 500, 2000])
    return parser


def make_scorer(weights: np.ndarray, ids: np.ndarray, split: Split, part: str) -> Scorer:
    """Sum the rows of a history; an item without an id (-1) gets -inf and is not read."""
    history, known = split.history(part), np.flatnonzero(ids >= 0)

    def score(rows: np.ndarray) -> np.ndarray:
        scores = np.full((len(rows), len(ids)), -np.inf, np.float32)
        for line, row in enumerate(rows):
            read = ids[history[row]]
            scores[line, known] = weights[read[read >= 0]].sum(0)[ids[known]]
        return scores

    return score


def run(name: str, fit: Fit, ids: np.ndarray, split: Split, asked: argparse.Namespace) -> None:
    """Choose the setting by validation nDCG@10, rank the test part with it, print both.

    `ids` holds of each item of the split the library's own id, -1 where it has none.
    """
    tried, best, chosen = [], -1.0, np.empty(0)
    for setting in asked.settings:
        start, cpu = time.perf_counter(), time.process_time()
        weights = fit(setting)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        found = metrics(ranks(split, "valid", make_scorer(weights, ids, split, "valid")))
        one = {
            "setting": setting,
            "wall_s": round(seconds, 1),
            "cpu_s": round(cpu, 1),
            **{f"valid_{metric}": round(value, 5) for metric, value in found.items()},
        }
        print(name, json.dumps(one), flush=True)
        tried.append(one)
        if found["ndcg@10"] > best:
            best = found["ndcg@10"]
            # printed of the chosen one alone; to fit it a second time would take minutes
            chosen = ranks(split, "test", make_scorer(weights, ids, split, "test"))
        # the next fit needs the room
        del weights
    if asked.ranks is not None:
        np.save(asked.ranks, chosen)
    test = {metric: round(value, 5) for metric, value in metrics(chosen).items()}
    threads = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))
    line = json.dumps({"name": name, "threads": threads, "tried": tried, "test": test})
    print(line, flush=True)
    if asked.out is not None:
        with asked.out.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
