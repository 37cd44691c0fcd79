"""A split as indices."""

import polars as pl

from seesay.catalog.split import SplitSettings, leave_one_out
from seesay.recommend.task import make_task


def test_by_hand() -> None:
    log = pl.DataFrame(
        {
            "user_id": ["v"] * 3 + ["u"] * 4 + ["w"],
            "item_id": ["c", "b", "a", "d", "a", "b", "c", "a"],
            "timestamp": [1, 2, 3, 5, 5, 5, 5, 0],
        }
    )
    split = leave_one_out(log, SplitSettings(min_interactions=3))
    task = make_task(["unseen", "a", "b", "c", "d"], split)
    assert task.users == ["u", "v"]
    assert [history.tolist() for history in task.train.histories()] == [[4, 1], [3]]
    assert task.validation.histories is task.train
    assert task.validation.targets.tolist() == [2, 2]
    assert [history.tolist() for history in task.test.histories.histories()] == [[4, 1, 2], [3, 2]]
    assert task.test.targets.tolist() == [3, 1]
    assert task.train.n_items == 5
