"""How long the stages take on MicroLens-50K: reading, item-knn, an epoch of sasrec, its ranking.

Ends with 2 where the data set is not there: it is the user's own download.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measuring import SEESAY, SHARED, Cost, Row, arguments, clock, load, middle, quick, report
from seesay.catalog.datasets.microlens import MicroLens, MicroLensSettings
from seesay.catalog.split import SplitSettings, split_log
from seesay.core.errors import SeesayError
from seesay.evaluate.evaluation import evaluate
from seesay.recommend.base import FeatureSet, FeatureSpec, Recommender
from seesay.recommend.item_knn import ItemKNN
from seesay.recommend.sasrec import SASRec, SASRecSettings
from seesay.recommend.task import Task, make_task

READ_SECONDS = 5.0
KNN_SECONDS = 30.0
EPOCH_SECONDS = 25.0
RANKING_SECONDS = 10.0
ID = FeatureSet(FeatureSpec.parse("id"), {})


def main() -> None:
    parser = arguments(__doc__, repeats=3)
    parser.add_argument("--data", type=Path, default=SHARED / "data" / "microlens-50k")
    asked = parser.parse_args()
    try:
        catalog = MicroLens(MicroLensSettings(folder=asked.data)).load()
    except SeesayError as error:
        print(f"Not measured. {error}", file=sys.stderr)
        raise SystemExit(2) from error
    item_ids = catalog.items["item_id"].to_list()
    task = make_task(item_ids, split_log(catalog.interactions, SplitSettings()))
    print(f"{len(task.users):,} users, {len(item_ids):,} items")
    repeats = range(asked.repeats)
    busy = [load()]
    read = middle([read_process(asked.data) for _ in repeats])
    busy.append(load())
    knn = middle([knn_whole(task) for _ in repeats])
    busy.append(load())
    model = SASRec(SASRecSettings(epochs=1, dim=64))
    epoch = middle([clock(lambda: model.fit(task.train, ID))[0] for _ in repeats])
    busy.append(load())
    ranking = middle([rank_all(model, task) for _ in repeats])
    dim = model.settings.dim
    report(
        [
            _row("data microlens, seconds", read, READ_SECONDS, busy[0]),
            _row("item-knn id, fit and full ranking, seconds", knn, KNN_SECONDS, busy[1]),
            _row(f"sasrec id, dim {dim}, an epoch, seconds", epoch, EPOCH_SECONDS, busy[2]),
            _row("sasrec id, full ranking, seconds", ranking, RANKING_SECONDS, busy[3]),
        ],
        asked.json,
    )


def read_process(folder: Path) -> Cost:
    """Run `seesay data microlens` in a new workspace."""
    with tempfile.TemporaryDirectory() as workspace:
        quick([SEESAY, "init", workspace])
        return quick([SEESAY, "-w", workspace, "data", "microlens", folder])


def knn_whole(task: Task) -> Cost:
    """Fit item-knn and rank all items for every user."""
    return clock(lambda: evaluate(ItemKNN().fit(task.train, ID), task.test))[0]


def rank_all(recommender: Recommender, task: Task) -> Cost:
    """Rank all items for every user."""
    return clock(lambda: evaluate(recommender, task.test))[0]


def _row(figure: str, cost: Cost, limit: float, busy: float) -> Row:
    return Row(figure, cost.seconds, "limit", limit, busy, cost.cpu)


if __name__ == "__main__":
    main()
