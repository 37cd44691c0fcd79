from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from seesay.serve.bm25 import BM25, terms_of

TEXTS = ["the cat the cat", "a dog", "the dog barks loud"]


def test_terms_are_words_in_lower_case_and_letters_of_scripts_without_spaces() -> None:
    assert terms_of("The CAT's don't-stop_ 猫が Straße 42") == [
        "the", "cat", "s", "don", "t", "stop", "猫", "が", "strasse", "42",
    ]  # fmt: skip


def test_scores_by_hand() -> None:
    bm25 = BM25.build(TEXTS)
    # "cat" is in 1 of 3, twice in 4 words, and the mean is 10 / 3.
    rarity = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    cat = rarity * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 4 / (10 / 3)))
    np.testing.assert_allclose(bm25.scores("Cat cat fish"), [cat, 0, 0], rtol=1e-6)
    assert bm25.score_text("cat", TEXTS[0]) == pytest.approx(cat)
    assert bm25.score_text("fish", "a fish") > bm25.score_text("the", "the fish") > 0
    assert not bm25.scores("").any()


def test_a_word_that_most_have_counts_only_where_the_query_has_no_other() -> None:
    bm25 = BM25.build(TEXTS)
    # "dog" is in 2 of 3.
    np.testing.assert_array_equal(bm25.scores("the dog barks"), bm25.scores("barks the"))
    assert not bm25.scores("dog guitar").any()
    assert bm25.score_text("dog guitar", "a dog") == 0 < bm25.score_text("dog", "a dog")
    assert (bm25.scores("dog") > 0).tolist() == [False, True, True]


def test_no_score_exceeds_the_most() -> None:
    bm25 = BM25.build(TEXTS)
    most = (math.log(1 + 2.5 / 1.5) * 2) * 2.2
    assert bm25.most("cat loud") == pytest.approx(most)
    assert bm25.score_text("cat loud", "cat loud " * 999) == pytest.approx(most, rel=0.5)
    assert bm25.score_text("cat loud", "cat loud " * 999) < most


def test_it_comes_back_from_disk(tmp_path: Path) -> None:
    bm25 = BM25.build(TEXTS)
    bm25.save(tmp_path / "words")
    again = BM25.load(tmp_path / "words", bm25.n_docs, bm25.mean_length)
    np.testing.assert_array_equal(again.scores("the dog"), bm25.scores("the dog"))


def test_nothing_to_count() -> None:
    assert BM25.build(["", ""]).scores("cat").tolist() == [0, 0]
