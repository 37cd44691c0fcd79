from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from seesay.catalog.datasets.demo_file import Codec, read_comment, write_clip
from seesay.catalog.datasets.demo_sound import RATE


def frames(count: int) -> list[np.ndarray]:
    """Red above, blue below; 64 wide, 96 high."""
    frame = np.zeros((96, 64, 3), np.uint8)
    frame[:48, :, 0] = 250
    frame[48:, :, 2] = 250
    return [frame] * count


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_clip_comes_back_as_it_was_written(tmp_path: Path, codec: Codec) -> None:
    path = tmp_path / "a.mp4"
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32)
    write_clip(path, frames(24), Fraction(24), np.stack([tone, tone]), codec, "who made it")
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.average_rate) == (codec, 24)
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", RATE, 2)
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(decoded) == 24
    assert decoded[0].shape == (96, 64, 3)
    assert decoded[0][:40, :, 0].min() > 200
    assert decoded[0][56:, :, 2].min() > 200
    with av.open(str(path)) as container:
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert np.sqrt((sound[:, 2000:40000] ** 2).mean()) == pytest.approx(0.5 / 2**0.5, rel=0.05)
    assert read_comment(path) == "who made it"


def test_a_clip_without_sound_has_no_sound_track(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_clip(path, frames(3), Fraction(30000, 1001))
    with av.open(str(path)) as container:
        assert not container.streams.audio
        assert container.streams.video[0].average_rate == Fraction(30000, 1001)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turned_frames_with_the_display_matrix_undone_are_upright(
    tmp_path: Path, turns: int
) -> None:
    path = tmp_path / "a.mp4"
    write_clip(path, frames(4), Fraction(12), quarter_turns=turns)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    stored = frame.to_ndarray(format="rgb24")
    assert frame.rotation % 360 == 90 * turns
    assert stored.shape == ((96, 64, 3) if turns == 2 else (64, 96, 3))
    upright = np.rot90(stored, frame.rotation // 90)
    assert upright.shape == (96, 64, 3)
    assert upright[:40, :, 0].min() > 200
    assert upright[56:, :, 2].min() > 200


def test_files_that_do_not_open_have_no_comment(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("not a video")
    assert read_comment(text) is None
    assert read_comment(tmp_path / "none.mp4") is None


def test_a_cut_file_has_lost_its_comment_wherever_it_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_clip(path, frames(12), Fraction(12), comment="who made it")
    whole = path.read_bytes()
    assert read_comment(path) == "who made it"
    for kept in (*range(0, len(whole), 97), len(whole) - 1):
        path.write_bytes(whole[:kept])
        assert read_comment(path) != "who made it"
