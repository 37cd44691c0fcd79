from __future__ import annotations

import numpy as np
import pytest

from seesay.describe.senses.look import Look, measure


def plain(*colour: int, size: tuple[int, int] = (90, 160)) -> np.ndarray:
    return np.full((*size, 3), colour, np.uint8)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((0, 0, 0), "black"),
        ((128, 128, 128), "grey"),
        ((255, 255, 255), "white"),
        ((230, 20, 20), "red"),
        ((250, 140, 10), "orange"),
        ((250, 240, 20), "yellow"),
        ((20, 160, 30), "green"),
        ((30, 220, 220), "turquoise"),
        ((20, 40, 220), "blue"),
        ((140, 30, 220), "purple"),
        ((250, 60, 180), "pink"),
        ((120, 75, 40), "brown"),
    ],
)
def test_colour_names(colour: tuple[int, int, int], name: str) -> None:
    assert measure([plain(*colour)], [0.0]).colours == ((name, 1.0),)


def test_shares_of_two_colours() -> None:
    frame = plain(230, 20, 20)
    frame[:, :40] = (20, 40, 220)
    look = measure([frame], [0.0])
    assert dict(look.colours) == {"red": pytest.approx(0.75), "blue": pytest.approx(0.25)}


def test_light_of_black_and_white() -> None:
    assert measure([plain(0, 0, 0)], [0.0]).light == 0.0
    assert measure([plain(255, 255, 255)], [0.0]).light == pytest.approx(1.0)
    assert measure([plain(90, 90, 90)], [0.0]).colourless
    assert not measure([plain(230, 20, 20)], [0.0]).colourless


def test_a_change_of_the_whole_picture_is_a_cut_between_its_seconds() -> None:
    frames = [plain(230, 20, 20), plain(230, 20, 20), plain(20, 40, 220), plain(20, 40, 220)]
    look = measure(frames, [0.5, 1.5, 2.5, 3.5])
    assert look.cuts == ((1.5, 2.5),)
    assert look.movement == 0.0


def test_a_moving_thing_is_movement_and_no_cut() -> None:
    frames = []
    for place in (0, 40, 80, 120):
        frame = plain(30, 30, 60)
        frame[20:70, place : place + 40] = (240, 240, 200)
        frames.append(frame)
    look = measure(frames, [0.0, 1.0, 2.0, 3.0])
    assert look.cuts == ()
    assert look.movement > 0.1


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (47, 49), (500, 7)])
def test_any_size(size: tuple[int, int]) -> None:
    look = measure([plain(20, 160, 30, size=size)] * 2, [0.0, 1.0])
    assert isinstance(look, Look)
    assert (look.height, look.width) == size
    assert look.colours == (("green", 1.0),)
