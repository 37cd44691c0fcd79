"""A model server on loopback for benchmarks: answers after a while, fails as often as asked for.

It runs in a process of its own, prints its port, and tells what it saw under `/stats`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any

MODEL = "loopback-model"
PROMPT_TOKENS, COMPLETION_TOKENS = 1000, 50
HANG_SECONDS = 4.0
TITLE = re.compile(rb"<title>\\n(.*?)\\n</title>")

Fault = Callable[["Server", asyncio.StreamWriter, bytes], Awaitable[bool]]


def answer(title: str) -> bytes:
    """Return the body of a chat completion about a title."""
    words = json.dumps({"summary": f"It shows {title}.", "genre": "test"})
    message = {"role": "assistant", "content": words}
    usage = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": COMPLETION_TOKENS}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return json.dumps({"choices": [choice], "usage": usage}).encode()


class Server:
    """Serves `at_once` requests at the same time, each in `latency` seconds; the others wait.

    Attributes:
        requests: title and time of each request, in the order in which they arrived.
        billed: how many made the model work, whether the client got the answer or not.
    """

    def __init__(self, latency: float, at_once: int, faults: float, seed: int) -> None:
        self.latency = latency
        self.faults = faults
        self.luck = random.Random(seed)
        self.free = asyncio.Semaphore(at_once)
        self.requests: list[tuple[str, float]] = []
        self.billed = 0
        self.last_answer = 0.0
        self.failed: dict[str, int] = {}
        self._busy = 0
        self.most_at_once = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until it ends."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"(?i)content-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                if not await self._answer(head, body, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    async def _answer(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> bool:
        if head.startswith(b"GET"):
            known = self._stats() if b"/stats" in head else {"data": [{"id": MODEL}]}
            return await send(writer, 200, json.dumps(known).encode())
        found = TITLE.search(body)
        title = found[1].decode() if found else ""
        self.requests.append((title, time.time()))
        self._busy += 1
        self.most_at_once = max(self.most_at_once, self._busy)
        try:
            async with self.free:
                await asyncio.sleep(self.latency)
                if self.luck.random() < self.faults:
                    fault = self.luck.choice(FAULTS)
                    self.failed[fault.__name__] = self.failed.get(fault.__name__, 0) + 1
                    return await fault(self, writer, answer(title))
                self.billed += 1
                self.last_answer = time.time()
                return await send(writer, 200, answer(title))
        finally:
            self._busy -= 1

    def _stats(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "billed": self.billed,
            "last_answer": self.last_answer,
            "most_at_once": self.most_at_once,
            "failed": self.failed,
        }


async def send(
    writer: asyncio.StreamWriter, status: int, body: bytes, *headers: str, claims: int = 0
) -> bool:
    lines = [
        f"HTTP/1.1 {status} X",
        "Content-Type: application/json",
        f"Content-Length: {claims or len(body)}",
        *headers,
    ]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()
    return not claims


async def wait_seconds(server: Server, writer: asyncio.StreamWriter, body: bytes) -> bool:
    return await send(writer, 429, b"{}", "Retry-After: 0.2")


async def wait_until(server: Server, writer: asyncio.StreamWriter, body: bytes) -> bool:
    when = formatdate(time.time() + 1, usegmt=True)
    return await send(writer, 429, b"{}", f"Retry-After: {when}")


async def broken(server: Server, writer: asyncio.StreamWriter, body: bytes) -> bool:
    return await send(writer, 500, b'{"error": {"message": "a bug"}}')


async def loading(server: Server, writer: asyncio.StreamWriter, body: bytes) -> bool:
    return await send(writer, 503, b"<html>loading</html>")


async def page(server: Server, writer: asyncio.StreamWriter, body: bytes) -> bool:
    server.billed += 1
    return await send(writer, 200, b"<html>welcome</html>")


async def half_json(server: Server, writer: asyncio.StreamWriter, body: bytes) -> bool:
    server.billed += 1
    return await send(writer, 200, body[: len(body) // 2])


async def cut(server: Server, writer: asyncio.StreamWriter, body: bytes) -> bool:
    server.billed += 1
    return await send(writer, 200, body[: len(body) // 2], claims=len(body))


async def reset(server: Server, writer: asyncio.StreamWriter, body: bytes) -> bool:
    server.billed += 1
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    return False


async def hang(server: Server, writer: asyncio.StreamWriter, body: bytes) -> bool:
    server.billed += 1
    await asyncio.sleep(HANG_SECONDS)
    return False


async def drip(server: Server, writer: asyncio.StreamWriter, body: bytes) -> bool:
    server.billed += 1
    await send(writer, 200, b"{", claims=len(body))
    for byte in body[1:]:
        await asyncio.sleep(HANG_SECONDS / len(body))
        writer.write(bytes([byte]))
        await writer.drain()
    return False


FAULTS: list[Fault] = [
    wait_seconds,
    wait_until,
    broken,
    loading,
    page,
    half_json,
    cut,
    reset,
    hang,
    drip,
]


class Running:
    """The server from outside."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"

    def stats(self) -> dict[str, Any]:
        """Return what the server saw so far."""
        with urllib.request.urlopen(f"{self.url}/stats") as answer:
            return dict(json.load(answer))


@contextmanager
def running(latency: float, at_once: int, faults: float = 0.0, seed: int = 0) -> Iterator[Running]:
    """Run the server as a process, and end it."""
    given = [str(value) for value in (latency, at_once, faults, seed)]
    process = subprocess.Popen(
        [sys.executable, __file__, *given], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield Running(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()


async def _main(latency: float, at_once: int, faults: float, seed: int) -> None:
    own = Server(latency, at_once, faults, seed)
    # The body of a request with pictures is longer than the reader's usual limit.
    listening = await asyncio.start_server(own.serve, "127.0.0.1", 0, limit=1 << 26, backlog=512)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("latency", type=float)
    parser.add_argument("at_once", type=int)
    parser.add_argument("faults", type=float)
    parser.add_argument("seed", type=int)
    asyncio.run(_main(**vars(parser.parse_args())))
