import av
import pytest

from making import number_of
from seesay.media.base import Deadline, MediaSettings
from seesay.media.decode import decode
from seesay.media.frames import FrameReader
from seesay.media.survey import survey, video_stream

FPS, GOP, SECONDS = 10, 20, 100


@pytest.fixture(scope="module", params=["long.mp4", "long.mkv", "long.ts", "live.mkv"])
def long_clip(request, tmp_path_factory, make_clip):
    name = request.param
    return make_clip(
        tmp_path_factory.mktemp("long") / name,
        SECONDS,
        (96, 64),
        FPS,
        gop=GOP,
        sound=False,
        container="matroska" if name == "live.mkv" else None,
        options={"live": "1"} if name == "live.mkv" else None,
    )


def test_a_long_video_is_sampled_by_seeking(long_clip):
    media = decode(long_clip, MediaSettings(count=4))
    numbers = [number_of(frame) for frame in media.frames]
    assert numbers == pytest.approx([125, 375, 625, 875], abs=1)
    # From the nearest key frame on, that is at most one group of pictures a frame.
    assert media.manifest.frames_decoded <= 4 * (GOP + 1)


def test_times_are_those_of_the_frames(long_clip):
    media = decode(long_clip, MediaSettings(count=7))
    for frame, when in zip(media.frames, media.times, strict=True):
        assert number_of(frame) / FPS == pytest.approx(when, abs=0.06)


def test_close_targets_are_decoded_in_one_go(long_clip):
    media = decode(long_clip, MediaSettings(plan="fps", rate=FPS, count=SECONDS * FPS))
    numbers = [number_of(frame) for frame in media.frames]
    assert numbers == list(range(SECONDS * FPS))
    # Who takes the last piece may not know that a seek pays, where the index ends before it.
    assert SECONDS * FPS <= media.manifest.frames_decoded <= SECONDS * FPS + 2 * GOP


def test_key_frames_are_found_without_decoding_the_others(long_clip):
    media = decode(long_clip, MediaSettings(plan="keyframes", count=1000))
    assert [number_of(frame) for frame in media.frames] == list(range(0, SECONDS * FPS, GOP))
    assert media.manifest.frames_decoded <= SECONDS * FPS / GOP + 2


def test_seeking_where_it_cannot_help_costs_one_pass_at_most(tmp_path, make_clip):
    clip = make_clip(tmp_path / "one_key.mp4", 30, (96, 64), FPS, gop=1000, sound=False)
    media = decode(clip, MediaSettings(count=4))
    assert media.manifest.frames_decoded <= 30 * FPS
    assert [number_of(frame) for frame in media.frames] == pytest.approx([37, 112, 187, 262], abs=1)


REORDERED = {"preset": "veryfast", "x264-params": "bframes=3:b-adapt=0:scenecut=0"}
REFRESHED = {"preset": "veryfast", "x264-params": "intra-refresh=1:keyint=20:bframes=0"}
OPEN = {"preset": "veryfast", "x264-params": "open-gop=1:bframes=3:b-adapt=0:scenecut=0"}


@pytest.mark.parametrize(
    ("name", "codec", "coding"),
    [
        ("reordered.avi", "h264", REORDERED),
        ("reordered.mp4", "h264", REORDERED),
        ("reordered.mkv", "h264", REORDERED),
        ("reordered.flv", "h264", REORDERED),
        ("reordered.asf", "h264", REORDERED),
        ("no_start.asf", "mpeg4", {"bf": "2"}),
        ("refreshed.mp4", "h264", REFRESHED),
        ("refreshed.ts", "h264", REFRESHED),
        ("open.mkv", "h264", OPEN),
        ("open.ts", "h264", OPEN),
    ],
)
def test_every_frame_is_the_one_on_show(tmp_path, make_clip, name, codec, coding):
    clip = make_clip(tmp_path / name, 8, (320, 64), FPS, codec, sound=False, gop=20, coding=coding)
    for count in (3, 7, 40):
        media = decode(clip, MediaSettings(count=count))
        numbers = [number_of(frame) for frame in media.frames]
        # A container may say that it begins or ends one frame earlier or later.
        wanted = [(place + 0.5) * 80 / count for place in range(count)]
        assert numbers == pytest.approx(wanted, abs=2)
        start = media.times[0] - numbers[0] / FPS
        assert start == pytest.approx(0, abs=1e-3)
        assert [round((when - start) * FPS, 1) for when in media.times] == numbers


def test_a_seek_to_where_pictures_build_up_gives_none_that_comes_later(tmp_path, make_clip):
    clip = make_clip(
        tmp_path / "refreshed.mp4", 8, (320, 64), FPS, sound=False, gop=20, coding=REFRESHED
    )
    for wanted in range(1, 80, 3):
        with av.open(str(clip)) as container:
            video = video_stream(container)
            timeline = survey(container, video, clip.stat().st_size, Deadline(60))
            reader = FrameReader(container, video, timeline, Deadline(60))
            found = reader.at((wanted + 0.5) / FPS)
        assert found is not None
        assert number_of(found[1].to_ndarray(format="rgb24")) == wanted


def test_key_frames_without_times_are_not_looked_for(tmp_path, make_clip):
    clip = make_clip(tmp_path / "keys.avi", 8, (320, 64), FPS, sound=False, coding=REORDERED)
    media = decode(clip, MediaSettings(plan="keyframes"))
    assert [number_of(frame) for frame in media.frames] == pytest.approx([10, 30, 50, 70], abs=2)
    assert "counted" in media.manifest.note


def test_dropped_pictures_keep_the_times_of_the_others(tmp_path, make_clip):
    stamps = [number / FPS for number in range(80) if not 20 <= number < 40]
    clip = make_clip(
        tmp_path / "dropped.avi",
        fps=FPS,
        times=stamps,
        size=(320, 64),
        sound=False,
        coding=REORDERED,
    )
    media = decode(clip, MediaSettings(count=4))
    before, _, after, last = zip(media.times, map(number_of, media.frames), strict=True)
    assert round(before[0] * FPS) == before[1] == pytest.approx(10, abs=1)
    assert round(after[0] * FPS) == after[1] + 20 == pytest.approx(50, abs=1)
    assert round(last[0] * FPS) == last[1] + 20 == pytest.approx(70, abs=1)


def test_before_the_first_and_after_the_last_frame(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4", 3, sound=False)
    with av.open(str(clip)) as container:
        video = video_stream(container)
        timeline = survey(container, video, clip.stat().st_size, Deadline(60))
        reader = FrameReader(container, video, timeline, Deadline(60))
        early, late = reader.at(-5.0), reader.at(99.0)
    assert early is not None
    assert late is not None
    assert early[0] == 0.0
    assert late[0] == pytest.approx(2.9)
