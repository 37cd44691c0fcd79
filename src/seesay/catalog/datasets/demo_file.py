"""Writing one clip of the demo as an MP4 file with PyAV."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np

from seesay.catalog.datasets.demo_sound import RATE

Codec = Literal["h264", "hevc"]

_ENCODERS: dict[Codec, tuple[str, dict[str, str]]] = {
    "h264": ("libx264", {"preset": "ultrafast", "crf": "24"}),
    "hevc": (
        "libx265",
        {"preset": "ultrafast", "crf": "26", "x265-params": "log-level=none:pools=1"},
    ),
}


def write_clip(
    path: Path,
    frames: Iterable[np.ndarray],
    rate: Fraction,
    sound: np.ndarray | None = None,
    codec: Codec = "h264",
    comment: str = "",
    quarter_turns: int = 0,
) -> None:
    """Write frames [height, width, 3] and sound [channels, samples] at 44.1 kHz as one MP4 file.

    Args:
        rate: frames a second.
        comment: kept in the file's metadata, where `read_comment` finds it.
        quarter_turns: how often a player has to turn the stored frames left by 90 degrees, as a
            telephone that was held upright writes it.
    """
    coming = (np.ascontiguousarray(np.rot90(frame, -quarter_turns)) for frame in frames)
    first = next(coming)
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        container.metadata["comment"] = comment
        video = _video_stream(container, first.shape, rate, codec)
        audio = None if sound is None else _sound_stream(container, sound)
        for number, frame in enumerate(chain([first], coming)):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts = number
            picture.time_base = 1 / rate
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        if sound is not None:
            _write_sound(container, audio, sound)
    if quarter_turns % 4:
        _set_rotation(path, quarter_turns % 4)


def _video_stream(container: Any, shape: tuple[int, ...], rate: Fraction, codec: Codec) -> Any:
    name, options = _ENCODERS[codec]
    stream = container.add_stream(name, rate=rate, options=options)
    stream.height, stream.width = shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.thread_count = 1
    if codec == "hevc":
        stream.codec_context.codec_tag = "hvc1"
    return stream


def _sound_stream(container: Any, sound: np.ndarray) -> Any:
    layout = "mono" if sound.shape[0] == 1 else "stereo"
    stream = container.add_stream("aac", rate=RATE, layout=layout)
    stream.bit_rate = 96_000
    return stream


def _write_sound(container: Any, stream: Any, sound: np.ndarray) -> None:
    size = stream.codec_context.frame_size or 1024
    for start in range(0, sound.shape[1], size):
        block = np.ascontiguousarray(sound[:, start : start + size])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=stream.layout.name)
        frame.sample_rate = RATE
        frame.pts = start
        frame.time_base = Fraction(1, RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _set_rotation(path: Path, quarter_turns: int) -> None:
    """Put a turn into the display matrix of the first track, which FFmpeg's muxer cannot set.

    ISO/IEC 14496-12, 8.3.2: the matrix of a version 0 track header starts 40 bytes after its
    flags, nine 32-bit numbers.
    """
    one = 1 << 16
    matrix = {
        1: (0, -one, 0, one, 0, 0),
        2: (-one, 0, 0, 0, -one, 0),
        3: (0, one, 0, -one, 0, 0),
    }[quarter_turns]
    content = bytearray(path.read_bytes())
    header = content.index(b"tkhd", content.rindex(b"moov"))
    struct.pack_into(">9i", content, header + 44, *matrix, 0, 0, 1 << 30)
    path.write_bytes(content)


def read_comment(path: Path) -> str | None:
    """Return the comment in a file's metadata; None where it does not open.

    The metadata come last in the file, so that one that was cut has lost its comment.
    """
    try:
        with av.open(str(path)) as container:
            return str(container.metadata.get("comment", ""))
    except (OSError, av.FFmpegError):
        return None
