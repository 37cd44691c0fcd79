"""Servers that drip: the time-out is of the whole request, whatever part of it is slow."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from seesay.describe.api_key import ApiKey
from seesay.describe.endpoint import Endpoint, EndpointError

BODY = b'{"choices": []}' + b" " * 500
HEADERS = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(BODY)
LONG = b"".join(b"X-Pad-%d: x\r\n" % number for number in range(50))


class Dripper:
    """Sends one part of its answer a byte at a time; knows how much of it was taken."""

    def __init__(self, at_once: bytes, slowly: bytes) -> None:
        self.at_once = at_once
        self.slowly = slowly
        self.sent = 0
        self.ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            with connection, suppress(OSError):
                connection.recv(1 << 16)
                connection.sendall(self.at_once)
                for place in range(len(self.slowly)):
                    connection.sendall(self.slowly[place : place + 1])
                    self.sent += 1
                    self.ended.wait(0.02)
        self.ended.set()

    def close(self) -> None:
        self._listener.close()
        self.ended.set()
        self._thread.join(30)


PARTS = {
    "headers": (b"HTTP/1.1 200 OK\r\n", HEADERS + LONG + b"\r\n" + BODY),
    "an answer": (b"HTTP/1.1 200 OK\r\n" + HEADERS + b"\r\n", BODY),
    "headers of an error": (b"HTTP/1.1 500 Oh\r\n", HEADERS + LONG + b"\r\n" + BODY),
    "an error": (b"HTTP/1.1 500 Oh\r\n" + HEADERS + b"\r\n", BODY),
}


@pytest.fixture(params=PARTS)
def dripper(request: pytest.FixtureRequest) -> Iterator[Dripper]:
    running = Dripper(*PARTS[request.param])
    yield running
    running.close()


def test_no_part_of_an_answer_can_hold_a_request(dripper: Dripper) -> None:
    endpoint = Endpoint(dripper.url, ApiKey("NO_KEY"), 0.5)
    with pytest.raises(EndpointError) as caught:
        endpoint.complete({"model": "m", "messages": []})
    assert caught.value.reason == "no whole answer within 0.5 s"
    assert caught.value.fault.paid
    assert 0 < dripper.sent < len(dripper.slowly) / 2
