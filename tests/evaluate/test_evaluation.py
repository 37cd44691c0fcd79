"""One evaluation by hand, from scores to means."""

from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
import pytest

from seesay.evaluate.evaluation import evaluate, evaluate_test, most_ranked
from seesay.recommend.interactions import Holdout, Interactions, Vocabulary
from seesay.recommend.ranking import rank
from seesay.recommend.task import Task


class Fixed:
    """The same scores for everybody."""

    name = "fixed"
    takes = "nothing"

    def __init__(self, scores):
        self.scores = np.asarray(scores, np.float32)

    def score(self, histories):
        return np.broadcast_to(self.scores, (len(histories), len(self.scores)))


@pytest.fixture
def holdout():
    histories = [np.array([0], np.int32), np.array([1, 2], np.int32), np.array([5], np.int32)]
    return Holdout(Interactions.from_histories(histories, 6), np.array([1, 0, 4]))


def test_by_hand(holdout):
    # Scores fall with the index. User 0 has 1 first; user 1 has 0 first; user 2 has 4 fifth.
    result = evaluate(Fixed([6, 5, 4, 3, 2, 1]), holdout, ks=(1, 2), user_ids=["x", "y", "z"])
    assert result.per_user["rank"].to_list() == [1, 1, 5]
    assert result.per_user["user_id"].to_list() == ["x", "y", "z"]
    assert result.per_user["hr@1"].to_list() == [1, 1, 0]
    expected = {"hr@1": 2 / 3, "ndcg@1": 2 / 3, "hr@2": 2 / 3, "ndcg@2": 2 / 3, "mrr": 2.2 / 3}
    # First places: 1, 0, 0. First two places: 1 2, 0 3, 0 1.
    expected |= {"coverage@1": 2 / 6, "coverage@2": 4 / 6}
    assert dict(result.metrics) == pytest.approx(expected)


def test_the_mean_of_the_users_is_the_metric(holdout):
    result = evaluate(Fixed([1, 2, 3, 4, 5, 6]), holdout, ks=(2, 3))
    assert result.per_user.columns == ["rank", "hr@2", "ndcg@2", "hr@3", "ndcg@3", "mrr"]
    for name in result.per_user.columns[1:]:
        assert result.per_user[name].mean() == pytest.approx(result.metrics[name])
    assert result.per_user.schema["rank"] == pl.Int64


def test_a_constant_scorer_gets_nothing():
    histories = [np.array([user], np.int32) for user in range(50)]
    holdout = Holdout(Interactions.from_histories(histories, 50), (np.arange(50) + 1) % 50)
    metrics = evaluate(Fixed(np.zeros(50)), holdout).metrics
    assert metrics["hr@20"] == metrics["ndcg@20"] == metrics["hr@10"] == 0.0
    assert metrics["mrr"] == pytest.approx(1 / 49)


def test_nobody_to_evaluate_on():
    empty = Holdout(Interactions.from_histories([], 6), np.empty(0, np.int32))
    with pytest.raises(ValueError, match="nobody"):
        evaluate(Fixed(np.ones(6)), empty)


def test_ids_must_be_as_many_as_users(holdout):
    with pytest.raises(ValueError, match="2 user IDs for 3 users"):
        evaluate(Fixed(np.ones(6)), holdout, user_ids=["a", "b"])


def test_cold_items_are_ranked_among_all_and_among_themselves():
    # Items 3 and 4 are cold; the scores put 0, 1 and 2 before them and 4 before 3.
    histories = [np.array([0], np.int32), np.array([2], np.int32)]
    train = Interactions.from_histories(histories, 5)
    test = Holdout(train, np.array([4, 3]))
    cold = np.array([3, 4])
    task = Task(Vocabulary(tuple("abcde")), ["x", "y"], train, test, test, cold)
    result = evaluate_test(partial(rank, Fixed([9, 8, 7, 1, 2])), task)
    assert result.per_user["rank"].to_list() == [3, 4]
    assert result.per_user["ndcg@10 among cold"].to_list() == [1, 1 / np.log2(3)]
    assert result.metrics["hr@10 among cold"] == 1
    assert result.metrics["ndcg@10"] == pytest.approx((1 / 2 + 1 / np.log2(5)) / 2)
    alike = np.eye(5, dtype=np.float32)
    # Everybody has watched one of five items, and nobody a cold one.
    assert most_ranked(task) == {"": 4, " among cold": 2}
    warm = replace(task, cold=cold[:0])
    assert most_ranked(warm) == {"": 4}
    whole = evaluate_test(partial(rank, Fixed([9, 8, 7, 1, 2])), warm, likeness=alike)
    assert "ndcg@10 among cold" not in whole.metrics
    # Everybody gets all items but the one watched: 1 2 3 4 and 0 1 3 4.
    assert whole.metrics["diversity@10"] == 1.0
    assert whole.metrics["gini@10"] == pytest.approx(2 * 27 / 40 - 6 / 5)
    views = np.array([1, 0, 1, 0, 0])
    shown = np.array([1, 2, 3, 4, 0, 1, 3, 4])
    bits = -np.log2((views[shown] + 1) / 3)
    assert whole.metrics["novelty@10"] == pytest.approx(bits.mean())
    assert "diversity@10" not in result.metrics


def test_an_item_that_one_user_watched_often_is_not_less_novel():
    once = Interactions.from_histories([np.array([0]), np.array([1])], 3)
    often = Interactions.from_histories([np.array([0, 0, 0, 0]), np.array([1])], 3)
    tests = Holdout(once, np.array([2, 2]))
    found = [
        evaluate_test(
            partial(rank, Fixed([3, 2, 1])),
            Task(Vocabulary(tuple("abc")), ["x", "y"], train, tests, tests, np.empty(0, np.int32)),
        ).metrics["novelty@10"]
        for train in (once, often)
    ]
    assert found[0] == found[1] > 0


def test_coverage_and_gini_are_of_the_candidates():
    histories = [np.array([0], np.int32), np.array([0], np.int32)]
    train = Interactions.from_histories(histories, 40)
    candidates = np.arange(10, 30)
    test = Holdout(train, np.array([10, 29]), candidates)
    task = Task(
        Vocabulary(tuple(map(str, range(40)))), ["x", "y"], train, test, test, candidates[:0]
    )
    metrics = evaluate_test(partial(rank, Fixed(np.arange(40, 0, -1))), task).metrics
    assert metrics["coverage@10"] == 10 / 20
    assert metrics["coverage@20"] == 1
    # Ten of twenty items get two each: the Lorenz curve is flat, then straight.
    assert metrics["gini@10"] == pytest.approx(0.5)
