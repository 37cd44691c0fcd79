"""The server process: a socket, a server, and an end without noise."""

from __future__ import annotations

import gc
import logging
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from fastapi import FastAPI

from seesay.core.errors import SeesayError
from seesay.serve.settings import ServeSettings

BACKLOG = 2048
MOST_AT_ONCE = 1000
SECONDS_TO_END = 10
# Threads that compute hand over to the one that talks to the network sooner than by default.
SWITCH_SECONDS = 0.001


def listen(settings: ServeSettings) -> socket.socket:
    """Return a socket that listens at the address of the settings.

    Raises:
        SeesayError: the port is taken, or the address is not one of this machine.
    """
    host, port = settings.host, settings.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        raise SeesayError(
            f"Nothing can listen on {host}, port {port} ({error.strerror or error}).",
            "Choose another one: seesay serve --port PORT",
        ) from error
    return listening


def address_of(listening: socket.socket) -> str:
    """Return what to open in a browser."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app: FastAPI, listening: socket.socket, started: Callable[[], None]) -> None:
    """Serve until somebody ends it; what is being answered is answered first."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                started()

    # What was loaded stays; looking through it for garbage would stop answers for long.
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    logging.basicConfig(format="seesay: %(message)s", level=logging.WARNING)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=SECONDS_TO_END,
    )
    with suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listening])
