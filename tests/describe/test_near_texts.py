from __future__ import annotations

import random

import numpy as np
import pytest

from seesay.describe.near_texts import _shingles, jaccard, near_copies


def sentence(luck: random.Random, words: int = 60) -> list[str]:
    return [f"w{luck.randrange(3000)}" for _ in range(words)]


def test_the_share_of_two_sets_by_hand():
    one, other = np.array([1, 2, 3], np.uint64), np.array([2, 3, 4, 5], np.uint64)
    assert jaccard(one, other) == pytest.approx(2 / 5)
    assert jaccard(one, one) == 1
    assert jaccard(one[:0], one[:0]) == 0


def test_shingles_are_runs_of_three_words():
    assert len(_shingles("a b c d")) == 2
    assert len(_shingles("a b")) == 1
    assert len(_shingles(" ,.")) == 0
    assert set(_shingles("a b c d")) >= set(_shingles("B, c D!"))


def test_near_copies_are_found_and_nothing_else():
    luck = random.Random(1)
    words = [sentence(luck) for _ in range(400)]
    changed = [list(text) for text in words[:50]]
    for text in changed:
        text[luck.randrange(60)] = "other"
    texts = [" ".join(text) for text in [*words, *changed]]
    found = near_copies(texts)
    expected = {place: 400 + place for place in range(50)}
    assert found == {**expected, **{copy: first for first, copy in expected.items()}}


def test_half_the_words_changed_is_no_near_copy():
    luck = random.Random(2)
    one = sentence(luck)
    other = one[:30] + sentence(luck, 30)
    assert near_copies([" ".join(one), " ".join(other)]) == {}


def test_equal_texts_are_told_of_without_comparing_them_all():
    found = near_copies(["a b c d", "x y z", *["a b c d"] * 5000, "", ""])
    assert set(found) == {0, *range(2, 5002)}
    assert found[3] == 0
    assert found[0] == 2
