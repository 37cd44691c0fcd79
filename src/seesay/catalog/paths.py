"""Which files a table may name: those in its own folder and in the folders that the user named."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from seesay.core.counts import counted
from seesay.core.errors import SeesayError
from seesay.core.settings import Section

# A scheme of one letter would be a drive of Windows.
ADDRESS = re.compile(r"[A-Za-z][^/\s:]+:")


class VideosSettings(Section):
    """Where the user's videos lie.

    Attributes:
        folders: tables may name files in them, besides those in the table's own folder; relative
            to the workspace.
    """

    folders: tuple[str, ...] = ()


def resolve_paths(
    paths: Sequence[str | None], base: Path, folders: Sequence[Path], source: Path
) -> list[str | None]:
    """Return each path as the absolute path of the file itself, links followed; None for none.

    Args:
        base: what relative paths are relative to; files in it are allowed.
        folders: more folders whose files are allowed.
        source: the table or folder that names the paths, for the error.

    Raises:
        SeesayError: one is an address such as `http://...`, or leads out of the folders, by `..`
            or a link or as it stands.
    """
    allowed = [os.path.realpath(folder) for folder in (base, *folders)]
    resolved: list[str | None] = []
    outside: list[tuple[str, str]] = []
    addresses: list[str] = []
    for path in paths:
        if not path or not path.strip():
            resolved.append(None)
            continue
        if ADDRESS.match(path) and not (base / path).exists():
            addresses.append(path)
            continue
        real = _real(base / path)
        if not real or not any(_is_inside(real, folder) for folder in allowed):
            outside.append((path, real))
            continue
        resolved.append(real)
    _refuse_addresses(addresses, source)
    _refuse_outside(outside, source)
    return resolved


def _real(path: Path) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return ""


def _is_inside(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(folder)


def _refuse_addresses(addresses: Sequence[str], source: Path) -> None:
    if addresses:
        raise SeesayError(
            f"'{source}' names {counted(len(addresses), 'address', 'addresses')} where files are "
            f"wanted (the first: '{addresses[0]}').",
            "Download the videos and give the paths of the files; nothing is fetched.",
        )


def _refuse_outside(outside: Sequence[tuple[str, str]], source: Path) -> None:
    if not outside:
        return
    named, real = outside[0]
    link = f", which is '{real}'" if real and real != named else ""
    folder = Path(real).parent if real else "FOLDER"
    raise SeesayError(
        f"'{source}' names {counted(len(outside), 'file')} outside of its folder and of those that "
        f"you named (the first: '{named}'{link}).",
        f"If they are yours, name their folder: --videos {folder}, or in seesay.toml: "
        "[videos] folders.",
    )
