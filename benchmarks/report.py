"""How long the evidence for a large table takes: 50,000 users x 60 cells, made-up ranks.

The bootstrap of all cells and differences, the slices, the map, and the report's file; seconds are
those of the processor, so that others on the machine do not count.
"""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from measuring import Row, arguments, clock, load, report
from seesay.evaluate.comparison import MAIN, Comparison
from seesay.evaluate.evaluation import Evaluation
from seesay.evaluate.item_map import make_map
from seesay.evaluate.metrics import per_user
from seesay.evaluate.outcomes import Outcome, make_table, users_values
from seesay.evaluate.report import Pictures, write_report
from seesay.evaluate.slices import cuts_of_users, slice_cells

USERS, ITEMS, DIM = 50_000, 19_220, 384
RECOMMENDERS = [f"recommender-{number}" for number in range(10)]
FEATURES = ["id", "title", "tag", "id+title", "random", "shuffled"]
TABLE_SECONDS, SLICES_SECONDS, MAP_SECONDS, REPORT_SECONDS = 30.0, 30.0, 15.0, 5.0
REPORT_MEGABYTES, PEAK_MEGABYTES = 3.0, 1_500.0


def main() -> None:
    asked = arguments(__doc__, repeats=1).parse_args()
    random = np.random.default_rng(0)
    outcomes = made_up(random)
    ids = [f"i{item}" for item in range(ITEMS)]
    table, (cells, gains) = clock(lambda: make_table(outcomes))
    targets = [ids[item] for item in random.integers(0, ITEMS, USERS)]
    views = np.floor(np.exp(random.normal(2, 1.2, USERS)))
    facts = {
        item: {"seconds": 9.0 + row % 50, "speech": row % 3 > 0} for row, item in enumerate(ids)
    }
    cuts, _ = cuts_of_users(targets, views, random.integers(4, 13, USERS), facts)
    values = np.array([users_values(one, MAIN) for one in outcomes])
    names = [(one.recommender, one.features) for one in outcomes]
    sliced, slices = clock(lambda: tuple(slice_cells(names, values, cut) for cut in cuts))
    tags = [f"tag {row % 23}" for row in range(ITEMS)]
    items = pl.DataFrame({"item_id": ids, "title": ["a title of nine words"] * ITEMS, "tag": tags})
    vectors = random.normal(size=(ITEMS, DIM)).astype(np.float32)
    words = dict.fromkeys(ids, "words of a description " * 20)
    mapped, item_map = clock(lambda: make_map("title", vectors, ids, items, words))
    comparison = Comparison(cells, gains, slices=slices)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        written, _ = clock(lambda: write_report(path, comparison, Pictures((), item_map)))
        megabytes = path.stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(outcomes)} cells, {len(gains)} differences, {len(cuts)} slices")
    timed = [
        ("bootstrap of the table, cpu s", table, TABLE_SECONDS),
        ("slices, cpu s", sliced, SLICES_SECONDS),
        ("map of 2,000 items, cpu s", mapped, MAP_SECONDS),
        ("report, cpu s", written, REPORT_SECONDS),
    ]
    rows = [Row(name, cost.cpu, "limit", limit, load(), cost.cpu) for name, cost, limit in timed]
    rows.append(Row("report, MB", megabytes, "limit", REPORT_MEGABYTES, load()))
    rows.append(Row("peak of the process, MB", peak, "limit", PEAK_MEGABYTES, load()))
    report(rows, asked.json)


def made_up(random: np.random.Generator) -> list[Outcome]:
    """Return outcomes whose users differ in how easy they are, with about 5% hits."""
    ease = random.normal(0, 1.5, USERS)
    outcomes = []
    for recommender in RECOMMENDERS:
        for features in FEATURES:
            drawn = np.exp(5.2 + ease + random.normal(0, 1.0, USERS))
            ranks = np.clip(drawn, 1, ITEMS).astype(np.int64)
            values = per_user(ranks, (10, 20))
            metrics = {name: float(value.mean()) for name, value in values.items()}
            users = pl.DataFrame({"rank": ranks, **values})
            outcomes.append(Outcome(recommender, features, {0: Evaluation(metrics, users)}))
    return outcomes


if __name__ == "__main__":
    main()
