"""Finding the frames on show at given moments, by seeking or by decoding on, whichever is less."""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Iterator

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
MOST_THREADS = min(4, os.cpu_count() or 1)


def key_before(
    container: InputContainer, video: VideoStream, timeline: Timeline, second: float
) -> float | None:
    """Return when the last key frame up to a second is decoded; None where no index knows it."""
    entries = video.index_entries
    if not len(entries) or not container.format.name.startswith(WHOLE_INDEX):
        return None
    tick = float(video.time_base or 1)
    stamp = int((second + timeline.origin) / tick)
    found = entries.search_timestamp(stamp)
    if found < 0 or entries[len(entries) - 1].timestamp < stamp:
        return None
    return entries[found].timestamp * tick - timeline.origin


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
        threads: int = MOST_THREADS,
    ) -> None:
        """Take a container that stands at its start, and whose video nobody has decoded yet.

        Args:
            threads: that the decoder may use.
        """
        self.decoded = 0
        self._container = container
        self._video = video
        self._timeline = timeline
        self._deadline = deadline
        self._tick = float(video.time_base or 1)
        self._shown: av.VideoFrame | None = None
        self._shown_at = timeline.start
        self._ahead: tuple[float, av.VideoFrame] | None = None
        self._last = timeline.start - 1 / timeline.rate
        self._key_span = USUAL_KEY_SPAN
        self._goal = timeline.start
        self._may_skip = timeline.timed and not keys_only
        # When the pictures of the last packets are shown: those ahead, and those in the decoder.
        self._known: deque[float] = deque(maxlen=2 * LOOK_AHEAD)
        # When the packets in the decoder were to be decoded, where nothing better is known.
        self._fed: deque[float] = deque()
        video.thread_type = "AUTO"
        video.thread_count = threads
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
        return self._shown_at + (self._shown.duration or 0) * self._tick

    def _pays_to_seek(self, second: float) -> bool:
        """Say whether a key frame lies well ahead, so that the frames up to it can be left out."""
        gap = second - self._shown_at
        if gap <= WORTH_SECONDS:
            return False
        key = key_before(self._container, self._video, self._timeline, second)
        if key is not None:
            return key > self._shown_at + WORTH_SECONDS
        return gap > self._key_span

    def _jump(self, second: float) -> None:
        """Go to where the frame on show at a second can be decoded, or a little before.

        That is the last key frame; but a seek may land after the second, and a stream without key
        frames may have to be decoded for a while before it gives its first picture. Then further
        back.
        """
        video, timeline, back = self._video, self._timeline, 0.0
        self._shown = None
        while (goal := second - back) > timeline.start:
            if not seek(self._container, video, goal + timeline.origin):
                break
            packets = self._packets()
            head = next((packet for packet in packets if packet.is_keyframe), None)
            when = None if head is None else self._second_of(head)
            if head is not None and when is not None and when <= second + TICK:
                self._frames = self._decode(itertools.chain((head,), packets))
                self._ahead = next(self._frames, None)
                if self._ahead is not None and self._ahead[0] <= second + TICK:
                    self._key_span = max(self._key_span, second - when)
                    return
            back = max(1.0, 2 * back)
        rewind(self._container, video)
        self._key_span = max(self._key_span, second - timeline.start)
        self._ahead, self._frames = None, self._decode(self._packets())

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
        ahead: deque[tuple[float | None, av.Packet[VideoStream]]] = deque()
        self._known.clear()
        noted = self._noted(packets)
        ahead.extend(itertools.islice(noted, LOOK_AHEAD))
        while ahead:
            when, packet = ahead.popleft()
            ahead.extend(itertools.islice(noted, 1))
            if self._may_skip:
                passed = when is not None and self._is_passed(when, ahead)
                self._video.codec_context.skip_frame = "NONREF" if passed else "DEFAULT"
            if not self._timeline.timed and packet.dts is not None and packet.size:
                self._fed.append(packet.dts * self._tick - self._timeline.origin)
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                self._deadline.check()
                self.decoded += 1
                self._last = self._when(frame)
                yield self._last, frame

    def _noted(
        self, packets: Iterator[av.Packet[VideoStream]]
    ) -> Iterator[tuple[float | None, av.Packet[VideoStream]]]:
        """Yield packets with the seconds at which their pictures are shown."""
        for packet in packets:
            when = self._second_of(packet)
            if when is not None:
                self._known.append(when)
            yield when, packet

    def _is_passed(
        self, when: float, ahead: deque[tuple[float | None, av.Packet[VideoStream]]]
    ) -> bool:
        goal = self._goal
        return when <= goal and any(
            other is not None and when < other <= goal for other, _ in ahead
        )

    def _when(self, frame: av.VideoFrame) -> float:
        """Return when a frame is shown.

        Where only the order of decoding has times, the first picture shown has the first of them.
        """
        known = self._second_of(frame)
        if known is not None:
            return known
        return self._fed.popleft() if self._fed else self._last + 1 / self._timeline.rate

    def _second_of(self, thing: av.Packet[VideoStream] | av.VideoFrame) -> float | None:
        """Return when a packet or frame is shown; None where it does not say."""
        if thing.pts is None or not self._timeline.timed:
            return None
        return thing.pts * self._tick - self._timeline.origin
