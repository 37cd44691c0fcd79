"""Decoding runs ahead of describing, in bounded memory; each outcome is recorded as it comes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue

from seesay.core.errors import SeesayError
from seesay.core.progress import say
from seesay.describe.account import PaidDescriber
from seesay.describe.base import Describer, Description, Failure, Video
from seesay.describe.calling import EndpointAwayError
from seesay.describe.ledger import Ledger
from seesay.describe.pace import NotSent
from seesay.describe.plan import Work
from seesay.media.base import Media, MediaError, MediaSettings
from seesay.media.pool import DecoderPool

AHEAD = 2
MOST_DECODERS = 8
# Files that wait for a decoder, so that none of them has nothing to do.
QUEUED = 2

Outcome = Description | Failure


@dataclass(frozen=True)
class Ended:
    """One item and what came of it.

    Attributes:
        asked: the describer was; otherwise the file could not be decoded.
    """

    work: Work
    outcome: Outcome
    asked: bool = True


def outcomes_of(
    works: Sequence[Work], describer: Describer, media: MediaSettings, ledger: Ledger
) -> Generator[Ended]:
    """Yield each outcome once it is recorded; nothing for items that were held back.

    Closed early, it lets the requests that are on their way end, records them, and sends no more.
    """
    if not works:
        return
    paid = describer if isinstance(describer, PaidDescriber) else None
    if paid:
        paid.start(ledger)
    decoders = decoders_for(len(works))
    pool = DecoderPool(media, decoders)
    job = _Job(works, describer, ledger, pool, decoders)
    try:
        yield from job.run()
    finally:
        ledger.budget.stop()
        if paid:
            paid.stop()
        if not all(future.done() for future in job.asking):
            say("Finishing what is on its way; Ctrl-C again stops at once.")
        pool.close()
        job.askers.shutdown(cancel_futures=True)


def decoders_for(files: int) -> int:
    """Return how many processes decode: half of the processors, and two at least."""
    return min(files, MOST_DECODERS, max(2, (os.cpu_count() or 1) // 2))


class _Job:
    """The items on their way, from the file to the outcome.

    At most `room` videos are in memory: those being described, as many as the decoders can have
    ready for those that end next, and the few after them. A long one counts as many as it has
    pieces, for so many times the frames and the requests are its own; one that is not decoded yet
    counts as much as those before it in the mean.
    """

    def __init__(
        self,
        works: Sequence[Work],
        describer: Describer,
        ledger: Ledger,
        pool: DecoderPool,
        decoders: int,
    ) -> None:
        self.describer = describer
        self.ledger = ledger
        self.pool = pool
        self.askers = ThreadPoolExecutor(describer.in_flight, "describe")
        self.room = describer.batch_size * describer.in_flight + AHEAD + describer.in_flight // 4
        self.most_decoding = QUEUED * decoders
        self.decoded = self.pieces = 0
        self.waiting = deque(works)
        self.decoding: dict[Future[Media], Work] = {}
        self.ready: deque[tuple[Work, Media]] = deque()
        self.asking: dict[Future[list[Ended]], int] = {}
        self.ended: SimpleQueue[Future[Media] | Future[list[Ended]]] = SimpleQueue()

    def run(self) -> Generator[Ended]:
        while self.waiting or self.decoding or self.ready or self.asking:
            self._decode_ahead()
            while self._can_send():
                self._send()
            future = self.ended.get()
            if future in self.asking:
                del self.asking[future]  # type: ignore[arg-type]
                try:
                    yield from future.result()  # type: ignore[misc]
                except NotSent:
                    self._send_no_more()
            elif future in self.decoding:
                yield from self._decoded(future)  # type: ignore[arg-type]
            # It holds what was decoded, which would stay in memory until the next one ends.
            del future

    def _decode_ahead(self) -> None:
        while self.waiting and self._has_room() and len(self.decoding) < self.most_decoding:
            work = self.waiting.popleft()
            future = self.pool.submit(Path(work.item.path))
            self.decoding[future] = work
            future.add_done_callback(self.ended.put)

    def _has_room(self) -> bool:
        usual = self.pieces / self.decoded if self.decoded else 1
        ready = sum(media.manifest.segments for _, media in self.ready)
        inside = len(self.decoding) * usual + ready + sum(self.asking.values())
        # However long they are, one is got ready while another is described.
        few = len(self.decoding) + len(self.ready) + len(self.asking) < AHEAD
        return few or inside < self.room

    def _can_send(self) -> bool:
        """Say whether a batch should go now: a whole one, or the rest where no more will come."""
        if not self.ready or len(self.asking) >= self.describer.in_flight:
            return False
        more = self.decoding or (self.waiting and self._has_room())
        return len(self.ready) >= self.describer.batch_size or not more

    def _send(self) -> None:
        size = min(self.describer.batch_size, len(self.ready))
        batch = [self.ready.popleft() for _ in range(size)]
        future = self.askers.submit(_ask, batch, self.describer, self.ledger)
        self.asking[future] = sum(media.manifest.segments for _, media in batch)
        future.add_done_callback(self.ended.put)

    def _decoded(self, future: Future[Media]) -> Generator[Ended]:
        work = self.decoding.pop(future)
        try:
            media = future.result()
            self.ready.append((work, media))
            self.decoded += 1
            self.pieces += media.manifest.segments
        except MediaError as error:
            failure = Failure(work.item.item_id, str(error))
            self.ledger.open([work.attempt])
            self.ledger.close([failure])
            yield Ended(work, failure, asked=False)

    def _send_no_more(self) -> None:
        """Drop what has not begun; what is on its way ends."""
        self.waiting.clear()
        self.ready.clear()
        for future in self.decoding:
            future.cancel()
        self.decoding.clear()


def _ask(batch: Sequence[tuple[Work, Media]], describer: Describer, ledger: Ledger) -> list[Ended]:
    """Describe one batch and record it in the same thread, so that nothing comes between.

    Raises:
        NotSent: nothing of it was sent, and nothing is recorded.
        EndpointAwayError: what was sent is on record, without an outcome.
        SeesayError: the describer cannot go on at all.
    """
    works = [work for work, _ in batch]
    videos = [work.video(media) for work, media in batch]
    names = [video.item_id for video in videos]
    ledger.open([replace(work.attempt, sound=media.manifest.sound) for work, media in batch])
    if not isinstance(describer, PaidDescriber):
        ledger.begin(names)
    stop: SeesayError | None = None
    outcomes: Sequence[Outcome]
    try:
        outcomes = _in_order(describer.describe(videos), videos)
    except EndpointAwayError:
        ledger.drop(names)
        raise
    except NotSent as error:
        if not any(ledger.was_sent(name) for name in names):
            ledger.drop(names)
            raise
        outcomes = _broken(names, f"it was held back ({error})", ledger)
    except SeesayError as error:
        stop, outcomes = error, _broken(names, str(error), ledger)
    except Exception as error:
        fault = f"the describer '{describer.name}' broke ({type(error).__name__}: {error})"
        outcomes = _broken(names, fault, ledger)
    ledger.close(outcomes)
    if stop:
        raise stop
    return [Ended(work, outcome) for work, outcome in zip(works, outcomes, strict=True)]


def _broken(names: Sequence[str], fault: str, ledger: Ledger) -> list[Outcome]:
    return [Failure(name, fault, usage=ledger.spent_on(name)) for name in names]


def _in_order(outcomes: Sequence[Outcome], videos: Sequence[Video]) -> Sequence[Outcome]:
    """Refuse answers that are not one a video in the order asked, rather than mix them up."""
    got = [outcome.item_id for outcome in outcomes]
    if got != [video.item_id for video in videos]:
        raise ValueError(f"it gave outcomes for {got}")
    return outcomes
