import av
import pytest

from making import make_sound
from seesay.media.base import Deadline, MediaError
from seesay.media.survey import key_times, sound_stream, survey, video_stream


def look(path, **changes):
    with av.open(str(path)) as container:
        video = video_stream(container)
        timeline = survey(container, video, path.stat().st_size, Deadline(60))
        return timeline, key_times(container, video, timeline.origin, Deadline(60))


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts", "clip.mov", "clip.flv"])
def test_where_a_video_begins_and_ends(tmp_path, make_clip, name):
    timeline, keys = look(make_clip(tmp_path / name, seconds=3, gop=10))
    assert timeline.start == pytest.approx(0, abs=0.06)
    assert timeline.end - timeline.start == pytest.approx(3.0, abs=0.06)
    assert timeline.seconds == pytest.approx(3.0, abs=0.1)
    assert timeline.timed
    assert not timeline.truncated
    assert [round(key - timeline.start, 1) for key in keys] == [0.0, 1.0, 2.0]


def test_a_stream_that_never_says_how_long_it_is(tmp_path, make_clip):
    clip = make_clip(tmp_path / "live.mkv", container="matroska", options={"live": "1"})
    with av.open(str(clip)) as container:
        assert container.duration is None
    timeline, _ = look(clip)
    assert timeline.end == pytest.approx(3.0, abs=0.01)
    assert not timeline.truncated


def test_sound_that_goes_on_after_the_pictures(tmp_path, make_clip):
    timeline, _ = look(make_clip(tmp_path / "song.mp4", seconds=2, sound_seconds=6))
    assert timeline.end == pytest.approx(2.0, abs=0.01)
    assert timeline.seconds == pytest.approx(6.0, abs=0.1)
    assert not timeline.truncated


def test_a_raw_stream_has_no_times(tmp_path, make_clip):
    timeline, keys = look(make_clip(tmp_path / "raw.h264", sound=False, container="h264"))
    assert not timeline.timed
    assert keys == ()
    assert timeline.end == pytest.approx(30 / timeline.rate)


def test_a_cover_picture_is_no_video(tmp_path):
    with av.open(str(make_sound(tmp_path / "song.mp3", cover=True))) as container:
        assert len(container.streams.video) == 1
        with pytest.raises(MediaError, match="cover picture"):
            video_stream(container)
        assert sound_stream(container) is container.streams.audio[0]


def test_the_larger_of_two_videos_is_looked_at(tmp_path):
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as output:
        streams = [output.add_stream("mpeg4", rate=10) for _ in range(2)]
        for stream, size in zip(streams, ((64, 48), (128, 96)), strict=True):
            stream.width, stream.height = size
        for stream in streams:
            output.mux(stream.encode(av.VideoFrame(stream.width, stream.height, "yuv420p")))
            output.mux(stream.encode(None))
    with av.open(str(path)) as container:
        assert video_stream(container).width == 128
        assert sound_stream(container) is None
