"""The processes that a test started, read from /proc by their parent, not by its threads.

A thread may end while its own list is read, and its children then go to another thread.
"""

from __future__ import annotations

from pathlib import Path


def children_of(pid: int) -> set[int]:
    """Return the numbers of the processes that another one started and still has."""
    others = (int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit())
    return {other for other in others if _state_and_parent(other)[1] == pid}


def has_ended(pid: int) -> bool:
    """Return whether a process has ended; one that nobody has waited for has ended too."""
    return _state_and_parent(pid)[0] == "Z"


def command_of(pid: int) -> str:
    """Return the words of a process's command line, none if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _state_and_parent(pid: int) -> tuple[str, int]:
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return "Z", 0
    return state, int(parent)
