from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seesay.describe.local.visual import LEAST_TOKENS, Sight, fit_media, visual_tokens
from seesay.media.base import Media, MediaManifest

BY_AREA = Sight(lambda height, width: max(1, round(height / 10)) * max(1, round(width / 10)), 10)
BY_PICTURE = Sight(lambda height, width: 81)
NEVER_UNDER_100 = Sight(lambda height, width: max(100, BY_AREA.tokens(height, width)), 10)


def media(frames: int, height: int, width: int) -> Media:
    manifest = MediaManifest(frames, frames, 9.0, "h264", width, height, 0, False, False)
    pictures = tuple(np.full((height, width, 3), shade, np.uint8) for shade in range(frames))
    times = tuple(float(second) for second in range(frames))
    return Media(Path("a.mp4"), pictures, times, np.empty(0, np.float32), manifest)


def test_frames_that_fit_are_left_alone() -> None:
    whole = media(4, 100, 200)
    fitted = fit_media(whole, 800, BY_AREA)
    assert fitted.times == whole.times
    assert all(one is other for one, other in zip(fitted.frames, whole.frames, strict=True))


def test_frames_are_scaled_down_to_their_share_before_any_is_dropped() -> None:
    fitted = fit_media(media(4, 100, 200), 799, BY_AREA)
    assert fitted.times == (0, 1, 2, 3)
    assert {frame.shape for frame in fitted.frames} == {(90, 190, 3)}
    assert visual_tokens(fitted.frames, BY_AREA) == 4 * 9 * 19


def test_frames_are_dropped_where_the_share_would_be_a_blur() -> None:
    fitted = fit_media(media(10, 100, 200), 4 * LEAST_TOKENS + 3, BY_AREA)
    assert fitted.times == (1, 3, 6, 8)
    assert visual_tokens(fitted.frames, BY_AREA) <= 4 * LEAST_TOKENS + 3
    assert [int(frame[0, 0, 0]) for frame in fitted.frames] == [1, 3, 6, 8]


def test_where_every_picture_costs_the_same_none_is_scaled() -> None:
    fitted = fit_media(media(10, 100, 200), 250, BY_PICTURE)
    assert fitted.times == (1, 5, 8)
    assert {frame.shape for frame in fitted.frames} == {(100, 200, 3)}


@pytest.mark.parametrize("sight", [BY_AREA, BY_PICTURE, NEVER_UNDER_100])
@pytest.mark.parametrize("most", [1, 60, 100, 250, 3000])
@pytest.mark.parametrize("shape", [(360, 640), (640, 360), (5, 900), (16, 16)])
def test_the_ceiling_holds_and_one_frame_always_stays(
    sight: Sight, most: int, shape: tuple[int, int]
) -> None:
    fitted = fit_media(media(9, *shape), most, sight)
    assert len(fitted.frames) == len(fitted.times) >= 1
    if len(fitted.frames) > 1:
        assert visual_tokens(fitted.frames, sight) <= most


def test_a_video_without_frames_stays_as_it_is() -> None:
    empty = media(0, 10, 10)
    assert fit_media(empty, 100, BY_AREA) is empty
