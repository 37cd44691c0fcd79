"""Ranks and top lists against by-hand values and a slow, plain count."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seesay.recommend.interactions import Holdout, Interactions
from seesay.recommend.ranking import MOST_SCORES, rank, target_ranks, top_k


class Table:
    """Gives each history the scores of its first item's row; an empty history has the last row."""

    name = "table"
    takes = "nothing"

    def __init__(self, rows):
        self.rows = np.asarray(rows, np.float32)

    def score(self, histories):
        return self.rows[[history[0] if len(history) else -1 for history in histories]]


class Vectors:
    """A dot product whose users are the mean of their items; `score` must not be called."""

    name = "vectors"
    takes = "nothing"

    def __init__(self, items):
        self.items = np.asarray(items, np.float32)

    def score(self, histories):
        raise AssertionError("a dot product is ranked by its vectors")

    def user_vectors(self, histories):
        return np.stack([self.items[history].mean(axis=0) for history in histories])

    def item_vectors(self):
        return self.items


def holdout(histories, targets, n_items):
    arrays = [np.asarray(history, np.int32) for history in histories]
    return Holdout(Interactions.from_histories(arrays, n_items), np.asarray(targets, np.int64))


def slow_rank(row, history, target):
    if target in history or np.isnan(row[target]):
        return len(row)
    others = [item for item in range(len(row)) if item not in history]
    return sum(not row[item] < row[target] for item in others)


def test_a_rank_by_hand():
    # Item 1 is seen, so 4 (0.9) is first, 0 (0.5) second, 2 (0.4) third, 3 (0.1) fourth.
    scores = Table([[0, 0, 0, 0, 0], [0.5, 0.7, 0.4, 0.1, 0.9]])
    ranks = target_ranks(scores, holdout([[1]] * 4, [4, 0, 2, 3], 5))
    assert ranks.tolist() == [1, 2, 3, 4]
    assert ranks.dtype == np.int64


def test_a_constant_scorer_gets_the_worst_rank():
    ranks = target_ranks(Table(np.ones((10, 10))), holdout([[3], [3, 4, 4]], [0, 9], 10))
    assert ranks.tolist() == [9, 8]


def test_a_tie_counts_against_the_scorer():
    row = [[3, 3, 3, 1, 3]]
    assert target_ranks(Table(row), holdout([[], [0]], [1, 1], 5)).tolist() == [4, 3]


def test_a_target_in_its_own_history_is_not_found():
    row = [[0, 0, 0, 9]]
    assert target_ranks(Table(row), holdout([[0, 3]], [3], 4)).tolist() == [4]


def test_values_that_are_not_numbers_never_help():
    nan, inf = np.nan, np.inf
    row = [[nan, 1, 2, -inf, nan]]
    ranks = target_ranks(Table(row), holdout([[]] * 4, [0, 1, 2, 3], 5))
    assert ranks.tolist() == [5, 4, 3, 5]
    assert target_ranks(Table(row), holdout([[0]], [3], 5)).tolist() == [4]


@given(
    st.integers(1, 40).flatmap(
        lambda n: st.tuples(
            st.lists(
                st.lists(st.sampled_from([0.0, 0.5, 1.0, np.nan, -np.inf]), min_size=n, max_size=n),
                min_size=n,
                max_size=n,
            ),
            st.lists(
                st.tuples(st.lists(st.integers(0, n - 1), max_size=6), st.integers(0, n - 1)),
                min_size=1,
                max_size=9,
            ),
        )
    ),
    st.integers(1, 5),
)
@settings(max_examples=60, deadline=None)
def test_ranks_equal_the_slow_count(case, block):
    rows, users = case
    histories, targets = [list(user[0]) for user in users], [user[1] for user in users]
    found = target_ranks(Table(rows), holdout(histories, targets, len(rows)), block)
    matrix = np.asarray(rows, np.float32)
    expected = [
        slow_rank(matrix[history[0] if history else -1], history, target)
        for history, target in zip(histories, targets, strict=True)
    ]
    assert found.tolist() == expected


def test_a_dot_product_gives_the_ranks_of_its_scores():
    rng = np.random.default_rng(0)
    model = Vectors(rng.normal(size=(300, 8)))
    histories = [rng.choice(300, rng.integers(1, 9)) for _ in range(100)]
    targets = rng.integers(0, 300, 100)
    scores = model.user_vectors(histories).astype(np.float64) @ model.items.T.astype(np.float64)
    expected = [slow_rank(scores[user], histories[user], targets[user]) for user in range(100)]
    for block in (1, 7, 512):
        found = target_ranks(model, holdout(histories, targets, 300), block)
        assert found.tolist() == expected


@pytest.mark.parametrize("n_items", [7, 37, 700])
def test_equal_vectors_tie_wherever_they_stand_in_the_product(n_items):
    rng = np.random.default_rng(1)
    model = Vectors(np.repeat(rng.normal(size=(1, 100)), n_items, axis=0))
    histories = [[user % n_items] for user in range(64)]
    targets = [(user + 1 + user // 7) % n_items for user in range(64)]
    ranks = target_ranks(model, holdout(histories, targets, n_items))
    found = [target not in history for history, target in zip(histories, targets, strict=True)]
    assert (ranks == np.where(found, n_items - 1, n_items)).all()


def test_another_number_of_items_is_refused():
    with pytest.raises(ValueError, match="3 items were scored, and there are 5"):
        target_ranks(Table(np.ones((3, 3))), holdout([[0]], [1], 5))


def test_nobody_to_rank():
    assert target_ranks(Table(np.ones((3, 3))), holdout([], [], 3)).shape == (0,)
    assert rank(Table(np.ones((3, 3))), holdout([], [], 3), 2).top.shape == (0, 2)


def test_top_k_by_hand():
    scores = Table([[0.5, 0.7, 0.4, 0.7, 0.9]])
    indices, values = top_k(scores, [np.array([], np.int32), np.array([0, 4], np.int32)], 3)
    assert indices.tolist()[0] == [4, 1, 3]
    assert values[0] == pytest.approx([0.9, 0.7, 0.7])
    assert (indices.dtype, values.dtype) == (np.int32, np.float32)


def test_top_k_leaves_out_the_history_and_fills_up_with_minus_one():
    row = [[5, np.nan, 2, -np.inf, np.inf, 3]]
    indices, values = top_k(Table(row), [np.array([0, 0], np.int32)], 4)
    assert indices.tolist() == [[4, 5, 2, -1]]
    assert values.tolist() == [[np.inf, 3, 2, -np.inf]]


@pytest.mark.parametrize("k", [1, 7, 20, 300])
def test_top_k_equals_a_stable_sort_of_many_items_with_ties(k):
    rng = np.random.default_rng(k)
    n_items = 2_003
    rows = rng.integers(0, 50, (n_items, n_items)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    rows[3] = np.nan
    rows[4, 5:] = -np.inf
    histories = [np.array([user, *rng.integers(0, n_items, 5)], np.int32) for user in range(30)]
    indices, values = top_k(Table(rows), histories, k, block=8)
    for user, history in enumerate(histories):
        row = rows[user].copy()
        row[history] = np.nan
        order = np.argsort(np.where(np.isnan(row), np.inf, -row), kind="stable")
        order = order[np.isfinite(row[order])][:k]
        assert indices[user, : len(order)].tolist() == order.tolist()
        assert (indices[user, len(order) :] == -1).all()
        assert (values[user, : len(order)] == row[order]).all()


def test_scores_are_left_as_they_were():
    model = Table(np.arange(25.0).reshape(5, 5))
    model.rows.flags.writeable = False
    before = model.rows.copy()
    rank(model, holdout([[0], [1, 2]], [4, 3], 5), 2)
    assert (model.rows == before).all()


def test_one_pass_gives_both_ranks_and_lists():
    rng = np.random.default_rng(2)
    model = Vectors(rng.normal(size=(500, 16)))
    histories = [rng.choice(500, 4).astype(np.int32) for _ in range(20)]
    held = holdout(histories, rng.integers(0, 500, 20), 500)
    both = rank(model, held, 10, block=6)
    assert (both.ranks == target_ranks(model, held)).all()
    assert (both.top == top_k(model, histories, 10)[0]).all()
    for user in range(20):
        if both.ranks[user] <= 10:
            assert both.top[user, both.ranks[user] - 1] == held.targets[user]


def test_top_k_wants_at_least_one():
    with pytest.raises(ValueError, match="k is 0"):
        top_k(Table(np.ones((2, 2))), [], 0)


def only(held, candidates):
    return Holdout(held.histories, held.targets, np.asarray(candidates))


def test_among_candidates_by_hand():
    # Of 1, 3 and 4 the user has seen 1, and 3 scores below 4; items 0 and 2 do not count.
    row = [[0, 0.7, 0, 0, 0], [9, 0.7, 9, 0.1, 0.9]]
    held = only(holdout([[1]] * 2, [4, 3], 5), [1, 3, 4])
    ranking = rank(Table(row), held, 3)
    assert ranking.ranks.tolist() == [1, 2]
    assert ranking.top.tolist() == [[4, 3, -1]] * 2


def test_a_target_that_is_no_candidate_is_refused():
    with pytest.raises(ValueError, match="no candidate"):
        rank(Table([[1, 2, 3]]), only(holdout([[]], [0], 3), [1, 2]), 1)


@given(st.data())
def test_candidates_are_as_if_there_were_no_others(data):
    n_items = data.draw(st.integers(4, 40))
    items = st.integers(0, n_items - 1)
    candidates = sorted(data.draw(st.sets(items, min_size=2)))
    histories = data.draw(st.lists(st.lists(items, min_size=1, max_size=4), min_size=1, max_size=5))
    targets = [data.draw(st.sampled_from(candidates)) for _ in histories]
    vectors = np.random.default_rng(0).integers(-2, 3, (n_items, 3)).astype(np.float32)
    held = holdout(histories, targets, n_items)
    everything = rank(Vectors(vectors), held, 0)
    whole = rank(Vectors(vectors), only(held, np.arange(n_items)), 0)
    assert whole.ranks.tolist() == everything.ranks.tolist()
    found = rank(Vectors(vectors), only(held, candidates), 3)
    for row, (history, target) in enumerate(zip(histories, targets, strict=True)):
        # The sum ranks as the mean does, and of whole numbers it is exact: ties are ties.
        scores = vectors[candidates] @ vectors[history].sum(axis=0)
        seen = [candidates.index(item) for item in history if item in candidates]
        assert found.ranks[row] == slow_rank(scores, seen, candidates.index(target))
        assert set(found.top[row]) - {-1} <= set(candidates) - set(history)


class Counting(Vectors):
    """Notes how many users it is asked for at a time."""

    def __init__(self, items):
        super().__init__(items)
        self.asked = []

    def user_vectors(self, histories):
        self.asked.append(len(histories))
        return np.ones((len(histories), 1), np.float32)


class CountingTable(Counting):
    """The same without vectors."""

    user_vectors = None
    item_vectors = None

    def score(self, histories):
        self.asked.append(len(histories))
        return np.tile(self.items.T, (len(histories), 1))


def test_fewer_users_at_a_time_among_many_items():
    n_items = 2 * MOST_SCORES // 100
    items = np.arange(n_items, dtype=np.float32)[:, None]
    given = holdout([[0]] * 130, [n_items - 2] * 130, n_items)
    for model in (Counting(items), CountingTable(items)):
        assert target_ranks(model, given).tolist() == [2] * 130
        assert model.asked == [64, 64, 2]
    few = Counting(items[:1000])
    top_k(few, given.histories.histories() * 5, 1)
    assert few.asked == [512, 138]
