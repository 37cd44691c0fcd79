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
    assert media.manifest.frames_decoded == SECONDS * FPS


def test_key_frames_are_found_without_decoding_the_others(long_clip):
    media = decode(long_clip, MediaSettings(plan="keyframes", count=1000))
    assert [number_of(frame) for frame in media.frames] == list(range(0, SECONDS * FPS, GOP))
    assert media.manifest.frames_decoded <= SECONDS * FPS / GOP + 2


def test_seeking_where_it_cannot_help_costs_one_pass_at_most(tmp_path, make_clip):
    clip = make_clip(tmp_path / "one_key.mp4", 30, (96, 64), FPS, gop=1000, sound=False)
    media = decode(clip, MediaSettings(count=4))
    assert media.manifest.frames_decoded <= 30 * FPS
    assert [number_of(frame) for frame in media.frames] == pytest.approx([37, 112, 187, 262], abs=1)


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
