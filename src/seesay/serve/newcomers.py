"""New videos: kept, sent to the process that describes and encodes them, and made newcomers."""

from __future__ import annotations

import base64
import json
import os
import re
import select
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from seesay.catalog.folder import VIDEO_ENDINGS
from seesay.core.errors import SeesayError
from seesay.core.files import replacing_file
from seesay.serve.base import Busy
from seesay.serve.bundle import SENTENCES, Bundle
from seesay.serve.posted import POSTERS, VIDEOS, Newcomer, Posted
from seesay.serve.settings import ServeSettings

WORKER = "seesay.serve.adding"
SECONDS = 900.0
WAITING = 4
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class NewcomerMaker:
    """Makes newcomers, one at a time; its process starts with the first one."""

    def __init__(self, posted: Posted, settings: ServeSettings) -> None:
        self.posted = posted
        self.settings = settings
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(WAITING)
        self._process: subprocess.Popen[bytes] | None = None

    def make(self, bundle: Bundle, video: Path, title: str, item_id: str) -> Newcomer:
        """Copy a video into the folder of what was posted, and describe and encode it.

        One without a title gets the name of the file without its ending.

        Raises:
            SeesayError: it cannot be decoded or described; nothing of it is kept.
        """
        if CONTROL.search(item_id):
            raise SeesayError("The ID holds control characters.", "Give another ID, or none.")
        # Each that waits holds a thread, and the answers need some too.
        if not self._room.acquire(blocking=False):
            raise Busy(f"{WAITING} new videos are waiting already.", "Try again in a minute.")
        try:
            return self._make(bundle, video, title, item_id)
        finally:
            self._room.release()

    def _make(self, bundle: Bundle, video: Path, title: str, item_id: str) -> Newcomer:
        name = uuid.uuid4().hex
        ending = video.suffix.lower()
        kept = self.posted.folder / VIDEOS / f"{name}{ending if ending in VIDEO_ENDINGS else ''}"
        order = {
            "item_id": item_id or f"new-{name[:12]}",
            "title": CONTROL.sub(" ", title).strip() or video.stem,
            "video": str(kept),
            "called": video.name,
            "folder": str(self.posted.folder),
            "ways": bundle.manifest["ways"],
            "features": sorted(bundle.manifest["ways"]["encoders"]),
            "quotes": (bundle.folder / SENTENCES).is_dir(),
            "max_seconds": self.settings.max_video_seconds,
        }
        with replacing_file(kept) as temporary:
            shutil.copyfile(video, temporary)
        try:
            answer = self._ask(order)
            with replacing_file(self.posted.folder / POSTERS / f"{name}.jpg") as temporary:
                temporary.write_bytes(base64.b64decode(answer["strip"]))
        except BaseException:
            kept.unlink(missing_ok=True)
            raise
        return Newcomer(
            order["item_id"],
            order["title"],
            answer["words"],
            answer["facets"],
            kept.name,
            answer["frames"],
            {feature: _vector(values) for feature, values in answer["vectors"].items()},
            {text: _vector(values) for text, values in answer["sentences"].items()},
        )

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(json.dumps(order).encode() + b"\n")
                line = _line(process.stdout, SECONDS)
            except (OSError, EOFError, TimeoutError) as error:
                self.close()
                raise SeesayError(
                    "The process that describes new videos ended or took too long on "
                    f"'{order['called']}'.",
                    "Try again; if it happens again, the file may be what breaks it.",
                ) from error
        answer: dict[str, Any] = json.loads(line)
        if "problem" in answer:
            raise SeesayError(answer["problem"], answer["remedy"])
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", WORKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                    "SEESAY_DECODER_MEMORY": str(self.settings.max_memory),
                },
                # Ctrl-C is for the service, which ends it.
                process_group=0,
            )
        return self._process


def _line(answers: IO[bytes], seconds: float) -> bytes:
    """Read one line, however long.

    Raises:
        TimeoutError: it is not there in time.
        EOFError: the process has ended.
    """
    poll = select.poll()
    poll.register(answers.fileno(), select.POLLIN)
    end = time.monotonic() + seconds
    got = bytearray()
    while not got.endswith(b"\n"):
        left = end - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError
        more = os.read(answers.fileno(), 1 << 20)
        if not more:
            raise EOFError
        got += more
    return bytes(got)


def _vector(values: list[float]) -> np.ndarray:
    return np.array(values, np.float32)
