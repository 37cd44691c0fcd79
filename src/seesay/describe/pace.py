"""How fast one endpoint is asked: how many requests at once, and every pause between them."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from seesay.core.errors import SeesayError

FIRST_BACK_OFF = 0.5
MOST_BACK_OFF = 30.0
LONGEST_PAUSE = 600.0


class NotSent(Exception):  # noqa: N818 - it is no fault that a request was held back
    """A request was held back, and nothing of it has left this machine."""


class Stopped(NotSent):
    """The run is ending: no more requests."""


@dataclass
class Turn:
    """The right to send one request.

    Attributes:
        began: when it was given; what is told of its end is weighed by that.
    """

    began: float


class Pace:
    """Lets requests through, as many at once as the endpoint bears, and never during a pause.

    The number begins at the most, for that is what its owner says the endpoint bears, and a long
    ramp would cost every job minutes where one answer takes seconds. Each sign of overload halves
    it, once for all requests that were on their way together; each answer adds one for as many
    answers as are in flight (Chiu and Jain, 1989: additive increase, multiplicative decrease).
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._changed = threading.Condition()
        self._luck = random.Random()
        self.start()

    def start(self) -> None:
        """Begin a run: at the most, with no pause."""
        with self._changed:
            self._limit = float(self.most)
            self._busy = 0
            self._paused_until = 0.0
            self._last_cut = 0.0
            self._stopped = False

    def stop(self) -> None:
        """Let no more requests through; those who wait get `Stopped`."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def go_on(self) -> None:
        """Say whether work for a request to come is still worth the while.

        Raises:
            Stopped: the run is ending.
        """
        if self._stopped:
            raise Stopped("the run is ending")

    @property
    def limit(self) -> int:
        """How many requests may be in flight now."""
        return max(1, int(self._limit))

    @contextmanager
    def turn(self, not_before: float = 0.0) -> Iterator[Turn]:
        """Wait for a free place, the end of any pause, and a moment of the monotonic clock.

        Raises:
            Stopped: the run is ending.
        """
        with self._changed:
            while True:
                if self._stopped:
                    raise Stopped("the run is ending")
                wait = max(not_before, self._paused_until) - time.monotonic()
                if wait <= 0 and self._busy < self.limit:
                    break
                self._changed.wait(wait if wait > 0 else None)
            self._busy += 1
        try:
            yield Turn(time.monotonic())
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def hold(self) -> None:
        """Wait for the end of a pause that was asked for after a turn was given.

        Raises:
            Stopped: the run is ending.
        """
        with self._changed:
            while not self._stopped and (wait := self._paused_until - time.monotonic()) > 0:
                self._changed.wait(wait)
            if self._stopped:
                raise Stopped("the run is ending")

    def went_well(self) -> None:
        """Take note of an answer."""
        with self._changed:
            self._limit = min(float(self.most), self._limit + 1 / self._limit)

    def overloaded(self, turn: Turn, pause: float | None) -> None:
        """Take note that the endpoint had enough, and wait as long as it asked for.

        Raises:
            SeesayError: it asks for a pause that is too long to sit out.
        """
        if pause is not None and pause > LONGEST_PAUSE:
            raise SeesayError(
                f"The endpoint asks to be left alone for {pause:.0f} s.",
                "Run the same command after that; what was done is kept.",
            )
        with self._changed:
            now = time.monotonic()
            if turn.began >= self._last_cut:
                self._limit = max(1.0, self._limit / 2)
                self._last_cut = now
            self._paused_until = max(self._paused_until, now + (pause or 0.0))
            self._changed.notify_all()

    def back_off(self, tries: int) -> float:
        """Return the moment before which a request that failed so often is not sent again.

        Full jitter: anywhere between now and a bound that doubles with each try, so that requests
        which failed together do not come back together.
        """
        bound = min(MOST_BACK_OFF, FIRST_BACK_OFF * 2 ** (tries - 1))
        return time.monotonic() + self._luck.uniform(0, bound)


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a `Retry-After` asks for: a number of them, or an HTTP date."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds < float("inf") else None
