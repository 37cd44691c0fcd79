"""Ctrl-C: the first lets what is on its way end, the second does not wait for it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130


class Interrupts:
    """Python's own handler of SIGINT, but that it counts.

    Extensions turn the KeyboardInterrupt that comes while they are imported into an ImportError:
    then the count alone tells that somebody has asked for an end.
    """

    count = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Interrupt the main thread."""
        self.count += 1
        raise KeyboardInterrupt


def interrupted() -> bool:
    """Say whether Ctrl-C was pressed since `counting` began."""
    handler = signal.getsignal(signal.SIGINT)
    return isinstance(handler, Interrupts) and handler.count > 0


def wake() -> None:
    """Let Ctrl-C end waiting for a thread too; to be called once polars is imported.

    The handler that polars puts before Python's has the system go on with waiting for a lock, so
    that Python does not learn of Ctrl-C before what it waits for has come.
    """
    signal.siginterrupt(signal.SIGINT, True)


def tell() -> None:
    """Say on standard error how an interrupted command ends."""
    told = "interrupted. What was finished is kept; run the same command again."
    print(f"seesay: {told}", file=sys.stderr, flush=True)


@contextmanager
def counting() -> Iterator[None]:
    """Count Ctrl-C inside; leave with exit code 130, and after the second one at once."""
    handler = Interrupts()
    # A shell has background jobs ignore it.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, handler)
    try:
        yield
    except KeyboardInterrupt:
        tell()
        sys.exit(INTERRUPTED)
    finally:
        if handler.count > 1:
            # The end of Python would wait for threads at work.
            os._exit(INTERRUPTED)
        if handler.count:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
