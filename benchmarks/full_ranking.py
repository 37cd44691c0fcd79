"""Full ranking of 50,000 users among 19,220 items: against the bare product, RecTools and RecBole.

Everybody gets the same vectors of dimension 128, made at random, so that the figures mean nothing
but are the same for all, which is checked: HR, nDCG and MRR at 10 and 20, the histories left out.
The bare product is a matrix product and a top 20 of it, in blocks, by the faster of NumPy and
PyTorch: no history, no rank, no metric. Ours is measured twice: the figures alone, which take no
lists, and `evaluate`, which makes them too, for the coverage. What the libraries do with the same
scores is what they take less the product alone. `make peers` first. OMP_NUM_THREADS holds for
everybody; with 1, the processor's seconds are near to what a quiet machine would take.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from measuring import Cost, Row, arguments, clock, load, middle, report
from seesay.evaluate.evaluation import evaluate
from seesay.evaluate.metrics import per_user
from seesay.recommend.interactions import Holdout, Interactions
from seesay.recommend.ranking import target_ranks

USERS, ITEMS, DIM, K, BLOCK = 50_000, 19_220, 128, 20, 512
BARE_GOAL, PEER_GOAL = 1.5, 1 / 5
# What may be held at once, as a part of the scores of all users and items.
SHARE_HELD = 0.05
# One user of so many whose target is just inside for one and just outside for the other.
SAME = 2e-4
PRODUCT = "product"
PEERS = Path(__file__).parents[1] / ".venvs"
SCRIPTS = Path(__file__).parent / "peers"


def main() -> None:
    parser = arguments(__doc__, repeats=3)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--peak", type=Path, help="print the peak of ranking alone, and end")
    asked = parser.parse_args()
    if asked.peak:
        with_lists(*inputs(asked.peak, asked.users))
        # Not ru_maxrss, which a process has from the one that started it.
        status = Path("/proc/self/status").read_text()
        print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
        return
    for peer in ("rectools", "recbole"):
        if not (PEERS / peer).exists():
            raise SystemExit("Not measured: the peers are not installed. Run: make peers")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_data(folder, asked.users)
        report(measured(folder, asked.users, asked.repeats), asked.json)


def measured(folder: Path, users: int, repeats: int) -> list[Row]:
    busy = load()
    costs: dict[str, list[Cost]] = {}
    for _ in range(repeats):
        for label, rank in OURS.items():
            cost, ours = clock(partial(rank, *inputs(folder, users)))
            costs.setdefault(label, []).append(cost)
        for label, bare in bares(folder).items():
            costs.setdefault(label, []).append(bare)
        for peer in ("rectools", "recbole"):
            for label, found in asked_of(peer, folder).items():
                check_same(ours, found["metrics"], label)
                costs.setdefault(label, []).append(Cost(found["seconds"], found["cpu"]))
    medians = {label: middle(each) for label, each in costs.items()}
    product = medians.pop(PRODUCT).cpu
    own = {label: medians.pop(label) for label in OURS}
    rows = []
    for mine, cost in own.items():
        for label, theirs in medians.items():
            goal = BARE_GOAL if label.startswith(PRODUCT) else 1.0
            rows.append(
                Row(f"{mine}, seconds", cost.seconds, label, theirs.seconds, busy, None, goal)
            )
            rows.append(Row(f"{mine}, processor's", cost.cpu, label, theirs.cpu, busy, None, goal))
            if goal == 1.0:
                left, theirs_left = cost.cpu - product, theirs.cpu - product
                named = f"{mine}, less the product"
                rows.append(Row(named, left, label, theirs_left, busy, None, PEER_GOAL))
    whole, quarter = (peak(folder, many) for many in (users, users // 4))
    held = SHARE_HELD * users * ITEMS * 4 / 2**20
    what = "peak MB more than for a quarter of the users"
    return [*rows, Row(what, whole - quarter, "limit", held, busy)]


def make_data(folder: Path, users: int) -> None:
    """Write vectors, histories of 2 to 12 items, median 6, and targets that are not in them."""
    random = np.random.default_rng(0)
    lengths = np.clip(random.poisson(6, users), 2, 12)
    # Every item is in some history: RecBole knows no others.
    order = np.concatenate([random.permutation(ITEMS) for _ in range(13 * users // ITEMS + 2)])
    starts = np.concatenate([[0], np.cumsum(lengths + 1)])
    rows = [np.unique(order[start:end]) for start, end in pairwise(starts)]
    rows = [random.permutation(row) for row in rows]
    np.save(folder / "users.npy", random.normal(size=(users, DIM)).astype(np.float32))
    np.save(folder / "items.npy", random.normal(size=(ITEMS, DIM)).astype(np.float32))
    np.save(folder / "targets.npy", np.array([row[-1] for row in rows]))
    np.save(folder / "history.npy", np.concatenate([row[:-1] for row in rows]))
    np.save(folder / "lengths.npy", np.array([len(row) - 1 for row in rows]))


class Vectors:
    """A trained recommender of which only the vectors are left; users come in their order."""

    name = "vectors"
    version = 1
    takes = "nothing"

    def __init__(self, users: np.ndarray, items: np.ndarray) -> None:
        self.users, self.items, self.place = users, items, 0

    def item_vectors(self) -> np.ndarray:
        """Return [items, dim]."""
        return self.items

    def user_vectors(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return the next users' vectors."""
        self.place += len(histories)
        return self.users[self.place - len(histories) : self.place]

    def score(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return [users, items]; not asked for where there are vectors."""
        scores: np.ndarray = self.user_vectors(histories) @ self.items.T
        return scores

    def fit(self, *_: object) -> Vectors:
        """Return itself."""
        return self


def inputs(folder: Path, users: int) -> tuple[Vectors, Holdout]:
    """Read the first so many users."""
    lengths = np.load(folder / "lengths.npy")[:users]
    history = np.load(folder / "history.npy")[: lengths.sum()]
    histories = Interactions.from_histories(np.split(history, np.cumsum(lengths)[:-1]), ITEMS)
    vectors = Vectors(np.load(folder / "users.npy")[:users], np.load(folder / "items.npy"))
    return vectors, Holdout(histories, np.load(folder / "targets.npy")[:users])


def figures_alone(vectors: Vectors, holdout: Holdout) -> dict[str, float]:
    """Return the means of the metrics from the ranks, without lists."""
    values = per_user(target_ranks(vectors, holdout, BLOCK), (10, K))
    return {name: float(each.mean()) for name, each in values.items()}


def with_lists(vectors: Vectors, holdout: Holdout) -> dict[str, float]:
    """Return what `evaluate` says, the coverage among it."""
    return dict(evaluate(vectors, holdout, (10, K), block=BLOCK).metrics)


OURS: dict[str, Callable[[Vectors, Holdout], dict[str, float]]] = {
    "figures": figures_alone,
    "figures and lists": with_lists,
}


def bares(folder: Path) -> dict[str, Cost]:
    """Return what the product takes, alone and with a top list by two libraries."""
    users, items = np.load(folder / "users.npy"), np.load(folder / "items.npy")
    blocks = [users[start : start + BLOCK] for start in range(0, len(users), BLOCK)]
    buffer = np.empty((BLOCK, len(items)), np.float32)

    def alone() -> None:
        for block in blocks:
            np.matmul(block, items.T, out=buffer[: len(block)])

    def by_numpy() -> None:
        for block in blocks:
            scores = np.matmul(block, items.T, out=buffer[: len(block)])
            top = np.argpartition(scores, -K, axis=1)[:, -K:]
            np.take_along_axis(scores, top, axis=1).argsort(axis=1)

    def by_torch() -> None:
        weights = torch.from_numpy(items).T
        for block in blocks:
            torch.topk(torch.from_numpy(block) @ weights, K)

    works = {PRODUCT: alone, f"{PRODUCT}, NumPy": by_numpy, f"{PRODUCT}, PyTorch": by_torch}
    return {label: clock(work)[0] for label, work in works.items()}


def asked_of(peer: str, folder: Path) -> dict[str, dict[str, Any]]:
    """Have another library evaluate; its own reading of the data is not counted."""
    script = SCRIPTS / f"{peer}_ranking.py"
    command = [str(PEERS / peer / "bin" / "python"), str(script), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script.name} left with {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def check_same(ours: dict[str, float], theirs: dict[str, float], label: str) -> None:
    for name, value in theirs.items():
        known = ours[name]
        if abs(known - value) > SAME:
            raise SystemExit(f"{label} has another {name}: {value}, and ours is {known}")


def peak(folder: Path, users: int) -> float:
    """Return the peak MB of a process that ranks for so many users."""
    command = [sys.executable, __file__, "--peak", str(folder), "--users", str(users)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
