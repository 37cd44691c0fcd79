"""Taking the frames at planned moments, in pieces side by side where an index says how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from seesay.media.base import Deadline, MediaError, MediaSettings
from seesay.media.frames import MOST_THREADS, FrameReader, key_before
from seesay.media.picture import Orientation, orientation_of, square_size, stored_rgb
from seesay.media.survey import Timeline

# Pieces that are shorter would cost more in seeks than they give to do.
PIECE_SECONDS = 2.0


@dataclass(frozen=True)
class Film:
    """An open video of which it is known where it begins and ends.

    Attributes:
        reopen: opens the same file once more.
    """

    container: InputContainer
    video: VideoStream
    timeline: Timeline
    settings: MediaSettings
    deadline: Deadline
    reopen: Callable[[], AbstractContextManager[InputContainer]]


@dataclass(frozen=True)
class Shot:
    """One frame as it is stored, scaled.

    Attributes:
        size: width and height with square pixels, before it was scaled or turned.
        turn: how it must be turned to be upright.
    """

    picture: np.ndarray
    size: tuple[int, int]
    turn: Orientation


@dataclass(frozen=True)
class Taken:
    """What was taken, by the second at which each frame came on.

    Attributes:
        decoded: how many pictures the decoder gave to find them.
    """

    by_second: dict[float, Shot]
    decoded: int


def take(film: Film, targets: Sequence[float], *, keys_only: bool = False) -> Taken:
    """Take the frames on show at some moments; one that is on show at several is taken once.

    A decoder with two threads empties its queue at every seek, and waits. So pieces that begin at
    key frames are decoded by a decoder of one thread each, as many at once as there are
    processors.

    Args:
        targets: seconds in order.

    Raises:
        MediaError: a picture is past the limit, or the time is up.
    """
    pieces = [targets] if keys_only else in_pieces(film, targets)
    if len(pieces) == 1:
        reader = FrameReader(
            film.container, film.video, film.timeline, film.deadline, keys_only=keys_only
        )
        return Taken(_read(film, reader, targets, VideoReformatter()), reader.decoded)
    waiting: SimpleQueue[Sequence[float]] = SimpleQueue()
    for piece in pieces:
        waiting.put(piece)
    workers = min(MOST_THREADS, len(pieces))
    with ThreadPoolExecutor(workers) as pool:
        others = [pool.submit(_take_with_another, film, waiting) for _ in range(workers - 1)]
        taken = [_take_waiting(film, film.container, waiting)]
        taken += [other.result() for other in others]
    by_second = {when: shot for each in taken for when, shot in each.by_second.items()}
    return Taken(dict(sorted(by_second.items())), sum(each.decoded for each in taken))


def in_pieces(film: Film, targets: Sequence[float]) -> list[Sequence[float]]:
    """Part the targets where a key frame lies between them; not where a file is damaged."""
    if film.timeline.truncated or not film.timeline.timed or MOST_THREADS == 1:
        return [targets]
    cuts, begun = [0], film.timeline.start
    for place, target in enumerate(targets):
        key = key_before(film.container, film.video, film.timeline, target)
        if key is not None and key >= begun + PIECE_SECONDS:
            begun = key
            if place:
                cuts.append(place)
    ends = [*cuts[1:], len(targets)]
    return [targets[cut:end] for cut, end in zip(cuts, ends, strict=True)]


def _take_with_another(film: Film, waiting: SimpleQueue[Sequence[float]]) -> Taken:
    with film.reopen() as container:
        return _take_waiting(film, container, waiting)


def _take_waiting(
    film: Film, container: InputContainer, waiting: SimpleQueue[Sequence[float]]
) -> Taken:
    """Take piece after piece, as long as there are any."""
    video = container.streams[film.video.index]
    assert isinstance(video, VideoStream)
    reader = FrameReader(container, video, film.timeline, film.deadline, threads=1)
    # It keeps tables, which cost more to make than one picture to convert.
    converter = VideoReformatter()
    by_second: dict[float, Shot] = {}
    while True:
        try:
            piece = waiting.get_nowait()
        except Empty:
            return Taken(by_second, reader.decoded)
        by_second |= _read(film, reader, piece, converter)


def _read(
    film: Film, reader: FrameReader, targets: Sequence[float], converter: VideoReformatter
) -> dict[float, Shot]:
    by_second: dict[float, Shot] = {}
    for target in targets:
        found = reader.at(target)
        if found is not None and found[0] not in by_second:
            by_second[found[0]] = _shot(film, found[1], converter)
    return by_second


def _shot(film: Film, frame: av.VideoFrame, converter: VideoReformatter) -> Shot:
    check_pixels(frame.width, frame.height, film.settings)
    aspect = film.video.sample_aspect_ratio
    picture = stored_rgb(frame, aspect, film.settings.frame_pixels, converter)
    return Shot(picture, square_size(frame.width, frame.height, aspect), orientation_of(frame))


def check_pixels(width: int, height: int, settings: MediaSettings) -> None:
    """Raise a `MediaError` where a picture has more pixels than are allowed."""
    if width * height > settings.max_pixels:
        raise MediaError(
            f"its picture is {width} x {height}, and max_pixels is {settings.max_pixels:,}; "
            "raise max_pixels, or give a smaller picture"
        )
