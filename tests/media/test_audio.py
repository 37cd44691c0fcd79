import io

import av
import numpy as np
import pytest

from making import make_sound, tone
from seesay.media.audio import read_sound
from seesay.media.base import SAMPLE_RATE, Deadline, MediaError, MediaSettings
from seesay.media.decode import decode
from seesay.media.survey import sound_stream


class CountingFile(io.FileIO):
    """A file that counts the bytes that are read from it."""

    taken = 0

    def read(self, size=-1):
        content = super().read(size)
        self.taken += len(content)
        return content


def hear(path, max_seconds=300.0, seconds=60.0):
    with av.open(str(path)) as container:
        track = sound_stream(container)
        return read_sound(container, track, 0.0, max_seconds, Deadline(seconds))


def pitch_of(samples):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return spectrum.argmax() * SAMPLE_RATE / len(samples)


@pytest.mark.parametrize("name", ["song.m4a", "song.mp3", "song.wav", "song.mkv"])
def test_any_codec_becomes_16_khz_mono(tmp_path, name):
    sound = hear(make_sound(tmp_path / name, seconds=2))
    assert sound.samples.dtype == np.float32
    assert sound.samples.size == pytest.approx(2 * SAMPLE_RATE, rel=0.05)
    assert pitch_of(sound.samples) == pytest.approx(440, abs=2)
    middle = sound.samples[SAMPLE_RATE // 2 : SAMPLE_RATE]
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.03)
    assert not sound.cut
    assert sound.fault == ""


def test_the_sound_of_a_long_video_is_read_no_further_than_asked(tmp_path, make_clip):
    clip = make_clip(tmp_path / "long.mp4", 60, (64, 48), options={"movflags": "faststart"})
    with CountingFile(clip) as file, av.open(file) as container:
        opened = file.taken
        track = sound_stream(container)
        sound = read_sound(container, track, 0.0, 6.0, Deadline(60))
        taken = file.taken - opened
    assert sound.samples.size == 6 * SAMPLE_RATE
    assert sound.cut
    assert taken < 0.25 * clip.stat().st_size


def test_sound_is_laid_on_the_clock_of_the_pictures(tmp_path):
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as output:
        track = output.add_stream("pcm_s16le", rate=SAMPLE_RATE, layout="mono")
        wave = (tone(1.0, SAMPLE_RATE) * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, SAMPLE_RATE // 2
        output.mux(track.encode(frame))
        output.mux(track.encode(None))
    samples = hear(path).samples
    assert samples.size == 1.5 * SAMPLE_RATE
    assert np.abs(samples[: SAMPLE_RATE // 2]).max() == 0
    assert np.abs(samples[SAMPLE_RATE // 2 :]).max() == pytest.approx(0.5, abs=0.01)


def test_samples_before_the_clock_are_left_out(tmp_path):
    path = make_sound(tmp_path / "song.wav", seconds=2)
    with av.open(str(path)) as container:
        sound = read_sound(container, sound_stream(container), 0.5, 300, Deadline(60))
    assert sound.samples.size == pytest.approx(1.5 * SAMPLE_RATE, abs=50)


def test_a_track_that_is_damaged_half_way_gives_what_is_there(tmp_path, make_clip):
    clip = make_clip(tmp_path / "whole.mp4", 20, options={"movflags": "faststart"})
    content = clip.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(content[: len(content) // 2])
    media = decode(cut, MediaSettings())
    assert 8 < media.audio.size / SAMPLE_RATE < 12
    assert media.manifest.sound


def test_the_time_limit_holds_for_sound_too(tmp_path):
    with pytest.raises(MediaError, match="max_decode_seconds"):
        hear(make_sound(tmp_path / "song.wav"), seconds=1e-9)


def test_no_seconds_of_sound_are_none(tmp_path):
    sound = hear(make_sound(tmp_path / "song.wav"), max_seconds=0)
    assert sound.samples.size == 0
    assert sound.cut
