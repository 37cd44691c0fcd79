"""Makes real video files for the tests, with frames that say which way is up and which they are."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

ENCODERS = {
    "h264": "libx264",
    "hevc": "libx265",
    "vp9": "libvpx-vp9",
    "mpeg4": "mpeg4",
    "mpeg2": "mpeg2video",
    "mjpeg": "mjpeg",
    "ffv1": "ffv1",
}
QUICK = {
    "libx264": {"preset": "ultrafast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:frame-threads=1:pools=1"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}
CORNERS = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 220), "grey": (128,) * 3}
BITS = 12


def numbered_picture(number: int, size: tuple[int, int]) -> np.ndarray:
    """Return RGB uint8 [height, width, 3]: red, green, blue and grey corners, clockwise.

    They start at the top left. A row of black and white boxes across the middle spells `number`
    in binary.
    """
    width, height = size
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = CORNERS["red"]
    picture[: height // 2, width // 2 :] = CORNERS["green"]
    picture[height // 2 :, width // 2 :] = CORNERS["blue"]
    picture[height // 2 :, : width // 2] = CORNERS["grey"]
    edges = np.linspace(0, width, BITS + 1).astype(int)
    for bit in range(BITS):
        white = number >> (BITS - 1 - bit) & 1
        picture[height * 3 // 8 : height * 5 // 8, edges[bit] : edges[bit + 1]] = 255 * white
    return picture


def number_of(frame: np.ndarray) -> int:
    """Return the number that `numbered_picture` wrote into an upright frame of any size."""
    height, width = frame.shape[:2]
    middles = ((np.arange(BITS) + 0.5) * width / BITS).astype(int)
    bits = frame[height // 2, middles].mean(axis=1) > 127
    return int(sum(int(bit) << (BITS - 1 - place) for place, bit in enumerate(bits)))


def corners_of(frame: np.ndarray) -> list[str]:
    """Return the colour names of the four corners, clockwise from the top left."""
    height, width = frame.shape[:2]
    y, x = height // 6, width // 6
    spots = (frame[y, x], frame[y, -1 - x], frame[-1 - y, -1 - x], frame[-1 - y, x])
    return [
        min(CORNERS, key=lambda name: int(np.abs(spot - np.array(CORNERS[name])).sum()))
        for spot in spots
    ]


def tone(seconds: float, rate: int = 44_100, pitch: float = 440.0) -> np.ndarray:
    """Return float32 samples of a sine of half the full scale."""
    return (0.5 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)).astype("f4")


def make_clip(
    path: Path,
    seconds: float = 3,
    size: tuple[int, int] = (160, 120),
    fps: int = 10,
    codec: str = "h264",
    sound: bool = True,
    *,
    pictures: Sequence[np.ndarray] | None = None,
    samples: np.ndarray | None = None,
    times: Sequence[float] | None = None,
    gop: int = 12,
    pixels: str = "yuv420p",
    rotation: int = 0,
    mirrored: bool = False,
    aspect: Fraction = Fraction(1),
    channels: int = 2,
    sound_seconds: float | None = None,
    container: str | None = None,
    options: dict[str, str] | None = None,
    coding: dict[str, str] | None = None,
) -> Path:
    """Encode a clip whose frames `number_of` and `corners_of` can read, with a sine as sound.

    Args:
        pictures: RGB frames to use instead of the numbered ones; they repeat to fill the time.
        samples: mono float32 sound at 44.1 kHz instead of the sine.
        size: width and height of the picture as a player shows it; so are `pictures`.
        times: the second of each frame, for a variable rate; they decide the number of frames.
        rotation: degrees clockwise that a player must turn the stored picture.
        mirrored: the player must also mirror it left to right.
        options: options of the container, such as {"movflags": "faststart"}.
        coding: options of the video encoder, instead of those that make it quick.
    """
    count = len(times) if times is not None else round(seconds * fps)
    with av.open(str(path), "w", format=container, options=options or {}) as output:
        coding = coding or QUICK.get(ENCODERS[codec])
        video = output.add_stream(ENCODERS[codec], rate=fps, options=coding)
        video.width, video.height = size if rotation % 180 == 0 else size[::-1]
        video.pix_fmt = pixels
        video.codec_context.gop_size = gop
        video.sample_aspect_ratio = aspect
        if times is not None:
            video.codec_context.time_base = Fraction(1, 1000)
        if rotation or mirrored:
            video.set_display_rotation(-rotation, hflip=mirrored)
        audio = _sound_stream(output, channels) if sound else None
        for index in range(count):
            picture = pictures[index % len(pictures)] if pictures else numbered_picture(index, size)
            stored = np.rot90(picture[:, ::-1] if mirrored else picture, k=rotation // 90)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(stored), format="rgb24")
            if times is None:
                frame.pts, frame.time_base = index, Fraction(1, fps)
            else:
                frame.pts, frame.time_base = round(times[index] * 1000), Fraction(1, 1000)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        if audio is not None:
            wave = tone(sound_seconds or count / fps) if samples is None else samples
            _encode_sound(output, audio, wave, channels)
    return path


def make_sound(path: Path, seconds: float = 2, cover: bool = False) -> Path:
    """Encode a file that holds sound and no video, or, where asked, a cover picture beside it."""
    with av.open(str(path), "w") as output:
        audio = _sound_stream(output, 2)
        if cover:
            picture = output.add_stream("mjpeg", rate=1)
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic
            frame = av.VideoFrame.from_ndarray(numbered_picture(1, (64, 64)), format="rgb24")
            output.mux(picture.encode(frame))
            output.mux(picture.encode(None))
        _encode_sound(output, audio, tone(seconds), 2)
    return path


def _sound_stream(output: av.container.OutputContainer, channels: int) -> av.AudioStream:
    names = {"mp3": "libmp3lame", "webm": "libopus", "wav": "pcm_s16le", "avi": "libmp3lame"}
    name = names.get(output.format.name, "aac")
    rate = 48_000 if name == "libopus" else 44_100
    return output.add_stream(name, rate=rate, layout="mono" if channels == 1 else "stereo")


def _encode_sound(
    output: av.container.OutputContainer,
    audio: av.AudioStream,
    samples: np.ndarray,
    channels: int,
) -> None:
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(np.tile(samples.astype("f4"), (channels, 1))),
        format="fltp",
        layout="mono" if channels == 1 else "stereo",
    )
    frame.sample_rate, frame.pts, frame.time_base = 44_100, 0, Fraction(1, 44_100)
    resampler = av.AudioResampler(
        audio.format.name, audio.layout.name, audio.rate, audio.codec_context.frame_size or None
    )
    for piece in (*resampler.resample(frame), *resampler.resample(None)):
        output.mux(audio.encode(piece))
    output.mux(audio.encode(None))
