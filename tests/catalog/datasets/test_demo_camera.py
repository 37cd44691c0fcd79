from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from seesay.catalog.datasets.demo_camera import (
    _GRADES,
    _MOVES,
    Grade,
    Move,
    caption,
    graded,
    photograph,
    shots,
)
from seesay.core.errors import SeesayError

SIZE = (96, 64)


def ramp() -> Image.Image:
    """Red grows to the right, green downwards, blue is 200 everywhere."""
    down, across = np.mgrid[0:120, 0:160]
    blue = np.full_like(down, 200)
    return Image.fromarray(np.stack([across + 20, down + 20, blue], axis=2).astype(np.uint8))


@pytest.mark.parametrize("move", sorted(_MOVES))
@pytest.mark.parametrize("size", [SIZE, (64, 96)])
def test_every_move_gives_the_frames_asked_for_and_never_leaves_the_photograph(
    move: Move, size: tuple[int, int]
) -> None:
    for focus in ((0.5, 0.5), (0.0, 1.0), (1.0, 0.0)):
        frames = list(shots(ramp(), size, 9, move, focus=focus))
        assert [frame.shape for frame in frames] == [(size[1], size[0], 3)] * 9
        # Outside of the photograph Pillow draws black, so that blue would fall below 200.
        assert min(frame[..., 2].min() for frame in frames) >= 198
        moved = any(not np.array_equal(frames[0], frame) for frame in frames[1:])
        assert moved or focus != (0.5, 0.5)


def test_a_pan_goes_to_the_right_and_a_tilt_down() -> None:
    panned = [frame[..., 0].mean() for frame in shots(ramp(), SIZE, 5, "pan")]
    tilted = [frame[..., 1].mean() for frame in shots(ramp(), SIZE, 5, "tilt")]
    assert panned == sorted(panned)
    assert panned[-1] > panned[0] + 10
    assert tilted == sorted(tilted)
    assert tilted[-1] > tilted[0] + 5


def test_zooming_in_shows_less_of_the_photograph() -> None:
    frames = list(shots(ramp(), SIZE, 5, "zoom_in"))
    seen = [int(np.ptp(frame[..., 0])) for frame in frames]
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] < 0.7 * seen[0]


def test_captions_follow_one_another_and_leave_the_rest_of_the_frame_alone() -> None:
    overlays = [caption("one", (320, 180), "bottom"), caption("two", (320, 180), "top")]
    grey = Image.new("RGB", (320, 180), (90, 90, 90))
    frames = list(shots(grey, (320, 180), 4, "pan", captions=overlays))
    lower = [bool((frame[90:] != 90).any()) for frame in frames]
    upper = [bool((frame[:90] != 90).any()) for frame in frames]
    assert lower == [True, True, False, False]
    assert upper == [False, False, True, True]


@pytest.mark.parametrize("boxed", [False, True])
def test_a_long_caption_is_broken_into_lines_that_stay_inside(boxed: bool) -> None:
    overlay = caption("a much longer caption than one line can hold here", (360, 640), boxed=boxed)
    left, top, right, bottom = overlay.getbbox() or (0, 0, 0, 0)
    assert 0 < left < right < 360
    assert 0 < top < bottom < 640
    assert bottom - top > 60


@pytest.mark.parametrize("grade", sorted(_GRADES))
def test_a_grade_keeps_the_size_and_only_plain_keeps_the_colours(grade: Grade) -> None:
    image = ramp()
    other = graded(image, grade)
    assert other.size == image.size
    assert np.array_equal(np.asarray(other), np.asarray(image)) == (grade == "plain")


def test_sepia_by_hand() -> None:
    flat = Image.new("RGB", (2, 2), (64, 128, 192))
    grey = ((64 / 255) ** 0.95 + (128 / 255) ** 0.95 + (192 / 255) ** 0.95) / 3
    wanted = [round(255 * ((grey * gain - 0.5) * 0.95 + 0.5)) for gain in (1.1, 0.92, 0.68)]
    assert np.asarray(graded(flat, "sepia"))[0, 0].tolist() == wanted


def test_a_see_through_photograph_stands_on_white() -> None:
    assert photograph("horse.png").getpixel((0, 0)) == (255, 255, 255)


def test_a_photograph_that_is_not_there_says_what_to_do() -> None:
    with pytest.raises(SeesayError, match=r"no-such\.png.*pip install"):
        photograph("no-such.png")
