"""A trie of five items by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from seesay.recommend.trie import LEAVES_AT_ONCE, Trie

# Item 0 is 1-0-0, 1 is 0-1-0, 2 is 0-0-0, 3 is 0-1-1, 4 is 2-0-0.
IDS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 1, 1], [2, 0, 0]])


def random_trie(seed: int = 0, n_items: int = 60, codes: int = 5) -> tuple[Trie, np.ndarray]:
    random = np.random.default_rng(seed)
    ids = np.unique(random.integers(0, codes, (n_items, 3)), axis=0)
    ids = ids[random.permutation(len(ids))]
    return Trie.of(ids), ids


def asked_of(trie: Trie, users: int, seed: int = 1) -> tuple[list[np.ndarray], list[np.ndarray]]:
    random = np.random.default_rng(seed)
    states = [random.normal(size=(users, 4)).astype(np.float32) for _ in trie.levels]
    vectors = [
        random.normal(size=(len(level.paths), 4)).astype(np.float32) for level in trie.levels
    ]
    return states, vectors


def test_levels_by_hand() -> None:
    trie = Trie.of(IDS)
    assert [level.paths.tolist() for level in trie.levels[:2]] == [
        [[0], [1], [2]],
        [[0, 0], [0, 1], [1, 0], [2, 0]],
    ]
    assert trie.levels[1].parents.tolist() == [0, 0, 1, 2]
    assert trie.levels[2].parents.tolist() == [0, 1, 1, 2, 3]
    assert trie.levels[2].first.tolist() == [0, 1, 3, 4, 5]
    assert trie.levels[2].siblings.tolist() == [1, 2, 1, 1]
    assert trie.items.tolist() == [2, 1, 3, 0, 4]


def test_nodes_of_each_item_by_hand() -> None:
    assert Trie.of(IDS).nodes(5).tolist() == [[1, 2, 3], [0, 1, 1], [0, 0, 0], [0, 1, 2], [2, 3, 4]]
    some = Trie.of(IDS, np.array([3, 4]))
    assert some.nodes(5).tolist() == [[-1] * 3, [-1] * 3, [-1] * 3, [0, 0, 0], [1, 1, 1]]


def test_equal_ids_are_refused() -> None:
    with pytest.raises(ValueError, match="same ID"):
        Trie.of(np.array([[0, 1], [0, 1]]))


def test_log_probabilities_by_hand() -> None:
    trie = Trie.of(IDS)
    one = np.ones((1, 1), np.float32)
    first = np.log(np.array([[1.0], [2.0], [5.0]], np.float32))
    second = np.log(np.array([[3.0], [1.0], [9.0], [9.0]], np.float32))
    third = np.log(np.array([[9.0], [1.0], [4.0], [9.0], [9.0]], np.float32))
    scores = trie.log_probabilities([one] * 3, [first, second, third], 6)
    wanted = [2 / 8, 1 / 8 / 4 / 5, 1 / 8 * 3 / 4, 1 / 8 / 4 * 4 / 5, 5 / 8, 0]
    np.testing.assert_allclose(np.exp(scores[0]), wanted, atol=1e-6)


def test_new_items_change_nothing_and_a_new_number_gets_the_mean() -> None:
    # Items 3 and 4 are new: 3 is a second number under 0-1, 4 a new first token.
    trie = Trie.of(IDS, watched=np.arange(5) < 3)
    assert [level.counted.tolist() for level in trie.levels] == [
        [True, True, False],
        [True, True, True, True],
        [True, True, False, True, True],
    ]
    one = np.ones((1, 1), np.float32)
    first = np.log(np.array([[1.0], [2.0], [6.0]], np.float32))
    second = np.log(np.array([[3.0], [1.0], [9.0], [9.0]], np.float32))
    third = np.log(np.array([[9.0], [1.0], [4.0], [9.0], [9.0]], np.float32))
    scores = trie.log_probabilities([one] * 3, [first, second, third], 5)
    wanted = [2 / 3, 1 / 3 / 4, 1 / 3 * 3 / 4, 1 / 3 / 4, 6 / 3]
    np.testing.assert_allclose(np.exp(scores[0]), wanted, atol=1e-6)
    items, found = trie.beam([one[0]] * 3, [first, second, third], 5)
    assert items.tolist() == [4, 0, 2, 1, 3]
    np.testing.assert_allclose(found, scores[0][items], atol=1e-6)


def test_probabilities_sum_to_one_however_large_the_logits() -> None:
    trie, ids = random_trie()
    states, vectors = asked_of(trie, 7)
    for scale in (1, 300):
        scores = trie.log_probabilities([scale * state for state in states], vectors, len(ids))
        np.testing.assert_allclose(np.exp(scores.astype(np.float64)).sum(1), 1, atol=1e-4)


def test_a_wide_beam_finds_the_exact_order() -> None:
    trie, ids = random_trie()
    states, vectors = asked_of(trie, 5)
    exact = trie.log_probabilities(states, vectors, len(ids))
    for user in range(5):
        own = [state[user] for state in states]
        items, found = trie.beam(own, vectors, len(ids))
        np.testing.assert_array_equal(items, np.argsort(-exact[user], kind="stable"))
        np.testing.assert_allclose(found, exact[user][items], atol=1e-5)


def test_more_items_than_go_at_once_score_as_one_by_one() -> None:
    _, ids = random_trie(n_items=30_000, codes=70)
    ids[ids[:, 0] < 35, 0] = 0
    ids = np.unique(ids, axis=0)
    assert LEAVES_AT_ONCE < sum(ids[:, 0] == 0) < len(ids)
    trie = Trie.of(ids)
    states, vectors = asked_of(trie, 3)
    scores = trie.log_probabilities(states, vectors, len(ids))
    for user in range(3):
        items, found = trie.beam([state[user] for state in states], vectors, len(ids))
        np.testing.assert_allclose(found, scores[user][items], atol=1e-5)


@pytest.mark.parametrize("width", [1, 3, 10])
def test_a_narrow_beam_gives_as_many_distinct_items_with_their_own_scores(width: int) -> None:
    trie, ids = random_trie()
    states, vectors = asked_of(trie, 1)
    exact = trie.log_probabilities(states, vectors, len(ids))[0]
    items, found = trie.beam([state[0] for state in states], vectors, width)
    assert len(set(items.tolist())) == width
    np.testing.assert_allclose(found, exact[items], atol=1e-5)
    assert all(one >= two for one, two in pairwise(found))
