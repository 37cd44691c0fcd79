"""Atomic writes: a file or folder is there whole or not at all."""

from __future__ import annotations

import errno
import glob
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from seesay.core.errors import SeesayError

MANIFEST = "manifest.json"
LEFT_SECONDS = 86_400


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; move it there when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; put it in the place of `path` at the end.

    Killed between its two renames, `path` is gone and must be made again: half of it is never
    there. Of two processes the last one's stays. What killed processes left behind is removed a
    day later.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    temporary.chmod(0o755)
    try:
        yield temporary
        _put(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _put(folder: Path, path: Path) -> None:
    """Move a folder into the place of `path`, which another process may replace meanwhile too."""
    while True:
        try:
            folder.replace(path)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
            old = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.old."))
            with suppress(FileNotFoundError):
                path.replace(old / "old")
            shutil.rmtree(old)
        else:
            return


def write_json(path: Path, value: Any) -> None:
    """Write a JSON value atomically, readable by a person."""
    with replacing_file(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        SeesayError: the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SeesayError(
            f"{path} cannot be read as JSON ({error}).", "Make it again, or remove its folder."
        ) from error
