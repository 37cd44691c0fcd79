import os
import random
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from making import corners_of, make_sound, number_of
from seesay.media.base import SAMPLE_RATE, MediaError, MediaSettings
from seesay.media.decode import decode

UPRIGHT = ["red", "green", "blue", "grey"]
CLIPS = Path(__file__).parents[3] / "shared" / "data" / "clips"
DEFAULT = MediaSettings()


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("h264.mp4", "h264", "yuv420p"),
        ("hevc.mp4", "hevc", "yuv420p"),
        ("ten_bit.mp4", "hevc", "yuv420p10le"),
        ("vp9.webm", "vp9", "yuv420p"),
        ("mpeg4.avi", "mpeg4", "yuv420p"),
        ("mpeg2.ts", "mpeg2", "yuv420p"),
        ("h264.ts", "h264", "yuv420p"),
        ("mjpeg.mov", "mjpeg", "yuvj420p"),
        ("ffv1.mkv", "ffv1", "yuv420p"),
    ],
)
def test_every_codec_gives_the_planned_frames_and_the_sound(
    tmp_path, make_clip, name, codec, pixels
):
    clip = make_clip(tmp_path / name, seconds=4, fps=25, codec=codec, pixels=pixels)
    media = decode(clip, DEFAULT)
    assert len(media.frames) == len(media.times) == 4
    for frame, when, planned in zip(media.frames, media.times, (0.5, 1.5, 2.5, 3.5), strict=True):
        assert frame.shape == (120, 160, 3)
        assert frame.dtype == np.uint8
        assert frame.flags["C_CONTIGUOUS"]
        assert corners_of(frame) == UPRIGHT
        assert when == pytest.approx(planned, abs=0.1)
        assert number_of(frame) == pytest.approx(when * 25, abs=2)
    assert media.audio.dtype == np.float32
    assert media.audio.size == pytest.approx(4 * SAMPLE_RATE, rel=0.03)
    manifest = media.manifest
    assert (manifest.frames_asked, manifest.frames_got) == (4, 4)
    assert manifest.codec == {"mpeg2": "mpeg2video"}.get(codec, codec)
    assert (manifest.width, manifest.height, manifest.rotation) == (160, 120, 0)
    assert manifest.seconds == pytest.approx(4.0, abs=0.1)
    assert manifest.sound
    assert not manifest.truncated
    assert manifest.note == ""


def test_odd_sizes_keep_every_pixel(tmp_path, make_clip):
    media = decode(make_clip(tmp_path / "odd.mp4", size=(161, 91), pixels="yuv444p"), DEFAULT)
    assert media.frames[0].shape == (91, 161, 3)
    assert corners_of(media.frames[0]) == UPRIGHT


def test_frames_are_scaled_down_to_the_longer_side(tmp_path, make_clip):
    media = decode(make_clip(tmp_path / "tall.mp4", 1, (120, 320)), MediaSettings(frame_pixels=160))
    assert {frame.shape for frame in media.frames} == {(160, 60, 3)}
    assert (media.manifest.width, media.manifest.height) == (120, 320)


def test_pixels_that_are_not_square_are_made_square(tmp_path, make_clip):
    media = decode(make_clip(tmp_path / "wide.mp4", 1, aspect=Fraction(4, 3)), DEFAULT)
    assert media.frames[0].shape == (90, 160, 3)
    assert (media.manifest.width, media.manifest.height) == (160, 90)


def test_a_variable_rate_gives_what_was_on_show(tmp_path, make_clip):
    stamps = [0, 0.1, 0.2, 0.3, 2, 2.1, 2.2, 7.9]
    media = decode(make_clip(tmp_path / "vfr.mp4", times=stamps, sound=False), DEFAULT)
    # At 1 s the frame of 0.3 s is on show, and at 3, 5 and 7 s that of 2.2 s.
    assert media.times == pytest.approx((0.3, 2.2), abs=0.002)
    assert [number_of(frame) for frame in media.frames] == [3, 6]
    assert (media.manifest.frames_asked, media.manifest.frames_got) == (4, 2)
    assert media.manifest.seconds == pytest.approx(8.0, abs=0.2)


def test_a_video_without_sound(tmp_path, make_clip):
    media = decode(make_clip(tmp_path / "silent.mp4", sound=False), DEFAULT)
    assert media.audio.shape == (0,)
    assert media.audio.dtype == np.float32
    assert not media.manifest.sound


def test_sound_or_frames_alone(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4", rotation=90)
    seen = decode(clip, DEFAULT, sound=False)
    assert (len(seen.frames), seen.audio.size, seen.manifest.sound) == (4, 0, True)
    heard = decode(clip, DEFAULT, frames=False)
    assert (heard.frames, heard.times, heard.manifest.frames_asked) == ((), (), 0)
    assert heard.audio.size == pytest.approx(3 * SAMPLE_RATE, rel=0.03)
    assert (heard.manifest.rotation, heard.manifest.width) == (90, 160)


def test_one_frame_and_fewer_frames_than_asked(tmp_path, make_clip):
    media = decode(make_clip(tmp_path / "still.mp4", 0.1, sound=False), DEFAULT)
    assert media.manifest.frames_asked == 4
    assert [number_of(frame) for frame in media.frames] == [0]


def test_long_sound_is_cut_and_the_manifest_says_so(tmp_path, make_clip):
    media = decode(make_clip(tmp_path / "clip.mp4"), MediaSettings(max_audio_seconds=1))
    assert media.audio.size == SAMPLE_RATE
    assert "first 1 s of sound" in media.manifest.note


@pytest.mark.parametrize("name", ["whole.mp4", "whole.mkv", "whole.avi"])
def test_a_file_that_stops_in_the_middle_gives_what_is_there(tmp_path, make_clip, name):
    codec = "mpeg4" if name.endswith("avi") else "h264"
    options = {"movflags": "faststart"} if name.endswith("mp4") else None
    whole = make_clip(tmp_path / name, 20, codec=codec, options=options)
    content = whole.read_bytes()
    cut = tmp_path / f"cut_{name}"
    cut.write_bytes(content[: len(content) // 2])
    media = decode(cut, DEFAULT)
    assert media.manifest.truncated
    assert 7 < media.manifest.seconds < 13
    assert len(media.frames) == 4
    numbers = [number_of(frame) for frame in media.frames]
    parts = [media.manifest.seconds * 10 * part for part in (1 / 8, 3 / 8, 5 / 8, 7 / 8)]
    assert numbers == pytest.approx(parts, abs=4)
    assert not decode(whole, DEFAULT).manifest.truncated


def test_a_fragmented_recording_that_stops(tmp_path, make_clip):
    whole = make_clip(tmp_path / "whole.mp4", 10, options={"movflags": "frag_keyframe+empty_moov"})
    content = whole.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(content[: len(content) // 2])
    media = decode(cut, DEFAULT)
    assert len(media.frames) == 4
    assert 3 < media.manifest.seconds < 7


def test_a_file_cut_before_its_index_says_so(tmp_path, make_clip):
    content = make_clip(tmp_path / "whole.mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(content[: len(content) // 2])
    with pytest.raises(MediaError, match=r"^cut\.mp4: .*cut short before its index"):
        decode(cut, DEFAULT)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_raw_stream_without_times_is_counted(tmp_path, make_clip, codec):
    clip = make_clip(tmp_path / f"raw.{codec}", sound=False, codec=codec, container=codec)
    media = decode(clip, DEFAULT)
    assert [number_of(frame) for frame in media.frames] == pytest.approx([3, 11, 18, 26], abs=2)
    assert list(media.times) == sorted(set(media.times))
    assert "counted" in media.manifest.note


def test_a_raw_stream_has_no_key_frame_times(tmp_path, make_clip):
    clip = make_clip(tmp_path / "raw.h264", sound=False, container="h264")
    assert len(decode(clip, MediaSettings(plan="keyframes")).frames) == 4


def refused(path, settings=DEFAULT):
    with pytest.raises(MediaError) as caught:
        decode(path, settings)
    message = str(caught.value)
    assert message.startswith(f"{path.name}: ")
    assert "\n" not in message
    return message


def test_files_that_are_no_video(tmp_path):
    empty, text, folder = tmp_path / "empty.mp4", tmp_path / "text.mp4", tmp_path / "folder.mp4"
    empty.touch()
    text.write_text("Dear diary,\nnothing to see here.\n" * 100)
    folder.mkdir()
    assert "empty (0 bytes)" in refused(empty)
    assert "not a video" in refused(text)
    assert "not a file" in refused(folder)
    assert "no such file" in refused(tmp_path / "absent.mp4")
    assert "no video stream (only sound)" in refused(make_sound(tmp_path / "song.m4a"))
    assert "cover picture" in refused(make_sound(tmp_path / "song.mp3", cover=True))


def test_a_text_that_ffmpeg_would_draw_is_no_video(tmp_path):
    story = tmp_path / "story.txt"
    story.write_text("once upon a time\n" * 50)
    assert "not a video" in refused(story)


def test_a_playlist_may_not_open_other_files(tmp_path, make_clip):
    make_clip(tmp_path / "secret.ts", 1)
    concat, hls = tmp_path / "list.mp4", tmp_path / "list.m3u8"
    concat.write_text("ffconcat version 1.0\nfile secret.ts\n")
    hls.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n")
    assert "not a video" in refused(concat)
    assert "not a video" in refused(hls)


def test_a_stream_without_pictures(tmp_path):
    path = tmp_path / "hollow.mkv"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        track = output.add_stream("pcm_s16le", rate=SAMPLE_RATE, layout="mono")
        silence = np.zeros((1, SAMPLE_RATE), np.int16)
        frame = av.AudioFrame.from_ndarray(silence, format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        output.mux(track.encode(frame))
        output.mux(track.encode(None))
    assert "holds no pictures" in refused(path)


def test_a_header_and_nothing_else(tmp_path):
    path = tmp_path / "hollow.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        output.start_encoding()
    assert "no video stream (nothing to see)" in refused(path)


def test_limits_say_what_to_change(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4")
    assert "raise max_bytes" in refused(clip, MediaSettings(max_bytes=1000))
    assert "raise max_seconds" in refused(clip, MediaSettings(max_seconds=2))
    assert "raise max_pixels" in refused(clip, MediaSettings(max_pixels=160 * 119))
    assert "raise max_decode_seconds" in refused(clip, MediaSettings(max_decode_seconds=1e-6))
    exact = MediaSettings(max_bytes=clip.stat().st_size, max_seconds=3.1, max_pixels=160 * 120)
    assert len(decode(clip, exact).frames) == 4


def test_the_adaptive_plan_spends_frames_where_the_picture_changes(tmp_path, make_clip):
    still = [np.full((120, 160, 3), 90, np.uint8)] * 60
    moving = [np.full((120, 160, 3), 255 * (at // 4 % 2), np.uint8) for at in range(20)]
    clip = make_clip(tmp_path / "a.mp4", seconds=8, fps=10, pictures=[*still, *moving])
    adaptive = decode(clip, MediaSettings(plan="adaptive", count=8))
    uniform = decode(clip, MediaSettings(count=8))
    assert len(adaptive.frames) == len(uniform.frames) == 8
    assert adaptive.times == tuple(sorted(adaptive.times))
    assert sum(when >= 6 for when in adaptive.times) >= 4
    assert sum(when >= 6 for when in uniform.times) == 2
    assert adaptive.times[0] < 3
    assert (adaptive.manifest.frames_asked, adaptive.manifest.frames_got) == (8, 8)
    assert adaptive.manifest.frames_decoded > uniform.manifest.frames_decoded - 1
    bare = decode(clip, MediaSettings(plan="adaptive", count=8), frames=False)
    assert bare.frames == ()


def test_the_same_file_gives_the_same_pixels(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4", 10, codec="hevc")
    first, second = decode(clip, DEFAULT), decode(clip, DEFAULT)
    assert first.manifest == second.manifest
    assert first.times == second.times
    assert np.array_equal(np.stack(first.frames), np.stack(second.frames))
    assert np.array_equal(first.audio, second.audio)


def test_names_with_odd_characters(tmp_path, make_clip):
    clip = make_clip(tmp_path / "plain.mp4", 1)
    for name in ("concat:a|b.mp4", "frame%03d.mp4", "ein schöner Tag 🎬.mp4", "http:x.mp4"):
        odd = tmp_path / name
        clip.rename(odd)
        assert len(decode(odd, DEFAULT).frames) == 4
        clip = odd


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to count open files")
def test_files_are_closed_whatever_happens(tmp_path, make_clip):
    clip = make_clip(tmp_path / "clip.mp4")
    song = make_sound(tmp_path / "song.m4a")
    decode(clip, DEFAULT)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        decode(clip, DEFAULT)
        refused(song)
        refused(clip, MediaSettings(max_decode_seconds=1e-6))
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
def test_damaged_bytes_give_media_or_a_media_error(tmp_path, make_clip, name):
    content = make_clip(tmp_path / name).read_bytes()
    dice = random.Random(name)
    outcomes = set()
    for round_ in range(30):
        damaged = bytearray(content)
        area = len(damaged) if round_ % 2 else 1500
        for _ in range(dice.choice((1, 10, 100))):
            damaged[dice.randrange(area)] = dice.randrange(256)
        path = tmp_path / f"damaged{round_}{name[-4:]}"
        path.write_bytes(damaged)
        try:
            media = decode(path, MediaSettings(max_decode_seconds=20))
        except MediaError:
            outcomes.add("refused")
            continue
        outcomes.add("decoded")
        assert 1 <= len(media.frames) <= 4
        assert np.isfinite(media.audio).all()
    assert "decoded" in outcomes


@pytest.mark.skipif(not CLIPS.is_dir(), reason=f"{CLIPS} is not there")
def test_the_real_clips():
    clips = sorted(CLIPS.glob("*.mp4"))
    assert len(clips) == 14
    silent = 0
    for clip in clips:
        media = decode(clip, DEFAULT)
        assert len(media.frames) == 4, clip.name
        assert media.manifest.note == "", clip.name
        assert not media.manifest.truncated, clip.name
        parts = [media.manifest.seconds * part for part in (1 / 8, 3 / 8, 5 / 8, 7 / 8)]
        assert media.times == pytest.approx(parts, abs=0.3), clip.name
        assert max(media.frames[0].shape) <= 640
        silent += not media.manifest.sound
    assert silent == 5


@pytest.mark.parametrize("plan", ["uniform", "adaptive", "keyframes"])
def test_a_long_video_has_the_planned_frames_for_each_of_its_pieces(tmp_path, make_clip, plan):
    clip = make_clip(tmp_path / "long.mp4", seconds=6, fps=25)
    media = decode(clip, MediaSettings(plan=plan, count=2, segment_seconds=2.0))
    assert media.manifest.segments == 3
    assert 3 <= len(media.frames) <= 6
    if plan == "uniform":
        assert media.times == pytest.approx((0.5, 1.5, 2.5, 3.5, 4.5, 5.5), abs=0.1)
    whole = decode(clip, MediaSettings(plan=plan, count=2, segment_seconds=None))
    assert (whole.manifest.segments, len(whole.frames)) == (1, min(2, len(whole.frames)))
