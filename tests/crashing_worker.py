"""A decoder process that dies, hangs or chatters where the name of a file says so."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from seesay.media.base import Media, MediaSettings
from seesay.media.decode import decode
from seesay.media.worker import serve


def decode_or_die(path: Path, settings: MediaSettings, *, sound: bool, frames: bool) -> Media:
    if path.stem.startswith("segfault"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if path.stem.startswith("exit"):
        os._exit(7)
    if path.stem.startswith("hang"):
        time.sleep(3600)
    if path.stem.startswith("chatter"):
        os.write(1, b"a library says hello\n")
    if path.stem.startswith("raise"):
        raise RuntimeError("libav has a bad day")
    return decode(path, settings, sound=sound, frames=frames)


if __name__ == "__main__":
    serve(decode_or_die)
