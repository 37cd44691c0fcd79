"""What describing would take, before anything is sent: tokens, money and hours."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seesay.core.progress import track
from seesay.describe.account import PaidDescriber
from seesay.describe.base import Describer
from seesay.describe.costs import averages
from seesay.describe.journal import Journal
from seesay.describe.pipeline import decoders_for
from seesay.describe.plan import ItemFile, Progress, Work, plan_work
from seesay.describe.tokens import Tokens
from seesay.media.base import Media, MediaError, MediaSettings
from seesay.media.plan import thin
from seesay.media.pool import DecoderPool

SAMPLE = 8
# So many descriptions of before are worth more than a rule.
ENOUGH = 5
ASSUMED_SECONDS = 10.0


@dataclass(frozen=True)
class Estimate:
    """What a run would take.

    Attributes:
        videos: would be described; the others are done, cannot be read, or were refused before.
        sampled: how many of them were decoded for this; `unreadable` of those could not be.
        past: how many descriptions of before the tokens and seconds are the means of; with none,
            tokens are counted by rule, and an answer is assumed to take `ASSUMED_SECONDS`.
        prompt_tokens: of all videos; so are `completion_tokens`, `cost` and `hours`.
        hours: None where nothing is known about the describer's speed.
        priced: the model has a price; without one, the cost is 0 because nobody knows it.
    """

    videos: int
    already_done: int
    sampled: int
    unreadable: int
    past: int
    prompt_tokens: int
    completion_tokens: int
    cost: float
    hours: float | None
    priced: bool


@dataclass(frozen=True)
class _Sample:
    """Some videos that were decoded, and the seconds that one more would take."""

    media: list[tuple[Work, Media]]
    unreadable: int
    seconds: float


def estimate_items(
    items: Sequence[ItemFile],
    describer: Describer,
    media: MediaSettings,
    journal: Journal,
    *,
    limit: int | None = None,
    retry: bool = False,
    progress: Progress = track,
) -> Estimate:
    """Say what `describe_items` would take. Nothing is sent, and the journal stays as it is.

    Where a few of the items were described with the same settings, the means of those count;
    otherwise tokens are counted by the rules of `describe.tokens` on a sample of the files.
    """
    plan = plan_work(items, describer, media, journal, limit, progress, retry=retry, only_look=True)
    count = len(plan.work)
    sample = _decode(thin(plan.work, SAMPLE), media)
    past = averages(journal, plan.done)
    paid = describer if isinstance(describer, PaidDescriber) else None
    if past["count"] < ENOUGH:
        past = {"count": 0}
    tokens, seconds = Tokens(0, 0), None
    if past["count"]:
        tokens = Tokens(past["prompt_tokens"], past["completion_tokens"])
        seconds = past["seconds"]
    elif paid:
        tokens, seconds = _by_rule(paid, sample), ASSUMED_SECONDS * _requests(sample)
    whole = Tokens(tokens.prompt * count, tokens.completion * count)
    at_once = describer.in_flight * describer.batch_size
    each = None if seconds is None else max(seconds / at_once, sample.seconds)
    return Estimate(
        videos=count,
        already_done=plan.already_done,
        sampled=len(sample.media) + sample.unreadable,
        unreadable=sample.unreadable,
        past=int(past["count"]),
        prompt_tokens=round(whole.prompt),
        completion_tokens=round(whole.completion),
        cost=paid.price_of(whole) if paid else 0.0,
        hours=None if each is None else count * each / 3600,
        priced=paid is not None and paid.has_price(),
    )


def _decode(works: Sequence[Work], settings: MediaSettings) -> _Sample:
    if not works:
        return _Sample([], 0, 0.0)
    media: list[tuple[Work, Media]] = []
    unreadable = 0
    with DecoderPool(settings, decoders_for(len(works))) as pool:
        futures = [pool.submit(Path(work.item.path)) for work in works]
        start, timed = time.monotonic(), 0
        for number, (work, future) in enumerate(zip(works, futures, strict=True)):
            try:
                media.append((work, future.result()))
            except MediaError:
                unreadable += 1
            if number == 0 and len(works) > 1:
                # Until the first file is there, most of the time went into starting.
                start = time.monotonic()
            else:
                timed += 1
        return _Sample(media, unreadable, (time.monotonic() - start) / timed)


def _requests(sample: _Sample) -> float:
    """Return the mean number of requests a video: one, or one a piece and one to sum them up."""
    pieces = [media.manifest.segments for _, media in sample.media]
    return sum(count + (count > 1) for count in pieces) / len(pieces) if pieces else 1.0


def _by_rule(paid: PaidDescriber, sample: _Sample) -> Tokens:
    likely = [paid.likely_tokens(work.video(media)) for work, media in sample.media]
    count = max(1, len(likely))
    return Tokens(
        sum(tokens.prompt for tokens in likely) / count,
        sum(tokens.completion for tokens in likely) / count,
    )
