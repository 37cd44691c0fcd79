"""The one protocol on which the public peers and seesay meet.

Leave-one-out on the MicroLens pairs file, ranking of the whole catalogue, and the record of a run.
It needs numpy and nothing else, so that it works in every peer's environment.
"""

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

KEEP = 13
CUTOFFS = (10, 20)

# users (their row numbers) -> scores in a fresh array: a row a user, a column an item of the split
Scorer = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Split:
    """Items are columns 0..n-1 in the order of `items`; a user is a row."""

    items: np.ndarray
    train: list[np.ndarray]
    valid: np.ndarray
    test: np.ndarray

    def history(self, part: str) -> list[np.ndarray]:
        """What a model may read, and what is never recommended, when `part` is ranked."""
        if part == "valid":
            return self.train
        return [np.append(seen, last) for seen, last in zip(self.train, self.valid, strict=True)]

    def target(self, part: str) -> np.ndarray:
        """The one item of each user that `part` asks for."""
        return self.valid if part == "valid" else self.test


def load(folder: Path, users: int | None = None) -> Split:
    """Of a user's last 13 items the last is for test, the one before for validation.

    Raises:
        ValueError: an item of the pairs file has no title.
    """
    with (folder / "MicroLens-50k_titles.csv").open(encoding="utf-8", newline="") as file:
        items = np.array(sorted(int(row["item"]) for row in csv.DictReader(file)))
    kept = []
    with (folder / "MicroLens-50k_pairs.tsv").open(encoding="utf-8") as file:
        for line in file:
            watched = np.array(line.rstrip("\n").split("\t")[1].split(), dtype=np.int64)[-KEEP:]
            columns = np.searchsorted(items, watched)
            if not np.array_equal(items[columns], watched):
                raise ValueError(f"an item without a title in {line!r}")
            kept.append(columns)
    kept = kept[:users]
    last = np.array([row[-2:] for row in kept])
    return Split(items, [row[:-2] for row in kept], last[:, 0], last[:, 1])


def ranks(split: Split, part: str, score: Scorer, batch: int = 512) -> np.ndarray:
    """Rank of each user's target, 1 is the best: the history is masked and every tie is lost."""
    history, target = split.history(part), split.target(part)
    found = np.empty(len(target), dtype=np.int64)
    for start in range(0, len(target), batch):
        rows = np.arange(start, min(start + batch, len(target)))
        scores = np.asarray(score(rows), dtype=np.float32)
        lengths = [len(history[row]) for row in rows]
        seen = np.concatenate([history[row] for row in rows])
        scores[np.repeat(np.arange(len(rows)), lengths), seen] = -np.inf
        own = np.nan_to_num(scores[np.arange(len(rows)), target[rows]], nan=-np.inf, neginf=-np.inf)
        found[rows] = (scores >= own[:, None]).sum(1)
    return found


def metrics(found: np.ndarray) -> dict[str, float]:
    """HR@k and nDCG@k of one target a user, as means over the users."""
    gain = 1 / np.log2(found + 1)
    figures = {}
    for k in CUTOFFS:
        figures[f"hr@{k}"] = float((found <= k).mean())
        figures[f"ndcg@{k}"] = float(np.where(found <= k, gain, 0).mean())
    return figures


def popularity(split: Split) -> Scorer:
    counts = np.bincount(np.concatenate(split.train), minlength=len(split.items))
    return lambda rows: np.tile(counts.astype(np.float32), (len(rows), 1))


@dataclass
class Record:
    """One run: a line of text after each epoch, one JSON object at the end.

    `wall` and `cpu` count seconds of training alone, without the validation; on a shared machine
    the processor's seconds are the fairer of the two.
    """

    settings: dict[str, Any]
    epochs: list[dict[str, float]] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0
    _mark: tuple[float, float] = (0.0, 0.0)

    def start(self) -> None:
        """An epoch of training begins."""
        self._mark = (time.perf_counter(), time.process_time())

    def stop(self) -> None:
        """It ends, and its validation is still to come."""
        self.wall += time.perf_counter() - self._mark[0]
        self.cpu += time.process_time() - self._mark[1]

    def add(self, validation: dict[str, float]) -> None:
        """Keep and print what the validation found after the epoch."""
        epoch = {
            "epoch": len(self.epochs) + 1,
            "wall_s": round(self.wall, 1),
            "cpu_s": round(self.cpu, 1),
            "valid_ndcg@10": round(validation["ndcg@10"], 5),
            "valid_hr@10": round(validation["hr@10"], 5),
        }
        self.epochs.append(epoch)
        print(self.settings["name"], json.dumps(epoch), flush=True)

    def finish(self, test: dict[str, float], out: Path | None) -> None:
        """Print the run as one JSON line and append it to `out`."""
        best = max(self.epochs, key=lambda epoch: epoch["valid_ndcg@10"])
        line = json.dumps(
            {
                **self.settings,
                "seconds_an_epoch": round(self.wall / len(self.epochs), 1),
                "cpu_seconds_an_epoch": round(self.cpu / len(self.epochs), 1),
                "epochs_run": len(self.epochs),
                "best_epoch": best["epoch"],
                "best_valid_ndcg@10": best["valid_ndcg@10"],
                "test": {name: round(value, 5) for name, value in test.items()},
                "curve": self.epochs,
            }
        )
        print(line, flush=True)
        if out is not None:
            with out.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def arguments(description: str) -> argparse.ArgumentParser:
    """What all peers ask for; each adds its own."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("data", type=Path, help="folder of MicroLens-50k_pairs.tsv")
    parser.add_argument("--out", type=Path, help="append the result here, one JSON line")
    parser.add_argument("--ranks", type=Path, help="save the test rank of each user here (.npy)")
    parser.add_argument("--users", type=int, help="only the first so many users, to try it out")
    return parser


def training_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what those ask for that are trained in epochs."""
    parser.add_argument("--epochs", type=int, default=60, help="at most so many")
    parser.add_argument("--patience", type=int, default=3, help="epochs without a better nDCG@10")
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--heads", type=int, default=2)
    parser.add_argument("--blocks", type=int, default=2)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--threads", type=int, default=int(os.environ.get("OMP_NUM_THREADS", "1")))


def main() -> None:
    """The check of the protocol itself: popularity, and a scorer that says the same of all."""
    split = load(Path(sys.argv[1]))
    sizes = {"users": len(split.test), "items": len(split.items)}
    flat: Scorer = lambda rows: np.zeros((len(rows), len(split.items)))  # noqa: E731
    results = {
        "popularity": metrics(ranks(split, "test", popularity(split))),
        "constant": metrics(ranks(split, "test", flat)),
    }
    print(json.dumps({**sizes, **results}))


if __name__ == "__main__":
    main()
