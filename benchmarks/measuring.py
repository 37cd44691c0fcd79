"""What the benchmarks share: seconds, peak memory of a process with its children, the row."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO, Any, TypeVar

T = TypeVar("T")

SEESAY = Path(sys.executable).with_name("seesay")
SHARED = Path(os.environ.get("SEESAY_SHARED", Path(__file__).parents[2] / "shared"))
POLL_SECONDS = 0.2
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Row:
    """One figure against a peer or a limit; lower is better everywhere.

    Attributes:
        goal: `ours` divided by `peer` must be at most this.
        cpu: user and system seconds behind `ours`, where it is a time: what the processors did,
            however long others kept them busy meanwhile.
        load: the machine's load average of the last minute before it was measured.
    """

    figure: str
    ours: float
    peer_name: str
    peer: float
    load: float
    cpu: float | None = None
    goal: float = 1.0

    @property
    def ratio(self) -> float:
        """Return how many times the peer it is."""
        return self.ours / self.peer

    @property
    def holds(self) -> bool:
        """Say whether the goal was reached in this run."""
        return self.ratio <= self.goal

    def as_dict(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return {
            "figure": self.figure,
            "ours": round(self.ours, 4),
            "peer_name": self.peer_name,
            "peer": round(self.peer, 4),
            "ratio": round(self.ratio, 4),
            "goal": self.goal,
            "holds": self.holds,
            "cpu": None if self.cpu is None else round(self.cpu, 3),
            "load": round(self.load, 2),
        }


@dataclass(frozen=True)
class Cost:
    """What some work took: seconds on the clock, and seconds of the processors."""

    seconds: float
    cpu: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.seconds - other.seconds, self.cpu - other.cpu)


@dataclass(frozen=True)
class Ran:
    """What a process came to.

    Attributes:
        peak: most bytes that it and its children held at once: the sum of their resident sizes,
            so that pages which they share count more than once.
        lines: what it wrote to standard error, each line with the cost until then.
    """

    cost: Cost
    peak: int
    lines: tuple[tuple[Cost, str], ...]


def load() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]


def clock(work: Callable[[], T]) -> tuple[Cost, T]:
    """Do some work in this process; return its cost, that of all threads, and its result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu), result


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the medians of the seconds and of the processors' seconds."""
    return Cost(median(cost.seconds for cost in costs), median(cost.cpu for cost in costs))


def run(command: Sequence[str | Path]) -> Ran:
    """Run a process to its end while its memory is watched.

    Raises:
        SystemExit: it failed; what it wrote to standard error is in the message.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    assert process.stderr is not None
    lines: list[tuple[Cost, str]] = []
    reader = threading.Thread(target=_read, args=(process.stderr, process.pid, start, lines))
    reader.start()
    peak = 0
    try:
        # wait4 instead of poll: it gives the exact time of all that has ended below the process.
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            peak = max(peak, _tree(process.pid)[0])
            time.sleep(POLL_SECONDS)
    except BaseException:
        process.kill()
        raise
    _, status, usage = ended
    cost = Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime)
    process.returncode = os.waitstatus_to_exitcode(status)
    reader.join()
    if process.returncode != 0:
        told = "\n".join(line for _, line in lines[-20:])
        raise SystemExit(f"{' '.join(map(str, command))} left with {process.returncode}:\n{told}")
    return Ran(cost, max(peak, usage.ru_maxrss * 1024), tuple(lines))


def quick(command: Sequence[str | Path]) -> Cost:
    """Run a process that ends soon; nothing is watched, so that nothing slows it down.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    before = os.times()
    start = time.perf_counter()
    subprocess.run([str(part) for part in command], stdout=subprocess.DEVNULL, check=True)
    seconds = time.perf_counter() - start
    after = os.times()
    user = after.children_user - before.children_user
    return Cost(seconds, user + after.children_system - before.children_system)


def arguments(description: str | None, repeats: int) -> argparse.ArgumentParser:
    """Return a parser with what every benchmark takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="the last line is a list of rows")
    parser.add_argument("--repeats", type=int, default=repeats, help="the median of so many")
    return parser


def report(rows: Sequence[Row], as_json: bool) -> None:
    """Print the rows as a table and, where it was asked for, as one line of JSON after it."""
    cells = [("figure", "ours", "peer", "", "ratio", "goal", "holds", "cpu", "load")]
    cells += [
        (
            row.figure,
            f"{row.ours:.3f}",
            f"{row.peer:.3f}",
            row.peer_name,
            f"{row.ratio:.2f}",
            f"<= {row.goal:g}",
            "yes" if row.holds else "NO",
            "" if row.cpu is None else f"{row.cpu:.2f}",
            f"{row.load:.1f}",
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))
    now = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} cores, load average {now}; nothing else should run meanwhile")
    if as_json:
        print(json.dumps([row.as_dict() for row in rows]))


def _read(stream: IO[str], pid: int, start: float, lines: list[tuple[Cost, str]]) -> None:
    for line in stream:
        cost = Cost(time.perf_counter() - start, _tree(pid)[1])
        lines.append((cost, line.rstrip("\n")))


def _tree(pid: int) -> tuple[int, float]:
    """Return resident bytes and processor seconds of a process and all below it, now.

    Each living process's own seconds and those of its children that have ended are counted.
    """
    resident, seconds = 0, 0.0
    waiting = [pid]
    while waiting:
        found = waiting.pop()
        try:
            fields = Path(f"/proc/{found}/stat").read_text().rpartition(")")[2].split()
            tasks = os.listdir(f"/proc/{found}/task")
            for task in tasks:
                children = Path(f"/proc/{found}/task/{task}/children").read_text()
                waiting += [int(child) for child in children.split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        # proc(5): field 14 to 17 are user and system ticks, own and of ended children; 24 is pages.
        seconds += sum(int(ticks) for ticks in fields[11:15]) / TICKS
        resident += int(fields[21]) * PAGE
    return resident, seconds
