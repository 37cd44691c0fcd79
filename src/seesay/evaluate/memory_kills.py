"""Cells in which the system killed the process for want of memory: the next run leaves them out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seesay.core.errors import SeesayError

# Where Linux counts how often it had to: for the machine, and for a container of either kind.
COUNTERS = (
    Path("/proc/vmstat"),
    Path("/sys/fs/cgroup/memory.events"),
    Path("/sys/fs/cgroup/memory/memory.oom_control"),
)


@contextmanager
def noticing_memory_kills(path: Path) -> Iterator[None]:
    """Leave a mark at `path` while the block runs, locked by this process.

    Without it a comparison that was killed for want of memory would be killed in the same cell
    again and again. Whatever else ends the process, the cell is tried again. Where another process
    is in the same cell, the mark is its.

    Raises:
        SeesayError: a process left its mark there, and the system has killed one for want of memory
            since.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as mark:
        try:
            # The system gives it back when a process ends, however it does.
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield
            return
        mark.seek(0)
        kills = memory_kills()
        if int(mark.read() or kills) < kills:
            raise SeesayError(
                "failed: the system killed the process in the middle of it, for want of memory.",
                f"Give it more, remove {path.parent.name}/{path.name} in runs/, and compare again.",
            )
        mark.truncate(0)
        mark.write(str(kills))
        mark.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def memory_kills(counters: tuple[Path, ...] = COUNTERS) -> int:
    """Return how often the system killed a process for want of memory; 0 where nobody counts."""
    total = 0
    for counter in counters:
        with suppress(OSError):
            lines = [line.split() for line in counter.read_text().splitlines()]
            total += sum(int(line[1]) for line in lines if line[:1] == ["oom_kill"])
    return total
