"""Cost against size: made-up catalogues of 10,000, 100,000 and 1,000,000 items, and the exponent.

Everything is synthetic. There are as many users as items, so that the log grows with the catalogue:
each has ten views, repeats left out, eight in ten of them in a cluster of a hundred items, by
Zipf's law there as over the whole catalogue. Vectors have dimension 64; content is a cluster's
centre with noise. What belongs together is measured in a process of its own at each size. Seconds
are those of the processor. A peak is what was resident while the work ran, the inputs included,
less what the process had before it read them. Before that each process does the same for 1,000
items, unmeasured, so that no figure has imports and first calls in it. Training is measured by
steps of 512 histories after a first one; tiger ranks untrained, which costs the same.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from measuring import Cost, Row, arguments, load, middle, report
from seesay.core.errors import SeesayError
from seesay.evaluate.metrics import per_user
from seesay.recommend.base import FeatureSet, FeatureSpec, Recommender
from seesay.recommend.content_knn import ContentKNN
from seesay.recommend.ease import EASE
from seesay.recommend.interactions import Holdout, Interactions
from seesay.recommend.item_knn import ItemKNN
from seesay.recommend.ranking import target_ranks, top_k
from seesay.recommend.sasrec import SASRec, SASRecSettings
from seesay.recommend.sequences import TrainingBatch
from seesay.recommend.tiger import Tiger
from seesay.recommend.tiger_model import TigerSettings

SIZES = (10_000, 100_000, 1_000_000)
M = TypeVar("M", bound=Recommender)
DIM, CLUSTER, VIEWS, K, NEGATIVES = 64, 100, 10, 20, 4_096
WARMING = 1_000
# How many scores to compute at a size, by no fewer users than that; and how many steps.
SCORES, LEAST_USERS = 500_000_000, 1_024
ITEM_STEPS, LEAST_STEPS, MOST_STEPS = 800_000, 2, 16
GOAL = 1.1
# What twice the users may hold more, as a part of the scores of those that were added.
SHARE_HELD = 0.05


@dataclass(frozen=True)
class World:
    """A made-up catalogue with its log.

    Attributes:
        holdout: every user's views but the last, and the last.
    """

    features: FeatureSet
    holdout: Holdout

    @property
    def train(self) -> Interactions:
        """The views before the last."""
        return self.holdout.histories

    @property
    def users(self) -> int:
        """How many users to rank for."""
        size = self.train.n_items
        return min(size // 2, max(LEAST_USERS, SCORES // size))

    @classmethod
    def read(cls, folder: Path) -> World:
        """Read what `make_world` wrote."""
        content = np.load(folder / "content.npy")
        log = Interactions(
            np.load(folder / "items.npy"), np.load(folder / "offsets.npy"), len(content)
        )
        holdout = Holdout(log, np.load(folder / "targets.npy"))
        return cls(FeatureSet(FeatureSpec(False, ("look",)), {"look": content}), holdout)

    def first(self, users: int) -> Holdout:
        """Return the first so many users' part."""
        items, offsets = self.train.items, self.train.offsets[: users + 1]
        part = Interactions(items[: offsets[-1]], offsets, self.train.n_items)
        return Holdout(part, self.holdout.targets[:users])


def make_world(folder: Path, size: int) -> str:
    """Write a catalogue of so many items and its log; return what is in it."""
    random = np.random.default_rng(0)
    near = _zipf(random, min(CLUSTER, size), (size, VIEWS))
    home = random.integers(0, -(-size // CLUSTER), (size, 1)) * CLUSTER
    # Scattered, so that the items that are watched most are in clusters of their own.
    anywhere = random.permutation(size)[_zipf(random, size, (size, VIEWS))]
    views = np.where(
        random.random((size, VIEWS)) < 0.8, np.minimum(home + near, size - 1), anywhere
    )
    users = np.repeat(np.arange(size), VIEWS)
    firsts = np.sort(np.unique(users * size + views.ravel(), return_index=True)[1])
    items, users = views.ravel()[firsts].astype(np.int32), users[firsts]
    last = np.append(users[1:] != users[:-1], True)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(users[~last], minlength=size))])
    centres = random.normal(size=(-(-size // CLUSTER), DIM)).astype(np.float32)
    content = centres[np.arange(size) // CLUSTER]
    content += random.normal(scale=0.7, size=content.shape).astype(np.float32)
    arrays = {"items": items[~last], "targets": items[last], "offsets": offsets, "content": content}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    watched = len(np.unique(items[~last])) / size
    return f"{size:,} items and users, {len(items):,} views, {watched:.0%} of the items watched"


def _zipf(random: np.random.Generator, size: int, shape: tuple[int, ...]) -> np.ndarray:
    """Draw places from 0 on, each as likely as one over its number from 1 on."""
    heights = np.cumsum(1 / np.arange(1, size + 1))
    return np.minimum(np.searchsorted(heights, random.random(shape) * heights[-1]), size - 1)


@dataclass(frozen=True)
class Point:
    """A cost at a size; `peak` in MB."""

    cost: Cost
    peak: float


@dataclass
class Found:
    """What a process measured, by the figure's name, and why it ended where that was too soon."""

    points: dict[str, Point] = field(default_factory=dict)
    refused: str = ""


class Meter:
    """Measures what is between `start` and `stop`."""

    def __init__(self) -> None:
        self.before = _status("VmRSS")
        self.points: dict[str, Point] = {}

    def start(self) -> None:
        """Forget the peak until now, and start the clock."""
        Path("/proc/self/clear_refs").write_text("5")
        self.mark = Cost(time.perf_counter(), time.process_time())

    def stop(self, name: str, units: float = 1.0) -> None:
        """Stop the clock.

        Args:
            units: how many thousands of users or histories it was; 1 where the whole counts.
        """
        took = Cost(time.perf_counter(), time.process_time()) - self.mark
        # Not ru_maxrss, which cannot be reset.
        peak = (_status("VmHWM") - self.before) / 1024
        self.points[name] = Point(Cost(took.seconds / units, took.cpu / units), peak)


def _status(name: str) -> int:
    """Return a size of this process in KB."""
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0])


def fitted(model: M, world: World, meter: Meter, label: str = "") -> M:
    """Fit on the content, where it cannot do without, or the ID; measured where it has a label."""
    meter.start()
    model.fit(world.train, world.features if isinstance(model, ContentKNN | Untrained) else ID)
    if label:
        meter.stop(f"{label}, fit")
    return model


def ranked(model: Recommender, world: World, meter: Meter, label: str, share: float = 1.0) -> None:
    """Measure ranks and metrics of users, a share of as many as usual."""
    holdout = world.first(int(share * world.users))
    meter.start()
    {name: each.mean() for name, each in per_user(target_ranks(model, holdout), (10, K)).items()}
    meter.stop(f"{label}, {USERS}", len(holdout.targets) / 1000)


def listed(model: Recommender, world: World, meter: Meter) -> None:
    histories = world.first(world.users).histories.histories()
    meter.start()
    top_k(model, histories, K)
    meter.stop(f"lists of {K}, {USERS}", len(histories) / 1000)


class Steps(SASRec):
    """Trains for some steps; the first, in which memory is taken for good, is not measured."""

    def measure(self, world: World, meter: Meter, label: str) -> None:
        """Measure so many steps as the size allows."""
        self.meter, self.label = meter, label
        self.fit(world.train, ID)

    def batches(
        self, train: Interactions, size: int, random: np.random.Generator
    ) -> Iterator[TrainingBatch]:
        """Yield one batch, and after it those that count."""
        steps = min(MOST_STEPS, max(LEAST_STEPS, ITEM_STEPS // train.n_items))
        found = super().batches(train, size, random)
        yield next(found)
        histories = 0
        self.meter.start()
        for batch in islice(found, steps):
            histories += len(batch.tokens.lengths)
            yield batch
        self.meter.stop(f"{self.label}, 1,000 histories", histories / 1000)


class Untrained(Tiger):
    """Gives the IDs, and makes the trie and the vectors of its nodes."""

    def _train(self, *_: object) -> list[float]:
        self._refresh()
        return [0.0]


def by_vectors(world: World, meter: Meter) -> None:
    ranked(fitted(ContentKNN(), world, meter, "content-knn"), world, meter, RANKING)


def twice_the_users(world: World, meter: Meter) -> None:
    ranked(fitted(ContentKNN(), world, meter), world, meter, TWICE, 2)


def lists(world: World, meter: Meter) -> None:
    listed(fitted(ContentKNN(), world, meter), world, meter)


def full_softmax(world: World, meter: Meter) -> None:
    Steps(SASRecSettings(dim=DIM, epochs=1)).measure(world, meter, "sasrec id, full softmax")


def sampled(world: World, meter: Meter) -> None:
    label = f"sasrec id, {NEGATIVES:,} negatives"
    Steps(SASRecSettings(dim=DIM, epochs=1, negatives=NEGATIVES)).measure(world, meter, label)


def item_knn(world: World, meter: Meter) -> None:
    ranked(fitted(ItemKNN(), world, meter, "item-knn id"), world, meter, "item-knn id, ranking")


def ease(world: World, meter: Meter) -> None:
    ranked(fitted(EASE(), world, meter, "ease id"), world, meter, "ease id, ranking")


def tiger(world: World, meter: Meter) -> None:
    model = fitted(Untrained(TigerSettings(dim=DIM)), world, meter, "tiger IDs and trie")
    ranked(model, world, meter, "tiger, ranking", 1 / 4)


ID = FeatureSet(FeatureSpec.parse("id"), {})
USERS = "1,000 users"
RANKING, TWICE = "full ranking by vectors", "full ranking, twice the users"
COSTS: dict[str, Callable[[World, Meter], None]] = {
    cost.__name__.replace("_", "-"): cost
    for cost in (
        by_vectors,
        twice_the_users,
        lists,
        full_softmax,
        sampled,
        item_knn,
        ease,
        tiger,
    )
}
# It solves a matrix of items by items.
CUBIC = "ease id, fit"


def measure(
    cost: Callable[[World, Meter], None],
    folder: Path,
    warming: Path,
    asked: argparse.Namespace,
    answer: Connection,
) -> None:
    """Measure in this process, warmed up, and send what was found."""
    most = int(asked.most_gb * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    torch.set_num_threads(asked.threads)
    meter, refused = Meter(), ""
    with threadpool_limits(asked.threads):
        try:
            cost(World.read(warming), Meter())
            meter = Meter()
            cost(World.read(folder), meter)
        except SeesayError as error:
            refused = error.problem
        except (MemoryError, RuntimeError) as error:
            if not isinstance(error, MemoryError) and "allocate memory" not in str(error):
                raise
            refused = f"it needs more than {asked.most_gb:g} GB."
    answer.send(Found(meter.points, refused))


def found_by(cost: str, folder: Path, warming: Path, asked: argparse.Namespace) -> Found:
    """Measure in processes of their own; of `repeats` the middle.

    Raises:
        SystemExit: one failed.
    """
    # Forked, so that nobody waits for imports; nothing has run in threads before.
    processes = multiprocessing.get_context("fork")
    tries: list[Found] = []
    for _ in range(asked.repeats):
        ours, theirs = processes.Pipe(duplex=False)
        told = (COSTS[cost], folder, warming, asked, theirs)
        process = processes.Process(target=measure, args=told)
        process.start()
        theirs.close()
        try:
            tries.append(ours.recv())
        except EOFError:
            raise SystemExit(f"The process of {cost} failed.") from None
        process.join()
    names = tries[0].points
    middles = {
        name: Point(
            middle([each.points[name].cost for each in tries]),
            max(each.points[name].peak for each in tries),
        )
        for name in names
    }
    return Found(middles, tries[0].refused)


def exponent(values: dict[int, float]) -> float:
    """Return the power of the size with which values grow: least squares of the logarithms."""
    return float(np.polyfit(np.log([*values]), np.log([*values.values()]), 1)[0])


Points = dict[str, dict[int, Point]]


def show(
    title: str, form: str, points: Points, sizes: Sequence[int], value: Callable[[Point], float]
) -> None:
    """Print one line a figure: a column a size, its values in a format, and the exponent."""
    print(f"\n| {title} | {' | '.join(f'{size:,}' for size in sizes)} | exponent |")
    print(f"| --- |{' ---: |' * (len(sizes) + 1)}")
    for name, found in points.items():
        values = {size: value(point) for size, point in found.items()}
        cells = [f"{values[size]:{form}}" if size in values else "-" for size in sizes]
        power = f"{exponent(values):.2f}" if len(values) > 1 else "-"
        print(f"| {name} | {' | '.join(cells)} | {power} |")


def rows_of(points: Points, users: dict[int, int], busy: float) -> list[Row]:
    """Return a row for each exponent, and one a size for what twice the users hold."""
    rows = []
    for name, found in points.items():
        if len(found) > 1:
            peer, power = ("cubic", 3.0) if name == CUBIC else ("linear", 1.0)
            ours = exponent({size: point.cost.cpu for size, point in found.items()})
            rows.append(Row(f"{name}: exponent", ours, peer, power, busy, None, GOAL))
    once, twice = (points.get(f"{name}, {USERS}", {}) for name in (RANKING, TWICE))
    for size in sorted(once.keys() & twice.keys()):
        limit = SHARE_HELD * users[size] * size * 4 / 2**20
        what = f"{size:,} items, peak MB more for {2 * users[size]:,} users than for half"
        rows.append(Row(what, twice[size].peak - once[size].peak, "limit", limit, busy))
    return rows


def main(words: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__, repeats=1)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--costs", nargs="+", choices=COSTS, default=list(COSTS))
    parser.add_argument("--most-gb", type=float, default=10.0, help="what needs more is left out")
    asked = parser.parse_args(words)
    sizes = sorted(asked.sizes)
    busy = load()
    points: Points = {}
    users = {}
    print(f"Synthetic catalogues and logs, vectors of {DIM}, {asked.threads} thread(s)")
    for size in sizes:
        with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as warming:
            make_world(Path(warming), WARMING)
            print(make_world(Path(name), size), flush=True)
            users[size] = World.read(Path(name)).users
            for cost in asked.costs:
                found = found_by(cost, Path(name), Path(warming), asked)
                for figure, point in found.points.items():
                    points.setdefault(figure, {})[size] = point
                    told = f"{point.cost.cpu:.3f} s, {point.peak:.0f} MB"
                    print(f"  {figure}: {told}", file=sys.stderr, flush=True)
                if found.refused:
                    print(f"  {cost} left out: {found.refused}", flush=True)
    show("processor's seconds", ".3g", points, sizes, lambda point: point.cost.cpu)
    show("peak MB", ",.0f", points, sizes, lambda point: point.peak)
    print()
    rows = rows_of(points, users, busy)
    report(rows, False)
    if asked.json:
        print(json.dumps([row.as_dict() for row in rows]))


if __name__ == "__main__":
    main()
