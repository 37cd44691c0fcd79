"""One limit for the whole of a request, whatever the server sends and however slowly.

An HTTP client's time-out is for one read: a server that sends a byte now and then would hold a
request for as long as it likes.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LEAST_SECONDS = 1e-3


class Deadline(threading.local):
    """The moment at which the request of this thread ends."""

    end = math.inf

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Let what is done in this block take so many seconds."""
        self.end = time.monotonic() + seconds
        try:
            yield
        finally:
            self.end = math.inf

    def cap(self, timeout: float | None) -> float | None:
        """Return how long one step may take.

        Raises:
            TimeoutError: the time is up.
        """
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        least = left if timeout is None else min(timeout, left)
        return None if math.isinf(least) else max(least, LEAST_SECONDS)


def hold_to(deadline: Deadline, client: Any) -> None:
    """Make every connection of an httpx client, proxies among them, keep to a deadline.

    There is no public way to do so; where a later httpx is built otherwise, it is left as it is,
    and the tests of `describe.endpoint` fail.
    """
    transports = [client._transport, *client._mounts.values()]
    for transport in transports:
        pool = getattr(transport, "_pool", None)
        if pool is not None and hasattr(pool, "_network_backend"):
            pool._network_backend = _Backend(pool._network_backend, deadline)


class _Backend:
    """Opens connections as another does, and hands them out held to a deadline."""

    def __init__(self, backend: Any, deadline: Deadline) -> None:
        self._backend = backend
        self._deadline = deadline

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **more: Any
    ) -> _Stream:
        timeout = self._deadline.cap(timeout)
        stream = self._backend.connect_tcp(host, port, timeout=timeout, **more)
        return _Stream(stream, self._deadline)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


class _Stream:
    def __init__(self, stream: Any, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        return self._stream.read(max_bytes, timeout=self._deadline.cap(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=self._deadline.cap(timeout))

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        timeout = self._deadline.cap(timeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout)
        return _Stream(stream, self._deadline)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
