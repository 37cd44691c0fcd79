"""Describing as a job: what is done is skipped, what is paid for is written down at once."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from seesay.core.errors import SeesayError
from seesay.core.progress import track
from seesay.describe.base import Describer, Description, Failure, Video
from seesay.describe.journal import Journal
from seesay.describe.plan import ItemFile, Plan, Progress, Work, plan_work
from seesay.media.base import Media, MediaError, MediaSettings
from seesay.media.decode import decode

__all__ = ["DescribeReport", "ItemFile", "describe_items"]

DECODERS = 2
AHEAD = 2

Outcome = Description | Failure


@dataclass
class DescribeReport:
    """What a run came to.

    Attributes:
        described: videos described now.
        already_done: items whose description was there, or was made for an equal file.
        failed: item and reason, in the order in which they failed.
        cost, requests: what this run spent; the money in the unit of the price table.
    """

    described: int = 0
    already_done: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    cost: float = 0.0
    requests: int = 0


def describe_items(
    items: Sequence[ItemFile],
    describer: Describer,
    media: MediaSettings,
    journal: Journal,
    *,
    limit: int | None = None,
    progress: Progress = track,
) -> DescribeReport:
    """Describe every item that has no description by these settings yet.

    A video that cannot be read or described fails alone, and is tried again by the next run.
    Interrupted or killed at any moment, the next run goes on behind the last recorded answer.

    Args:
        limit: describe this many new videos at most.
        progress: passes things through while it shows how many; by default on standard error.

    Raises:
        SeesayError: the describer cannot work at all, the journal cannot be written, or another
            process is describing with the same describer into the same journal.
        KeyboardInterrupt: after the requests that are on their way have been written down.
    """
    start = time.monotonic()
    report = DescribeReport()
    with journal.only_run(describer.name):
        plan = plan_work(items, describer, media, journal, limit, progress)
        if plan.work:
            describer.check()
        report.already_done = plan.already_done
        for work, fault in plan.failed:
            journal.record(work.attempt, fault)
            report.failed.append((work.item.item_id, fault.error))
        with closing(_outcomes(plan.work, describer, media, journal)) as outcomes:
            for work, outcome in progress(outcomes, "describe", len(plan.work)):
                _count(report, work, outcome)
        _settle_twins(plan, journal, report)
    report.seconds = time.monotonic() - start
    return report


def _count(report: DescribeReport, work: Work, outcome: Outcome) -> None:
    report.cost += outcome.usage.cost
    report.requests += outcome.usage.requests
    if isinstance(outcome, Failure):
        report.failed.append((work.item.item_id, outcome.error))
    else:
        report.described += 1


def _settle_twins(plan: Plan, journal: Journal, report: DescribeReport) -> None:
    """Give each item that equals another what came of that one."""
    reasons = dict(report.failed)
    first = {work.attempt.request_key: work.item.item_id for work in plan.work}
    for twin in plan.twins:
        if journal.copy(twin.attempt):
            report.already_done += 1
            continue
        reason = reasons[first[twin.attempt.request_key]]
        journal.record(twin.attempt, Failure(twin.item.item_id, reason))
        report.failed.append((twin.item.item_id, reason))


def _outcomes(
    works: Sequence[Work], describer: Describer, media: MediaSettings, journal: Journal
) -> Generator[tuple[Work, Outcome]]:
    """Decode a little ahead of the describer, and yield each outcome once it is recorded.

    At most `room` videos are in memory: those being described and the few that are next.
    """
    waiting = deque(works)
    decoding: dict[Future[Media], Work] = {}
    ready: deque[tuple[Work, Media]] = deque()
    asking: dict[Future[list[tuple[Work, Outcome]]], int] = {}
    room = describer.batch_size * describer.in_flight + AHEAD
    decoders = ThreadPoolExecutor(DECODERS, "decode")
    askers = ThreadPoolExecutor(describer.in_flight, "describe")
    try:
        while waiting or decoding or ready or asking:
            while waiting and len(decoding) + len(ready) + sum(asking.values()) < room:
                work = waiting.popleft()
                decoding[decoders.submit(decode, work.item.path, media)] = work
            while _can_send(describer, len(ready), len(asking), bool(waiting or decoding)):
                size = min(describer.batch_size, len(ready))
                batch = [ready.popleft() for _ in range(size)]
                asking[askers.submit(_ask, batch, describer, journal)] = size
            running: list[Future[Any]] = [*decoding, *asking]
            ended = wait(running, return_when=FIRST_COMPLETED).done
            for future in [future for future in asking if future in ended]:
                del asking[future]
                yield from future.result()
            for decoded in [future for future in decoding if future in ended]:
                work = decoding.pop(decoded)
                media_or_fault = _result(decoded)
                if isinstance(media_or_fault, Media):
                    ready.append((work, media_or_fault))
                else:
                    failure = Failure(work.item.item_id, media_or_fault, retry=False)
                    journal.record(work.attempt, failure)
                    yield work, failure
    finally:
        decoders.shutdown(cancel_futures=True)
        askers.shutdown(cancel_futures=True)


def _can_send(describer: Describer, ready: int, asking: int, more: bool) -> bool:
    """Say whether a batch should go now: a whole one, or the rest where no more will come."""
    if ready == 0 or asking >= describer.in_flight:
        return False
    return ready >= describer.batch_size or not more


def _result(decoded: Future[Media]) -> Media | str:
    """Return what was decoded, or why it was not."""
    try:
        return decoded.result()
    except MediaError as error:
        return str(error)
    except Exception as error:
        return f"it cannot be decoded ({type(error).__name__}: {error})"


def _ask(
    batch: Sequence[tuple[Work, Media]], describer: Describer, journal: Journal
) -> list[tuple[Work, Outcome]]:
    """Describe one batch and record it in the same thread, so that nothing comes between.

    Raises:
        SeesayError: the describer cannot go on at all.
    """
    works = [work for work, _ in batch]
    videos = [Video(work.item.item_id, work.item.title, media) for work, media in batch]
    rows = journal.begin([work.attempt for work in works])
    stop: SeesayError | None = None
    outcomes: Sequence[Outcome]
    try:
        outcomes = _in_order(describer.describe(videos), videos)
    except SeesayError as error:
        stop, outcomes = error, [Failure(video.item_id, str(error)) for video in videos]
    except Exception as error:
        fault = f"the describer '{describer.name}' broke ({type(error).__name__}: {error})"
        outcomes = [Failure(video.item_id, fault) for video in videos]
    journal.finish(rows, outcomes)
    if stop:
        raise stop
    return list(zip(works, outcomes, strict=True))


def _in_order(outcomes: Sequence[Outcome], videos: Sequence[Video]) -> Sequence[Outcome]:
    """Refuse answers that are not one a video in the order asked, rather than mix them up."""
    got = [outcome.item_id for outcome in outcomes]
    if got != [video.item_id for video in videos]:
        raise ValueError(f"it gave outcomes for {got}")
    return outcomes
