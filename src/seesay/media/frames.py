"""Finding the frames on show at given moments, by seeking or by decoding on, whichever is less."""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import av
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from seesay.media.base import Deadline
from seesay.media.survey import Timeline, rewind, seek

# Timestamps go through floating point; two frames are never this close.
TICK = 1e-5
# A seek empties the decoder, so it has to save at least this much video.
WORTH_SECONDS = 0.5
USUAL_KEY_SPAN = 2.0
# Where other formats have an index, it knows only the places where somebody has been.
WHOLE_INDEX = ("mov,", "matroska,", "avi")
# Pictures are stored out of order by fewer places than this in every codec there is.
LOOK_AHEAD = 32
# More threads would only lengthen the queue that fills again after each seek.
MOST_THREADS = 4


class FrameReader:
    """Reads the frames of one video at rising moments.

    Attributes:
        decoded: how many frames the decoder has given so far.
    """

    def __init__(
        self,
        container: InputContainer,
        video: VideoStream,
        timeline: Timeline,
        deadline: Deadline,
        *,
        keys_only: bool = False,
    ) -> None:
        """Take a container that stands at its start, and whose video nobody has decoded yet."""
        self.decoded = 0
        self._container = container
        self._video = video
        self._timeline = timeline
        self._deadline = deadline
        self._base = video.time_base or Fraction(1)
        self._shown: av.VideoFrame | None = None
        self._shown_at = timeline.start
        self._ahead: tuple[float, av.VideoFrame] | None = None
        self._last = timeline.start - 1 / timeline.rate
        self._key_span = USUAL_KEY_SPAN
        self._goal = timeline.start
        self._may_skip = timeline.timed and not keys_only
        # When the pictures of the last packets are shown: those ahead, and those in the decoder.
        self._known: deque[float] = deque(maxlen=2 * LOOK_AHEAD)
        video.thread_type = "AUTO"
        video.thread_count = min(MOST_THREADS, os.cpu_count() or 1)
        if keys_only:
            video.codec_context.skip_frame = "NONKEY"
        for stream in container.streams:
            stream.discard = Discard.default if stream.index == video.index else Discard.all
        self._frames = self._decode(self._packets())

    def at(self, second: float) -> tuple[float, av.VideoFrame] | None:
        """Return the frame on show at a second, and the second at which it came on.

        That is the first frame where `second` is before it, the last one where `second` is after
        it. None where not one frame could be decoded from here on. Calls must come in order of
        time.
        """
        self._goal = second
        if self._timeline.timed and self._pays_to_seek(second):
            self._jump(second)
        while self._shown is None or self._ends() <= second + TICK:
            self._ahead = self._ahead or next(self._frames, None)
            if self._ahead is None or (self._shown and self._ahead[0] > second + TICK):
                break
            (self._shown_at, self._shown), self._ahead = self._ahead, None
        return None if self._shown is None else (self._shown_at, self._shown)

    def _ends(self) -> float:
        """Return when the next picture comes on.

        Where pictures are stored out of order, their durations are those of their neighbours.
        """
        assert self._shown is not None
        later = [when for when in self._known if when > self._shown_at + TICK]
        if later and self._timeline.timed:
            return min(later)
        return self._shown_at + float((self._shown.duration or 0) * self._base)

    def _pays_to_seek(self, second: float) -> bool:
        """Say whether a key frame lies well ahead, so that the frames up to it can be left out."""
        gap = second - self._shown_at
        if gap <= WORTH_SECONDS:
            return False
        entries = self._video.index_entries
        if len(entries) and self._container.format.name.startswith(WHOLE_INDEX):
            origin = self._timeline.origin
            stamp = int((second + origin) / float(self._base))
            found = entries.search_timestamp(stamp)
            if found >= 0 and entries[len(entries) - 1].timestamp >= stamp:
                key = float(entries[found].timestamp * self._base) - origin
                return key > self._shown_at + WORTH_SECONDS
        return gap > self._key_span

    def _jump(self, second: float) -> None:
        """Go to a key frame at or before a second; further back where a seek lands after it."""
        video, timeline, back = self._video, self._timeline, 0.0
        self._shown, self._ahead = None, None
        while (goal := second - back) > timeline.start:
            if not seek(self._container, video, goal + timeline.origin):
                break
            packets = self._packets()
            head = next((packet for packet in packets if packet.is_keyframe), None)
            when = None if head is None else self._second_of(head)
            if head is not None and when is not None and when <= second + TICK:
                self._key_span = max(self._key_span, second - when)
                self._frames = self._decode(itertools.chain((head,), packets))
                return
            back = max(1.0, 2 * back)
        rewind(self._container, video)
        self._key_span = max(self._key_span, second - timeline.start)
        self._frames = self._decode(self._packets())

    def _packets(self) -> Iterator[av.Packet[VideoStream]]:
        """Yield packets; a damaged end of the file is its end.

        PyAV has an IndexError where damage looks like one more stream.
        """
        try:
            for packet in self._container.demux(self._video):
                self._deadline.check()
                yield packet
        except (av.FFmpegError, IndexError):
            return

    def _decode(
        self, packets: Iterator[av.Packet[VideoStream]]
    ) -> Iterator[tuple[float, av.VideoFrame]]:
        """Yield frames with their seconds; a damaged packet is left out.

        On the way to a goal, pictures that no other is built on are not decoded, but for the one
        that is on show there: another that comes on no later than the goal follows.
        """
        ahead: deque[av.Packet[VideoStream]] = deque()
        self._known.clear()
        packets = self._noted(packets)
        ahead.extend(itertools.islice(packets, LOOK_AHEAD))
        while ahead:
            packet = ahead.popleft()
            ahead.extend(itertools.islice(packets, 1))
            if self._may_skip:
                passed = self._is_passed(packet, ahead)
                self._video.codec_context.skip_frame = "NONREF" if passed else "DEFAULT"
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                self._deadline.check()
                self.decoded += 1
                when = self._second_of(frame)
                self._last = self._last + 1 / self._timeline.rate if when is None else when
                yield self._last, frame

    def _noted(self, packets: Iterator[av.Packet[VideoStream]]) -> Iterator[av.Packet[VideoStream]]:
        for packet in packets:
            when = self._second_of(packet)
            if when is not None:
                self._known.append(when)
            yield packet

    def _is_passed(
        self, packet: av.Packet[VideoStream], ahead: deque[av.Packet[VideoStream]]
    ) -> bool:
        when = self._second_of(packet)
        if when is None or when > self._goal:
            return False
        others = (self._second_of(other) for other in ahead)
        return any(other is not None and when < other <= self._goal for other in others)

    def _second_of(self, thing: av.Packet[VideoStream] | av.VideoFrame) -> float | None:
        """Return when a packet or frame is shown; None where it does not say."""
        if thing.pts is None or not self._timeline.timed:
            return None
        return float(thing.pts * self._base) - self._timeline.origin
