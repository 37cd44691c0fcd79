"""Progress on standard error: a bar where there is a terminal, plain lines where there is none."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
LINE_EVERY_SECONDS = 10.0
SLOW_SECONDS = 2.0


def say(line: str) -> None:
    """Write one line for a person to standard error."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def slow(line: str) -> Iterator[None]:
    """Say a line, once, where what is done inside takes longer than `SLOW_SECONDS`."""
    timer = threading.Timer(SLOW_SECONDS, say, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class Pulse:
    """Passes on a line only where the last one is `LINE_EVERY_SECONDS` ago."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, line: str) -> None:
        """Say the line, or drop it."""
        if time.monotonic() - self._last >= LINE_EVERY_SECONDS:
            say(line)
            self._last = time.monotonic()


def track(things: Iterable[T], label: str, total: int) -> Iterator[T]:
    """Pass things through while showing how many are done, how fast, and what remains."""
    if not total:
        yield from things
    elif sys.stderr.isatty():
        yield from _bar(things, label, total)
    else:
        yield from _lines(things, label, total)


def _bar(things: Iterable[T], label: str, total: int) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.1f}/s" if task.speed else "")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield from bar.track(things, total=total, description=label)


def _lines(things: Iterable[T], label: str, total: int) -> Iterator[T]:
    start = time.monotonic()
    pulse = Pulse()
    for done, thing in enumerate(things, start=1):
        yield thing
        rate = done / max(time.monotonic() - start, 1e-9)
        left = (total - done) / rate
        tell = say if done == total > 1 else pulse
        tell(f"{label}: {done} of {total}, {rate:.1f}/s, {left:.0f} s left")
