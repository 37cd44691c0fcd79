"""The process that decodes: one file at a time, asked for and answered over pipes.

It is a process of its own because a damaged file may crash a decoder, hang it, or make it take all
memory; then one file is lost and not the run. No pickle goes over the pipes: JSON, and behind it
the bytes of frames and sound.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

from seesay.media.base import Media, MediaError, MediaSettings
from seesay.media.decode import decode

LENGTH = struct.Struct(">I")
PARENT_DEATH_SIGNAL = 1
MEMORY = "SEESAY_DECODER_MEMORY"

# As `seesay.media.decode.decode`: called with a path, settings, and what is wanted by name.
Decode = Callable[..., Media]


def main() -> None:
    """Serve on standard input and output until the input ends."""
    serve(decode)


def serve(decode_one: Decode) -> None:
    """Answer requests for files with what `decode_one` returns."""
    _die_with_parent()
    _limit_memory()
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    asked: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    _send(answers, {"ready": True})
    settings: dict[str, MediaSettings] = {}
    while True:
        request = asked.get()
        known = json.dumps(request["settings"])
        if known not in settings:
            settings[known] = MediaSettings(**request["settings"])
        try:
            media = decode_one(
                Path(request["path"]),
                settings[known],
                sound=request["sound"],
                frames=request["frames"],
            )
        except MediaError as error:
            _send(answers, {"error": str(error)})
        except Exception as error:
            told = f"it cannot be decoded ({type(error).__name__}: {error})"
            _send(answers, {"error": f"{Path(request['path']).name}: {told}"})
        else:
            _send_media(answers, media)


def _listen(asked: SimpleQueue[dict[str, Any]]) -> None:
    """Take requests; leave at once when whoever asks is gone, even in the midst of a file."""
    requests = os.fdopen(0, "rb")
    while head := requests.read(LENGTH.size):
        asked.put(json.loads(requests.read(LENGTH.unpack(head)[0])))
    os._exit(0)


def _send_media(answers: BinaryIO, media: Media) -> None:
    about = {
        "manifest": media.manifest.as_dict(),
        "times": media.times,
        "shapes": [frame.shape for frame in media.frames],
        "samples": len(media.audio),
    }
    _send(answers, about, *(frame.tobytes() for frame in media.frames), media.audio.tobytes())


def _send(answers: BinaryIO, about: dict[str, Any], *raw: bytes) -> None:
    head = json.dumps(about).encode()
    try:
        for part in (LENGTH.pack(len(head)), head, *raw):
            answers.write(part)
        answers.flush()
    except BrokenPipeError:
        os._exit(0)


def _die_with_parent() -> None:
    """Ask the system to end this process when its parent is killed, and to take it first.

    Both are Linux; elsewhere the end of the input does the first, once the decoder lets it.
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def _limit_memory() -> None:
    """Let this process take no more bytes than the environment says, where it says so."""
    if MEMORY in os.environ:
        import resource

        most = int(os.environ[MEMORY])
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
