"""A real HTTP server on loopback that answers like a model, counts, delays and breaks."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "test-model"


def facets(summary: str = "A cat plays the piano.", **more: Any) -> dict[str, Any]:
    return {"summary": summary, "genre": "music", "actions": ["plays"], **more}


def completion(content: Any, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """Return the body of a chat completion that says `content`; JSON values become text."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    return {
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050},
    }


@dataclass(frozen=True)
class Reply:
    """How one request is answered.

    Attributes:
        declared: the Content-Length that is claimed, where it is not the true one.
        reset: break the connection instead of answering.
        drip: seconds between one byte of the body and the next.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    declared: int | None = None
    reset: bool = False
    drip: float = 0.0


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def texts(self) -> str:
        """All text that the model would read, one part a line."""
        lines = []
        for message in self.body.get("messages", []):
            content = message["content"]
            parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
            lines += [part["text"] for part in parts if part["type"] == "text"]
        return "\n".join(lines)

    @property
    def title(self) -> str:
        """What stands in the fence of the title."""
        found = re.search(r"<title>\n(.*)\n</title>", self.texts, re.DOTALL)
        return found[1] if found else ""

    def parts(self, kind: str) -> list[dict[str, Any]]:
        """The parts of one kind of the last message."""
        return [part for part in self.body["messages"][-1]["content"] if part["type"] == kind]


class ModelServer:
    """Answers `/v1/models` and `/v1/chat/completions` on a free port of loopback.

    Attributes:
        asked: every chat request, in the order in which they arrived.
        answered: those whose answer was sent whole.
        replies: what the next requests get, one each; then `usual` decides.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answered: list[Asked] = []
        self.replies: deque[Reply] = deque()
        self.models = Reply({"data": [{"id": MODEL}]})
        self.usual: Callable[[Asked], Reply] = lambda asked: Reply(completion(facets()))
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def arrived(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            queued = self.replies.popleft() if self.replies else None
        return queued or self.usual(asked)

    def left(self, asked: Asked, whole: bool) -> None:
        with self._lock:
            self._at_once -= 1
            if whole:
                self.answered.append(asked)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that are killed break their connections."""


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(server.models)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.path, headers, json.loads(self.rfile.read(length)))
            reply = server.arrived(asked)
            whole = False
            with suppress(OSError):
                self._send(reply)
                whole = not reply.reset and reply.declared is None
            server.left(asked, whole)

        def _send(self, reply: Reply) -> None:
            time.sleep(reply.delay)
            if reply.reset:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
                self.connection.close()
                return
            raw = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            headers = {"Content-Type": "application/json", **reply.headers}
            length = len(raw) if reply.declared is None else reply.declared
            self.send_response(reply.status)
            for name, value in {**headers, "Content-Length": str(length)}.items():
                self.send_header(name, value)
            self.end_headers()
            step = 1 if reply.drip else max(1, len(raw))
            for start in range(0, len(raw), step):
                self.wfile.write(raw[start : start + step])
                self.wfile.flush()
                time.sleep(reply.drip)
            if length != len(raw):
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
