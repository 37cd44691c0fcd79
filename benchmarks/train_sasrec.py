"""Seconds of training until SASRec reaches a validation nDCG@10 on MicroLens-50K, ours and peers'.

`id` alone, dimension 64, two blocks, two heads. Everybody has the split, the full ranking and the
users of `peers/split.py`; the time that validation takes counts for nobody. A run ends as soon as
it has reached the figure. The peers lie in environments of their own: `make peers`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from measuring import SHARED, Cost, Row, arguments, load, report
from seesay.recommend.base import FeatureSet, FeatureSpec
from seesay.recommend.interactions import Holdout, Interactions
from seesay.recommend.sasrec import SASRec, SASRecSettings
from seesay.recommend.training import validation_ndcg

HERE = Path(__file__).parent
ROOT = HERE.parent
# The settings under which docs/results/microlens-50k.md has the peers.
PEERS = {"rectools": [], "recbole": ["--batch-size", "256"]}


@dataclass(frozen=True)
class Goal:
    """What everybody is asked for."""

    data: Path
    ndcg: float
    users: int | None
    epochs: int
    patience: int
    threads: int


@dataclass(frozen=True)
class Outcome:
    """What it took; `best` is below the goal where the training ended before it."""

    cost: Cost
    epochs: int
    best: float


class ReachedError(Exception):
    """The goal is reached; nobody has to train on."""


class Timed(SASRec):
    """Ours, with a clock that runs in epochs alone, and validated after each."""

    def watch(self, goal: float, validation: Holdout) -> None:
        """Say what has to be reached, and on whom."""
        self.goal, self.validation = goal, validation
        self.cost, self.best, self.done = Cost(0, 0), 0.0, 0

    def _epoch(self, *given: Any) -> float:
        before = _now()
        loss = super()._epoch(*given)
        now = _now()
        self.cost = Cost(
            self.cost.seconds + now.seconds - before.seconds, self.cost.cpu + now.cpu - before.cpu
        )
        self.done += 1
        self._freeze()
        found = validation_ndcg(self, self.validation)
        self.best = max(self.best, found)
        print(f"seesay epoch {self.done}: {self.cost.seconds:.1f} s, {found:.4f}", flush=True)
        if found >= self.goal:
            raise ReachedError
        return loss


def ours(goal: Goal, seed: int) -> Outcome:
    sys.path.insert(0, str(HERE / "peers"))
    from split import load as load_split

    torch.set_num_threads(goal.threads)
    split = load_split(goal.data, goal.users)
    rows = [history.astype(np.int32) for history in split.train]
    train = Interactions.from_histories(rows, len(split.items))
    settings = SASRecSettings(dim=64, epochs=goal.epochs, seed=seed)
    model = Timed(settings)
    validation = Holdout(train, split.valid)
    model.watch(goal.ndcg, validation)
    with suppress(ReachedError):
        model.fit(train, FeatureSet(FeatureSpec.parse("id"), {}))
    return Outcome(model.cost, model.done, model.best)


def peer(name: str, goal: Goal) -> Outcome:
    python = ROOT / ".venvs" / name / "bin" / "python"
    if not python.exists():
        raise SystemExit(f"There is no {python}; run: make peers")
    command = [python, HERE / "peers" / f"{name}_sequential.py", goal.data, *PEERS[name]]
    command += ["--epochs", goal.epochs, "--patience", goal.patience, "--threads", goal.threads]
    command += ["--users", goal.users] if goal.users else []
    best, cost, epochs = 0.0, Cost(0, 0), 0
    words = [str(word) for word in command]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            label, _, found = line.partition(" {")
            if label != f"{name}-sasrec":
                continue
            print(line, end="", flush=True)
            epoch = json.loads("{" + found)
            best = max(best, epoch["valid_ndcg@10"])
            cost, epochs = Cost(epoch["wall_s"], epoch["cpu_s"]), epoch["epoch"]
            if best >= goal.ndcg:
                process.terminate()
                break
    if not epochs:
        raise SystemExit(f"{name} left before its first epoch was over.")
    return Outcome(cost, epochs, best)


def rows_of(own: Outcome, others: dict[str, Outcome], goal: Goal, busy: float) -> list[Row]:
    """Return one row a peer; against a peer that never got there its whole training counts."""
    users = f", first {goal.users} users" if goal.users else ""
    figure = f"seconds of training to validation nDCG@10 {goal.ndcg:g}{users}"
    rows = []
    for name, other in others.items():
        short = "" if other.best >= goal.ndcg else f", which ended at {other.best:.4f}"
        words = f"{name} ({other.cost.cpu:.0f} s of processor{short})"
        rows.append(
            Row(figure, own.cost.seconds, words, other.cost.seconds, busy, own.cost.cpu, 1 / 3)
        )
    return rows


def _now() -> Cost:
    return Cost(time.perf_counter(), time.process_time())


def main(words: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__, repeats=1)
    parser.add_argument("--data", type=Path, default=SHARED / "data" / "microlens-50k")
    parser.add_argument("--ndcg", type=float, default=0.045, help="the validation nDCG@10 to reach")
    parser.add_argument("--users", type=int, help="only the first so many, to try it out")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--patience", type=int, default=3, help="of the peers")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    asked = parser.parse_args(words)
    if not asked.data.is_dir():
        raise SystemExit(f"There is no {asked.data}; name MicroLens-50K with --data.")
    goal = Goal(asked.data, asked.ndcg, asked.users, asked.epochs, asked.patience, asked.threads)
    busy = load()
    tries = [ours(goal, seed) for seed in range(asked.repeats)]
    own = sorted(tries, key=lambda outcome: outcome.cost.seconds)[len(tries) // 2]
    if own.best < goal.ndcg:
        raise SystemExit(f"Ours ended at {own.best:.4f} after {own.epochs} epochs.")
    others = {name: peer(name, goal) for name in asked.peers}
    rows = rows_of(own, others, goal, busy)
    report(rows, asked.json)
    raise SystemExit(0 if all(row.holds for row in rows) else 1)


if __name__ == "__main__":
    main()
