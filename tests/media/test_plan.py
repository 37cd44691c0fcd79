import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seesay.media.base import MediaSettings
from seesay.media.plan import (
    MOST_SEGMENTS,
    by_change,
    looked_at,
    plan_times,
    segments_of,
    thin,
)


def test_uniform_takes_the_middles_of_equal_parts():
    assert plan_times(MediaSettings(count=4), 0.0, 8.0) == (1.0, 3.0, 5.0, 7.0)
    assert plan_times(MediaSettings(count=2), 10.0, 14.0) == (11.0, 13.0)


def test_fps_starts_at_the_first_frame_and_stops_before_the_end():
    settings = MediaSettings(plan="fps", rate=2.0, count=100)
    assert plan_times(settings, 1.0, 2.5) == (1.0, 1.5, 2.0)
    assert plan_times(settings, 0.0, 1.6) == (0.0, 0.5, 1.0, 1.5)


def test_fps_past_count_is_thinned_over_the_whole_video():
    settings = MediaSettings(plan="fps", rate=1.0, count=3)
    assert plan_times(settings, 0.0, 9.0) == (1.0, 4.0, 7.0)


def test_fps_of_a_video_shorter_than_a_period_still_takes_one_frame():
    settings = MediaSettings(plan="fps", rate=0.1)
    assert plan_times(settings, 0.0, 0.5) == (0.0,)
    assert plan_times(settings, 0.0, 0.0) == (0.0,)


def test_keyframes_are_taken_as_they_are_and_thinned():
    settings = MediaSettings(plan="keyframes", count=2)
    assert plan_times(settings, 0.0, 9.0, (0.0, 4.2)) == (0.0, 4.2)
    assert plan_times(settings, 0.0, 9.0, (0.0, 1.0, 2.0, 3.0)) == (1.0, 3.0)


def test_keyframes_falls_back_to_uniform():
    assert plan_times(MediaSettings(plan="keyframes", count=2), 0.0, 8.0) == (2.0, 6.0)


@given(
    plan=st.sampled_from(["uniform", "fps", "keyframes"]),
    count=st.integers(1, 50),
    rate=st.floats(0.01, 60),
    start=st.floats(0, 100),
    length=st.floats(0.01, 5000),
)
def test_times_lie_inside_the_video_in_order(plan, count, rate, start, length):
    settings = MediaSettings(plan=plan, count=count, rate=rate)
    times = plan_times(settings, start, start + length)
    assert 1 <= len(times) <= count
    assert list(times) == sorted(times)
    assert times[0] >= start
    assert times[-1] <= start + length


@given(values=st.lists(st.integers(), max_size=60), count=st.integers(1, 20))
def test_thin_keeps_order_and_the_number_asked_for(values, count):
    places = thin(range(len(values)), count)
    assert len(places) == min(len(values), count)
    assert sorted(set(places)) == list(places)
    assert thin(values, count) == tuple(values[place] for place in places)


def shades(*values):
    return [np.full((60, 80, 3), value, np.uint8) for value in values]


def test_adaptive_looks_at_more_moments_than_it_keeps():
    assert looked_at(4) == 16
    assert looked_at(50) == 96
    assert looked_at(200) == 200
    times = plan_times(MediaSettings(plan="adaptive", count=2), 0.0, 8.0)
    assert times == (0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5)


def test_where_nothing_changes_frames_are_spread_evenly():
    kept = by_change(shades(*[90] * 16), 4)
    assert kept == (1, 5, 9, 13)


def test_both_sides_of_a_cut_are_kept_and_both_scenes_besides():
    """By hand: the cut weighs 1 in 2, the 16 frames 1/16 each; goals at 1/4, 3/4, 5/4 and 7/4."""
    before, at, after, late = by_change(shades(*[10] * 8, *[200] * 8), 4)
    assert (at, after) == (7, 8)
    assert before in (3, 4)
    assert late in (11, 12)


def test_frames_are_spent_where_the_picture_changes():
    kept = by_change(shades(*[50] * 12, 0, 255, 0, 255), 6)
    assert len([at for at in kept if at >= 11]) >= 4
    assert min(kept) < 11


@given(st.lists(st.integers(0, 255), min_size=1, max_size=40), st.integers(1, 50))
def test_by_change_keeps_as_many_as_it_may_in_order(values, count):
    kept = by_change(shades(*values), count)
    assert len(kept) == min(count, len(values))
    assert list(kept) == sorted(set(kept))
    assert 0 <= kept[0] <= kept[-1] < len(values)


def test_a_long_video_is_of_equal_pieces_none_too_long_but_never_too_many():
    assert segments_of(120.0, 120.0) == 1
    assert segments_of(120.1, 120.0) == 2
    assert segments_of(0.0, 120.0) == 1
    assert segments_of(9000.0, None) == 1
    assert segments_of(1e6, 1.0) == MOST_SEGMENTS
