from __future__ import annotations

import numpy as np
import pytest

from seesay.describe.senses.labels import Guess, Recognised, label_table, recognise, with_article

CATS = (281, 282, 283)
ESPRESSO = 967


def probabilities(*frames: dict[int, float]) -> np.ndarray:
    rows = np.zeros((len(frames), 1000))
    for row, frame in zip(rows, frames, strict=True):
        row[list(frame)] = list(frame.values())
    return rows


def test_there_are_a_thousand_distinct_names_in_class_order() -> None:
    table = label_table()
    assert len(table) == len({name for name, _ in table}) == 1000
    assert table[0] == ("tench", "fish")
    assert table[281] == ("tabby cat", "cat")
    assert table[402] == ("acoustic guitar", "musical instrument")
    assert table[967] == ("espresso", "drink")
    assert table[999][0] == "toilet paper"
    assert all(name == name.strip() and kind == kind.strip() != "" for name, kind in table)


def test_a_kind_is_the_sum_of_its_classes() -> None:
    seen = recognise(probabilities(dict.fromkeys(CATS, 0.125)), 0.2, 0.3, 4)
    assert seen == Recognised(kinds=(Guess("cat", 0.375),))


def test_a_class_counts_with_its_mean_over_the_frames() -> None:
    seen = recognise(probabilities({ESPRESSO: 0.5}, {ESPRESSO: 0.25}), 0.2, 1.0, 4)
    assert seen.classes == (Guess("espresso", 0.375),)


def test_one_clear_frame_of_many_counts_half() -> None:
    frames = probabilities({ESPRESSO: 0.75}, {}, {}, {})
    assert recognise(frames, 0.3, 1.0, 4).classes == (Guess("espresso", 0.375),)
    assert recognise(frames, 0.4, 1.0, 4).classes == ()


def test_where_nothing_is_sure_the_best_guesses_are_kept_apart() -> None:
    seen = recognise(probabilities({ESPRESSO: 0.125, 402: 0.0625, 3: 0.01}), 0.2, 0.3, 4)
    assert seen == Recognised(faint=(Guess("espresso", 0.125), Guess("acoustic guitar", 0.0625)))


def test_no_more_than_asked_for_the_likeliest_first() -> None:
    seen = recognise(probabilities({1: 0.25, 2: 0.5, 402: 0.25}), 0.1, 0.1, 2)
    assert [guess.name for guess in seen.classes] == [label_table()[2][0], label_table()[1][0]]


def test_no_frames_no_guess() -> None:
    assert recognise(np.empty((0, 1000)), 0.2, 0.3, 4) == Recognised()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cat", "a cat"),
        ("espresso", "an espresso"),
        ("sunglasses", "sunglasses"),
        ("albatross", "an albatross"),
        ("bus", "a bus"),
        ("sports gear", "sports gear"),
    ],
)
def test_articles(name: str, said: str) -> None:
    assert with_article(name) == said
