from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from seesay.describe.senses.screen_text import ScreenReader


@pytest.fixture(scope="module")
def reader() -> ScreenReader:
    return ScreenReader(threads=1, confidence=0.8, most_lines=20)


def test_rendered_text_is_read(reader: ScreenReader, write: Callable[..., np.ndarray]) -> None:
    (line,) = reader.read([write("Fresh bread daily")], [1.5])
    assert line.text == "Fresh bread daily"
    assert line.confidence > 0.8
    assert (line.start, line.end) == (1.5, 1.5)
    assert 0.1 < line.size < 0.3


def test_a_caption_that_stays_is_given_once(
    reader: ScreenReader, write: Callable[..., np.ndarray]
) -> None:
    frames = [write("Fresh bread daily", shade=shade) for shade in (20, 60, 100)]
    (line,) = reader.read(frames, [0.5, 1.5, 2.5])
    assert line.text == "Fresh bread daily"
    assert (line.start, line.end) == (0.5, 2.5)


def test_captions_that_follow_each_other_are_both_given(
    reader: ScreenReader, write: Callable[..., np.ndarray]
) -> None:
    frames = [write("Mix the flour"), write("Heat the oven")]
    lines = reader.read(frames, [0.5, 1.5])
    assert [(line.text, line.start) for line in lines] == [
        ("Mix the flour", 0.5),
        ("Heat the oven", 1.5),
    ]


def test_a_caption_over_two_lines_is_one(
    reader: ScreenReader, write: Callable[..., np.ndarray]
) -> None:
    (line,) = reader.read([write("The tallest rocket\nthat I have seen")], [0.0])
    assert line.text == "The tallest rocket that I have seen"


def test_lines_far_apart_stay_apart_and_in_reading_order(
    reader: ScreenReader, write: Callable[..., np.ndarray]
) -> None:
    frame = np.maximum(
        write("Top headline", at=(20, 10)), write("Bottom caption", size=20, at=(20, 140))
    )
    assert [line.text for line in reader.read([frame], [0.0])] == ["Top headline", "Bottom caption"]


def test_a_part_of_a_line_does_not_count_twice(
    reader: ScreenReader, write: Callable[..., np.ndarray]
) -> None:
    frames = [write("bread daily"), write("Fresh bread daily")]
    assert [line.text for line in reader.read(frames, [0.0, 1.0])] == ["Fresh bread daily"]


def test_numbers_alone_and_empty_frames_give_nothing(
    reader: ScreenReader, write: Callable[..., np.ndarray]
) -> None:
    assert reader.read([write("1234 : 56")], [0.0]) == []
    assert reader.read([np.zeros((180, 320, 3), np.uint8)], [0.0]) == []
    assert reader.read([np.zeros((2, 3, 3), np.uint8)], [0.0]) == []
    assert reader.read([], []) == []


def test_noise_is_not_text(reader: ScreenReader) -> None:
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 256, (180, 320, 3), dtype=np.uint8) for _ in range(3)]
    assert reader.read(frames, [0.0, 1.0, 2.0]) == []


def test_no_more_lines_than_allowed_the_tallest_first(write: Callable[..., np.ndarray]) -> None:
    frame = np.maximum(
        write("Big words", size=40, at=(20, 10)), write("small words", 16, (20, 140))
    )
    reader = ScreenReader(threads=1, confidence=0.8, most_lines=1)
    assert [line.text for line in reader.read([frame], [0.0])] == ["Big words"]
