"""Reasons by hand."""

import math

import numpy as np
import pytest
from scipy import sparse

from seesay.recommend.reasons import (
    LONGEST_QUOTE,
    Quote,
    Reason,
    by_company,
    by_similarity,
    nearest_sentences,
    rarity_of,
    sentences,
    shortened,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def letter_counts(texts: list[str]) -> np.ndarray:
    return np.array([[text.lower().count(letter) for letter in LETTERS] for text in texts], float)


def test_nearest_of_the_history_by_cosine() -> None:
    vectors = np.array([[1, 0], [0, 2], [3, 4], [0, 0]], np.float32)
    assert by_similarity(vectors, [2], [0, 1]) == [(1, pytest.approx(0.8))]
    assert by_similarity(vectors, [0, 1], [2]) == [(2, pytest.approx(0.6)), (2, pytest.approx(0.8))]
    assert by_similarity(vectors, [3], [0, 1])[0][1] == 0


def test_company_counts_users_who_watched_both() -> None:
    users = sparse.csr_array(np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1], [1, 0, 0]], np.float32))
    assert by_company(users, [1, 2], [0]) == [(0, 2), (0, 0)]
    assert by_company(users, [1], [2, 0]) == [(0, 2)]


def test_sentences_are_lines_and_what_ends_with_a_stop() -> None:
    text = "A cat sleeps. It snores!\nMood: calm.\nWow.\n"
    assert sentences(text) == ["A cat sleeps.", "It snores!", "Mood: calm."]
    assert sentences("") == []


def test_that_nothing_is_there_is_not_quoted() -> None:
    none = "Sound: No sound track.\nOn-screen text: none seen. No people."
    quote = nearest_sentences(f"Bad cabs.\n{none}", f"{none}\nCabs, bad.", letter_counts)
    assert quote == Quote("Bad cabs.", "Cabs, bad.", pytest.approx(1.0))
    assert nearest_sentences(none, none, letter_counts) is None


def test_nearest_sentences() -> None:
    quote = nearest_sentences("aaa bb. ccc dd.", "eee ff. dd ccc.", letter_counts)
    assert quote == Quote("ccc dd.", "dd ccc.", pytest.approx(1.0))
    assert nearest_sentences("", "eee ff.", letter_counts) is None


def test_what_is_said_of_all_items_is_not_quoted() -> None:
    one, other = "the sound is low. a red rocket.", "the sound is low. red rockets."
    rarity = rarity_of([one, other, "the sound is low. x", "the sound is low. y"])
    assert rarity("the sound is low") == 0
    assert rarity("rocket") == 1
    assert rarity("red") == pytest.approx(math.log(2) / math.log(4))
    quote = nearest_sentences(one, other, letter_counts, rarity)
    assert quote is not None
    assert (quote.recommended, quote.other) == ("a red rocket.", "red rockets.")


def test_reasons_in_words() -> None:
    quote = Quote("A cat.", "Two cats.", 0.9)
    similar = Reason("similar", "i7", "described", 0.5, quote)
    assert similar.sentence("Cats") == (
        'like \'Cats\' (i7): cosine 0.50 of the described vectors; "A cat." beside "Two cats."'
    )
    together = Reason("together", "i7", value=1)
    assert together.sentence() == "1 other user watched both this and 'i7'"
    assert Reason("popular", value=12).sentence() == "12 users watched it"
    assert "no single item" in Reason("unknown").sentence()
    assert "cosine 0.25 of its title vector" in Reason("fits", "", "title", 0.25).sentence()


def test_a_quote_within_a_sentence_is_not_cut() -> None:
    text = (
        'It reads "One. Two! Three." on a wall. Then it ends.\n'
        'Said: "Not closed. Next line.\nOk so.'
    )
    assert sentences(text) == [
        'It reads "One. Two! Three." on a wall.',
        "Then it ends.",
        'Said: "Not closed. Next line.',
        "Ok so.",
    ]


def test_sentences_that_are_not_alike_are_no_quote() -> None:
    vectors = {"a b": [1, 0], "c d": [0.6, 0.8], "e f": [0.7, 0.714]}

    def embed(texts: list[str]) -> np.ndarray:
        return np.array([vectors[text] for text in texts])

    assert nearest_sentences("a b", "c d", embed) is None
    quote = nearest_sentences("a b", "e f", embed)
    assert quote is not None
    assert quote.cosine == pytest.approx(0.7, abs=1e-3)

    # What most items say is no quote in the place of a rarer pair that is not alike.
    def rarity(sentence: str) -> float:
        return 0.1 if sentence == "e f" else 1.0

    assert nearest_sentences("a b", "c d\ne f", embed, rarity) is None


def test_long_quotes_end_at_a_word() -> None:
    assert shortened("brick wall,, day one; , two.") == "brick wall, day one; two."
    short = shortened("a word, " * 40)
    assert short == "a word, " * 14 + "a word…"
    assert len(short) <= LONGEST_QUOTE
    assert shortened("x" * 130) == "x" * 119 + "…"
    assert shortened("x" * 120) == "x" * 120
    long = Reason("similar", "i7", "described", 0.5, Quote("a word, " * 40, "So.", 0.9))
    assert long.sentence().endswith('a word…" beside "So."')
