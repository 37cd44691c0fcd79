"""Starts and stops a real `llama-server` on a free port of loopback."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from integration.build_server import Cache

ALIAS = "smollm2-random-eyes"
READY_SECONDS = 240.0
PR_SET_PDEATHSIG = 1


@dataclass
class LlamaServer:
    """A running server.

    Attributes:
        url: the address that an OpenAI client is given.
        log: what it has printed.
    """

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def wait(self) -> None:
        """Return once the model is loaded."""
        end = time.monotonic() + READY_SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            if self.status("/health") == 200:
                return
            time.sleep(0.1)
        told = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
        raise RuntimeError(f"llama-server did not come up:\n{told}")

    def status(self, path: str) -> int:
        """Return the HTTP status of a page, 0 where nothing answers yet."""
        try:
            with urllib.request.urlopen(self.url.removesuffix("/v1") + path, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def kill(self) -> None:
        """End it at once, with whatever it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start(
    cache: Cache,
    log: Path,
    *,
    port: int | None = None,
    slots: int = 2,
    context: int = 8192,
    projector: bool = True,
    more: Sequence[str] = (),
) -> LlamaServer:
    """Start a server with one thread; it may still be loading.

    Args:
        context: tokens that all slots share evenly.
        projector: whether it sees and hears.
    """
    port = port or free_port()
    command = [str(cache.server), "--model", str(cache.model), "--alias", ALIAS]
    command += ["--host", "127.0.0.1", "--port", str(port), "--offline"]
    command += ["--threads", "1", "--threads-batch", "1", "--threads-http", "4"]
    command += ["--parallel", str(slots), "--ctx-size", str(context), "--no-kv-unified"]
    # A prompt that is remembered would let a second test pass without its pictures.
    command += ["--cache-ram", "0", "--fit", "off"]
    if projector:
        command += ["--mmproj", str(cache.projector)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, *more],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
    return LlamaServer(process, f"http://127.0.0.1:{port}/v1", log)


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _die_with_parent() -> None:
    """Let the kernel end the server should the tests themselves be killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
