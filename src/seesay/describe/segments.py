"""A long video described piece by piece: where it is cut, and how the pieces become one again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seesay.describe.base import Facets, Moment, Video
from seesay.describe.message import Message, Part
from seesay.describe.prompting import Prompt, fence
from seesay.describe.render import render
from seesay.media.base import SAMPLE_RATE, Media

# The words of all pieces together: some 8,000 tokens, which a context of 16,384 has room for.
MOST_SUMMED_BYTES = 32_000


@dataclass(frozen=True)
class Segment:
    """A piece of a video, from one second of it to another; its media begins at second 0."""

    start: float
    end: float
    media: Media


def segment_times(seconds: float, count: int) -> tuple[tuple[float, float], ...]:
    """Return (start, end) of equal pieces, in order."""
    ends = [seconds * (index + 1) / count for index in range(count)]
    return tuple(zip([0.0, *ends[:-1]], ends, strict=True))


def cut(media: Media) -> list[Segment]:
    """Cut decoded media into the pieces that were planned, each with its own times.

    A video that is not long is one piece, as it is. A piece gets the frames and the sound that
    fall into it; where no new picture comes on in it, the one that is on show when it begins.
    """
    times = segment_times(media.manifest.seconds, media.manifest.segments)
    if len(times) == 1:
        return [Segment(*times[0], media)]
    return [
        Segment(start, end, _piece(media, start, end, last=end == times[-1][1]))
        for start, end in times
    ]


def joined_moments(parts: Sequence[tuple[Segment, Facets]]) -> list[Moment]:
    """Return the moments of all pieces in the seconds of the whole, in order of time.

    A moment that a model put outside its piece is brought back to the nearest second of it.
    """
    moments = [
        Moment(
            start=_within(segment.start + min(moment.start, moment.end), segment),
            end=_within(segment.start + max(moment.start, moment.end), segment),
            what=moment.what,
        )
        for segment, facets in parts
        for moment in facets.moments
        if moment.what.strip()
    ]
    return sorted(moments, key=lambda moment: (moment.start, moment.end))


def summary_message(
    video: Video, parts: Sequence[tuple[Segment, Facets]], prompt: Prompt
) -> Message:
    """Ask for one description of a video from those of its pieces; it shows no frame again.

    Each piece has an equal share of `MOST_SUMMED_BYTES`. What is more is cut off at the end, where
    the lesser facets are, for a question that the model has no room for would lose them all.
    """
    share = MOST_SUMMED_BYTES // len(parts)
    told: list[Part] = [
        f"The video lasts {video.media.manifest.seconds:.1f} seconds. "
        f"It was described in {len(parts)} pieces."
    ]
    if video.title.strip():
        told.append(f"Its title:\n{fence('title', video.title)}")
    for segment, facets in parts:
        words = render(facets.model_copy(update={"moments": []}))
        words = words.encode("utf-8", "replace")[:share].decode("utf-8", "ignore")
        told.append(f"From {segment.start:.1f} to {segment.end:.1f} s:\n{fence('piece', words)}")
    return Message(prompt.text, tuple(told))


def summarised(summary: Facets, parts: Sequence[tuple[Segment, Facets]]) -> Facets:
    """Return the summary with what must not be told from memory, taken from the pieces.

    Those are the moments, and the words that are read on screen.
    """
    texts = [text for _, facets in parts for text in facets.on_screen_text]
    return summary.model_copy(
        update={
            "moments": joined_moments(parts),
            "on_screen_text": list(dict.fromkeys(text for text in texts if text.strip())),
        }
    )


def _piece(media: Media, start: float, end: float, *, last: bool) -> Media:
    inside = [
        at for at, second in enumerate(media.times) if start <= second and (second < end or last)
    ]
    if not inside and media.times:
        inside = [max(0, sum(second < start for second in media.times) - 1)]
    return replace(
        media,
        frames=tuple(media.frames[at] for at in inside),
        times=tuple(min(max(media.times[at] - start, 0.0), end - start) for at in inside),
        audio=media.audio[round(start * SAMPLE_RATE) : None if last else round(end * SAMPLE_RATE)],
        manifest=replace(
            media.manifest,
            seconds=end - start,
            frames_asked=len(inside),
            frames_got=len(inside),
            segments=1,
        ),
    )


def _within(second: float, segment: Segment) -> float:
    return min(max(second, segment.start), segment.end)
