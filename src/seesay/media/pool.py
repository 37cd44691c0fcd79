"""Decoding in processes: a decoder that crashes or hangs costs one file, and the pool goes on."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self

import numpy as np

from seesay.media.base import Media, MediaError, MediaManifest, MediaSettings

LENGTH_BYTES = 4
START_SECONDS = 120.0
# The decoder gives up by itself at `max_decode_seconds`; this is for one that does not come to it.
GRACE_SECONDS = 5.0
WORKER = "seesay.media.worker"


class DecoderPool:
    """Decodes files in some processes, each started at its first file and used for all others.

    The processes are new Pythons, so that threads and locks of this one do not matter, and they
    end with it however it ends. Starting one takes about a third of a second.
    """

    def __init__(
        self,
        settings: MediaSettings,
        workers: int,
        worker: str = WORKER,
        *,
        sound: bool = True,
        frames: bool = True,
    ) -> None:
        """Start nothing yet.

        Args:
            sound: read the sound; frames: read the frames; see `decode`.
            worker: the module that is run; it must serve as `seesay.media.worker` does.
        """
        self.settings = settings
        self.worker = worker
        self._asked = {
            "settings": settings.model_dump(mode="json"),
            "sound": sound,
            "frames": frames,
        }
        self._threads = ThreadPoolExecutor(workers, "decode")
        self._own = threading.local()
        self._processes: set[_Process] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, path: Path) -> Future[Media]:
        """Decode a file some time soon; the future raises `MediaError` where it cannot be."""
        return self._threads.submit(self._decode, path)

    def close(self) -> None:
        """End the processes, also in the midst of a file."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed = True
            for process in self._processes:
                process.kill()
        self._threads.shutdown()
        for process in self._processes:
            process.end()
        self._processes.clear()

    def _decode(self, path: Path) -> Media:
        """Have this thread's own process decode a file.

        One thread owns one process, as Linux ends the process with the thread that started it.
        What breaks a process that has decoded other files is tried again in a new one: it may be
        one of those that broke it, or it was dead already.
        """
        used: _Process | None = getattr(self._own, "process", None)
        if used is not None:
            try:
                return used.decode(path, self._asked, self.settings.max_decode_seconds)
            except _Broken as error:
                self._forget(used)
                if error.hung:
                    raise MediaError(f"{path.name}: {error}") from None
        try:
            return self._fresh().decode(path, self._asked, self.settings.max_decode_seconds)
        except _Broken as error:
            self._forget(self._own.process)
            raise MediaError(f"{path.name}: {error}") from None

    def _fresh(self) -> _Process:
        with self._lock:
            if self._closed:
                raise MediaError("the run has ended")
            process = self._own.process = _Process(self.worker)
            self._processes.add(process)
        return process

    def _forget(self, process: _Process) -> None:
        self._own.process = None
        process.end()
        with self._lock:
            self._processes.discard(process)


class _Broken(Exception):  # noqa: N818 - it is the file's fault, or the system's
    """A process that ended or hung before it had answered; says why in one line."""

    def __init__(self, reason: str, hung: bool = False) -> None:
        super().__init__(reason)
        self.hung = hung


class _Process:
    """One worker process and its two pipes."""

    def __init__(self, worker: str) -> None:
        # -P: a file in the folder the user works in must not be taken for a module.
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", worker],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            # Ctrl-C is for the run, which ends its decoders itself.
            process_group=0,
        )
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._requests: IO[bytes] = self._popen.stdin
        self._answers: IO[bytes] = self._popen.stdout
        self._started = False

    def kill(self) -> None:
        """End it now; whoever waits for its answer learns of that."""
        self._popen.kill()

    def end(self) -> None:
        """Kill it, wait for that, and close the pipes."""
        self._popen.kill()
        self._popen.wait()
        for pipe in (self._requests, self._answers):
            with suppress(OSError):
                pipe.close()

    def decode(self, path: Path, asked: dict[str, Any], seconds: float) -> Media:
        """Return what the process made of a file.

        Args:
            asked: the request but for the file.
            seconds: after which the process should have given up by itself.

        Raises:
            MediaError: the file cannot be decoded.
            _Broken: the process crashed, was killed, or did not answer in time.
        """
        try:
            if not self._started:
                self._head(time.monotonic() + START_SECONDS)
                self._started = True
            raw = json.dumps({**asked, "path": str(path)}).encode()
            self._requests.write(len(raw).to_bytes(LENGTH_BYTES, "big") + raw)
            return self._media(path, time.monotonic() + seconds + GRACE_SECONDS)
        except TimeoutError:
            raise _Broken(
                f"it takes more than {seconds:g} s to decode, and the decoder "
                "did not stop by itself",
                hung=True,
            ) from None
        except (OSError, EOFError, ValueError):
            raise _Broken(f"decoding it ended the decoder ({self._how()})") from None

    def _media(self, path: Path, give_up: float) -> Media:
        about = self._head(give_up)
        if "error" in about:
            raise MediaError(about["error"])
        frames = [np.empty(shape, np.uint8) for shape in about["shapes"]]
        audio = np.empty(about["samples"], np.float32)
        for array in (*frames, audio):
            self._fill(array.reshape(-1).view(np.uint8).data, give_up)
        manifest = MediaManifest(**about["manifest"])
        return Media(path, tuple(frames), tuple(about["times"]), audio, manifest)

    def _head(self, give_up: float) -> dict[str, Any]:
        length = bytearray(LENGTH_BYTES)
        self._fill(memoryview(length), give_up)
        head = bytearray(int.from_bytes(length, "big"))
        self._fill(memoryview(head), give_up)
        about: dict[str, Any] = json.loads(head)
        return about

    def _fill(self, wanted: memoryview, give_up: float) -> None:
        """Read until all is there.

        Raises:
            TimeoutError: it is not there in time.
            EOFError: the process has ended.
        """
        descriptor = self._answers.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while wanted:
            left = give_up - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise TimeoutError
            got = os.readv(descriptor, [wanted])
            if not got:
                raise EOFError
            wanted = wanted[got:]

    def _how(self) -> str:
        """Say how the process ended."""
        try:
            code = self._popen.wait(1.0)
        except subprocess.TimeoutExpired:
            return "it stopped answering"
        if code >= 0:
            return f"exit code {code}"
        if code == -signal.SIGKILL:
            return "SIGKILL, perhaps because memory ran out"
        return signal.Signals(-code).name
