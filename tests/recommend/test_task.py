"""A split as indices."""

import polars as pl

from seesay.catalog.split import SplitSettings, split_log
from seesay.recommend.task import make_task


def test_by_hand() -> None:
    log = pl.DataFrame(
        {
            "user_id": ["v"] * 3 + ["u"] * 4 + ["w"],
            "item_id": ["c", "b", "a", "d", "a", "b", "c", "a"],
            "timestamp": [1, 2, 3, 5, 5, 5, 5, 0],
        }
    )
    split = split_log(log, SplitSettings(min_interactions=3))
    task = make_task(["unseen", "a", "b", "c", "d"], split)
    assert task.users == ["u", "v"]
    assert [history.tolist() for history in task.train.histories()] == [[4, 1], [3]]
    assert task.validation.histories.items.tolist() == task.train.items.tolist()
    assert task.validation.targets.tolist() == [2, 2]
    assert [history.tolist() for history in task.test.histories.histories()] == [[4, 1, 2], [3, 2]]
    assert task.test.targets.tolist() == [3, 1]
    assert task.train.n_items == 5
    assert task.test.candidates is None
    assert not len(task.cold)


def test_candidates_and_cold_items_are_places_in_the_vocabulary() -> None:
    log = pl.DataFrame(
        {
            "user_id": [user for user in "uvw" for _ in range(6)],
            "item_id": list("abcdeffabcdeefabcd"),
            "timestamp": list(range(6)) * 3,
        }
    )
    split = split_log(log, SplitSettings(kind="cold-items", core=2, test_share=0.3))
    task = make_task(["unseen", *"fedcba"], split)
    assert task.test.candidates.tolist() == [1, 2, 3, 4, 5, 6]
    assert task.vocabulary.ids(task.cold) == sorted(split.cold, reverse=True)
    assert set(task.test.targets) <= set(task.cold)
    assert not set(task.train.items) & set(task.cold)
