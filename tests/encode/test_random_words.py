"""As many words as the description has, and none of its sense."""

from __future__ import annotations

from collections import Counter

import pytest

from seesay.core.errors import SeesayError
from seesay.encode.base import Source
from seesay.encode.random_words import RandomWordsEncoder, random_words

TEXTS = ["a cat sits", "the cat runs\nfast today", "dog"]
ITEMS = [Source(f"i{row}", words=text) for row, text in enumerate(TEXTS)]


def test_as_many_words_from_the_catalogues_own() -> None:
    drawn = random_words(ITEMS, 0)
    assert [len(source.words.split()) for source in drawn] == [3, 5, 1]
    vocabulary = {word for text in TEXTS for word in text.split()}
    assert {word for source in drawn for word in source.words.split()} <= vocabulary
    assert [source.item_id for source in drawn] == ["i0", "i1", "i2"]


def test_the_id_and_the_seed_decide_and_the_order_does_not() -> None:
    drawn = random_words(ITEMS, 0)
    assert random_words(ITEMS, 0) == drawn
    assert random_words(ITEMS[::-1], 0)[::-1] == drawn
    assert random_words(ITEMS, 1) != drawn


def test_words_come_as_often_as_the_catalogue_has_them() -> None:
    many = [Source(f"i{row}", words="often " * 9 + "seldom") for row in range(200)]
    counts = Counter(word for source in random_words(many, 0) for word in source.words.split())
    assert counts["often"] / counts.total() == pytest.approx(0.9, abs=0.03)


def test_an_item_without_words_is_named() -> None:
    with pytest.raises(SeesayError, match="'bare' cannot be encoded"):
        RandomWordsEncoder().encode([*ITEMS, Source("bare")])
