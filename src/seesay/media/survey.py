"""What a container holds: which streams, and where the video begins and really ends.

Headers lie: a file may have been cut, or never say how long it is. So the end is looked at before
frames are planned: packets are read there, but none is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

from seesay.media.base import Deadline, MediaError

PICTURE_ONLY = Disposition.attached_pic | Disposition.timed_thumbnails
SLACK_SECONDS = 0.5
USUAL_RATE = 25.0


@dataclass(frozen=True)
class Timeline:
    """Where a video begins and ends; all in seconds, and all but `origin` counted from it.

    Attributes:
        origin: the container's own clock at second 0.
        start: when the first frame is shown.
        end: when the last frame that is there ends.
        seconds: how long the file plays, sound included.
        truncated: the file stops before its header says, or is damaged at its end.
        timed: packets say when their pictures are shown; without that, frames can only be counted.
        rate: frames a second, as the header has it.
    """

    origin: float
    start: float
    end: float
    seconds: float
    truncated: bool
    timed: bool
    rate: float


@dataclass
class Seen:
    """What went by while packets were read, in the container's own seconds."""

    video_packets: int = 0
    timed_packets: int = 0
    first: float | None = None
    video_end: float | None = None
    end: float | None = None
    broken: bool = False
    keys: list[float] = field(default_factory=list)


def video_stream(container: InputContainer) -> VideoStream:
    """Return the stream to look at: not a cover picture, the default one, the largest one.

    Raises:
        MediaError: there is none, or nothing here can decode it.
    """
    moving = [each for each in container.streams.video if not each.disposition & PICTURE_ONLY]
    if not moving:
        held = "only sound and a cover picture" if container.streams.video else "only sound"
        what = held if container.streams.audio else "nothing to see"
        raise MediaError(f"it has no video stream ({what}); give a file with moving pictures")
    ready = [each for each in moving if each.codec_context is not None]
    if not ready:
        raise MediaError("its video codec is not known here; convert it to H.264, for example")
    return max(
        ready,
        key=lambda each: (
            bool(each.disposition & Disposition.default),
            each.width * each.height,
            -each.index,
        ),
    )


def sound_stream(container: InputContainer) -> AudioStream | None:
    """Return the sound track to hear: the default one, or the first; None where there is none."""
    ready = [each for each in container.streams.audio if each.codec_context is not None]
    return min(
        ready,
        key=lambda each: (not each.disposition & Disposition.default, each.index),
        default=None,
    )


def survey(
    container: InputContainer, video: VideoStream, size: int, deadline: Deadline
) -> Timeline:
    """Find where the video begins and ends; reads the last packets, or all where it must.

    Args:
        size: bytes of the file, to tell whether its index points past its end.

    Raises:
        MediaError: there is no packet at all.
    """
    declared = _declared_end(container, video)
    seen = Seen()
    # Without a start in the header, the end alone would not say when the first picture is shown.
    begins = _origin(container, video) is not None
    if declared is not None and begins and seek(container, video, declared):
        seen = _watch(container, video, deadline)
        rewind(container, video)
    if seen.video_end is None:
        broken = seen.broken
        seen = _watch(container, video, deadline)
        seen.broken |= broken
        if not seen.video_packets:
            raise MediaError("its video stream holds no pictures: cut short, or never written")
        rewind(container, video)
    rate = float(video.average_rate or video.guessed_rate or USUAL_RATE)
    if not seen.timed_packets:
        length = seen.video_packets / rate
        return Timeline(0.0, 0.0, length, length, seen.broken, False, rate)
    timeline = _timeline(container, video, seen, size, rate)
    return replace(timeline, timed=False) if _in_order_of_decoding(container, video) else timeline


# These hold one time a packet, that of decoding; libavformat guesses that of showing from the kind
# of picture, which the packets of some codecs do not tell.
DECODING_TIMES = ("avi", "asf")
UNTOLD = ("h264", "hevc", "vvc")


def _in_order_of_decoding(container: InputContainer, video: VideoStream) -> bool:
    context = video.codec_context
    kept = container.format.name in DECODING_TIMES and context.codec.canonical_name in UNTOLD
    return kept and bool(context.has_b_frames)


def key_times(
    container: InputContainer, video: VideoStream, origin: float, deadline: Deadline
) -> tuple[float, ...]:
    """Return the seconds of all key frames from `origin`, by reading packets, not decoding."""
    video.discard = Discard.nonkey
    try:
        seen = _watch(container, video, deadline)
    finally:
        video.discard = Discard.default
    rewind(container, video)
    return tuple(sorted(when - origin for when in seen.keys))


# These are searched by the time of decoding, which is before that of showing.
BEFORE_SECONDS = {"mpegts": 10.0, "mpeg": 10.0}


def seek(container: InputContainer, stream: Stream, second: float) -> bool:
    """Go to the last key frame before a second of the container's clock; False if it cannot."""
    try:
        container.seek(round(second / float(stream.time_base or 1)), stream=stream)
    except (av.FFmpegError, OverflowError):
        return False
    return True


def rewind(container: InputContainer, stream: Stream) -> None:
    """Go back to the first packet; by bytes for formats that know no time."""
    start = _seconds(stream.start_time, stream) or 0.0
    if seek(container, stream, start - BEFORE_SECONDS.get(container.format.name, 0.0)):
        return
    try:
        container.seek(0, unsupported_byte_offset=True)
    except av.FFmpegError as error:
        raise MediaError(
            "it cannot be wound back: it is damaged, or must be converted to MP4 first"
        ) from error


def _declared_end(container: InputContainer, video: VideoStream) -> float | None:
    """Return the last second that the header claims, on the container's clock."""
    origin = _origin(container, video) or 0.0
    length = _seconds(video.duration, video)
    if length is not None:
        return (_seconds(video.start_time, video) or origin) + length
    return None if container.duration is None else origin + container.duration / av.time_base


def _origin(container: InputContainer, video: VideoStream) -> float | None:
    if container.start_time is not None:
        return float(container.start_time) / av.time_base
    return _seconds(video.start_time, video)


def _timeline(
    container: InputContainer, video: VideoStream, seen: Seen, size: int, rate: float
) -> Timeline:
    first = _seconds(video.start_time, video)
    if first is None:
        first = seen.first or 0.0
    origin = _origin(container, video)
    origin = first if origin is None else min(origin, first)
    video_end = max(seen.video_end or first, first)
    plays = max(seen.end or video_end, video_end) - origin
    claimed = None if container.duration is None else container.duration / av.time_base
    video_length = max(
        _seconds(video.duration, video) or 0.0,
        video.frames / float(video.average_rate) if video.average_rate else 0.0,
    )
    short = (
        video_end - first < video_length - SLACK_SECONDS
        or plays < (claimed or 0.0) - SLACK_SECONDS
        or any(_points_past(stream, size) for stream in container.streams)
    )
    if claimed is not None and not short and abs(claimed - plays) < SLACK_SECONDS:
        plays = claimed
    return Timeline(
        origin, first - origin, video_end - origin, plays, short or seen.broken, True, rate
    )


def _points_past(stream: Stream, size: int) -> bool:
    entries = stream.index_entries
    if not len(entries):
        return False
    last = entries[len(entries) - 1]
    return last.pos + last.size > size


def _watch(container: InputContainer, video: VideoStream, deadline: Deadline) -> Seen:
    """Read packets of video and sound up to the end of the file, and note what goes by."""
    seen = Seen()
    streams = [video, *container.streams.audio]
    try:
        for packet in container.demux(streams):
            deadline.check()
            if packet.size:
                _note(seen, packet, video)
    except av.FFmpegError:
        seen.broken = True
    return seen


def _note(seen: Seen, packet: av.Packet[Stream], video: VideoStream) -> None:
    is_video = packet.stream_index == video.index
    seen.video_packets += is_video
    seen.broken |= packet.is_corrupt
    stamp = packet.dts if packet.pts is None else packet.pts
    when = _seconds(stamp, packet.stream)
    if when is None:
        return
    ends = when + (_seconds(packet.duration, packet.stream) or 0.0)
    seen.end = ends if seen.end is None else max(seen.end, ends)
    if is_video:
        seen.timed_packets += 1
        seen.first = when if seen.first is None else min(seen.first, when)
        seen.video_end = ends if seen.video_end is None else max(seen.video_end, ends)
        if packet.is_keyframe:
            seen.keys.append(when)


def _seconds(stamp: int | None, stream: Stream) -> float | None:
    return None if stamp is None or stream.time_base is None else float(stamp * stream.time_base)
