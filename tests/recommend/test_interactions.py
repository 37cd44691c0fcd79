from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seesay.recommend.interactions import Holdout, Interactions, Vocabulary

IDS = st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=30)


@given(IDS, st.data())
def test_an_id_comes_back_from_its_index(ids: list[str], data: st.DataObject) -> None:
    vocabulary = Vocabulary(tuple(ids))
    asked = data.draw(st.lists(st.sampled_from(ids)))
    assert vocabulary.ids(vocabulary.indices(asked)) == asked
    assert len(vocabulary) == len(ids)
    assert all(item in vocabulary for item in ids)


def test_a_repeated_id_is_refused() -> None:
    with pytest.raises(ValueError, match="repeat"):
        Vocabulary(("a", "b", "a"))


def test_an_unknown_id_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Vocabulary(("a",)).indices(["b"])


@given(st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=8))
def test_histories_survive_being_put_together(histories: list[list[int]]) -> None:
    arrays = [np.array(history, np.int32) for history in histories]
    interactions = Interactions.from_histories(arrays, 10)
    assert [history.tolist() for history in interactions.histories()] == histories


def test_a_table_is_put_in_order_of_time() -> None:
    table = pl.DataFrame(
        {
            "user_id": ["v", "u", "v", "u", "u"],
            "item_id": ["a", "b", "c", "a", "c"],
            "timestamp": [2, 5, 1, 3, 5],
        }
    )
    interactions, users = Interactions.from_table(table, Vocabulary(("a", "b", "c")))
    assert users == ["u", "v"]
    assert [history.tolist() for history in interactions.histories()] == [[0, 1, 2], [2, 0]]


def test_the_matrix_is_binary() -> None:
    interactions = Interactions.from_histories([np.array([1, 1, 2]), np.array([0])], 3)
    assert interactions.matrix().toarray().tolist() == [[0, 1, 1], [1, 0, 0]]


def test_a_sample_keeps_each_user_with_the_own_target() -> None:
    histories = Interactions.from_histories([np.array([user, user + 1]) for user in range(8)], 10)
    holdout = Holdout(histories, np.arange(2, 10, dtype=np.int32))
    some = holdout.sample(3, seed=1)
    assert len(some.targets) == some.histories.n_users == 3
    assert sorted(set(some.targets)) == some.targets.tolist()
    for user, target in enumerate(some.targets):
        assert some.histories.history(user).tolist() == [target - 2, target - 1]
    assert holdout.sample(8, seed=1) is holdout


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_a_matrix_leaves_the_order_of_time_alone(dtype: type) -> None:
    items, offsets = np.array([5, 2, 9, 3, 3, 1], dtype), np.array([0, 3, 6], dtype)
    log = Interactions(items, offsets, 10)
    assert log.matrix().toarray()[1].tolist() == [0, 1, 0, 1, 0, 0, 0, 0, 0, 0]
    assert log.history(0).tolist() == [5, 2, 9]
    assert log.offsets.tolist() == [0, 3, 6]
