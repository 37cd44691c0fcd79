"""How near `seesay describe` comes to the rate of its endpoint, and what it costs this machine.

The server on loopback answers after 500 ms and serves 64 requests at once. The rate is that of the
requests as the server saw them, from the first to the last answer; starting and hashing are shown.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from loopback import running
from measuring import SEESAY, Ran, Row, arguments, load, report, run
from tiny_clips import make_workspace

LATENCY = 0.5
AT_ONCE = 64
LEAST_SHARE = 0.95
FLAT = 1.1


@dataclass(frozen=True)
class Measured:
    """One run over some clips, and how long the server saw requests."""

    clips: int
    ran: Ran
    seconds: float

    @property
    def ideal(self) -> float:
        """Seconds that the server needs at the least."""
        return self.clips * LATENCY / AT_ONCE


def main() -> None:
    parser = arguments(__doc__, repeats=1)
    parser.add_argument("--clips", type=int, default=2000, help="how many to describe")
    asked = parser.parse_args()
    busy = load()
    part = describe(max(AT_ONCE, asked.clips // 4))
    runs = [describe(asked.clips) for _ in range(asked.repeats)]
    whole = sorted(runs, key=lambda one: one.seconds)[len(runs) // 2]
    cost = whole.ran.cost
    print(
        f"{whole.clips} clips: {cost.seconds:.1f} s in all, {whole.seconds:.1f} s of requests, "
        f"ideal {whole.ideal:.1f} s; {cost.cpu:.1f} s of the processors"
    )
    print(
        f"peak MB: {part.ran.peak / 1e6:.0f} with {part.clips}, {whole.ran.peak / 1e6:.0f} with all"
    )
    report(
        [
            Row(
                "describe, seconds of requests",
                whole.seconds,
                "ideal of the server",
                whole.ideal,
                busy,
                cost.cpu,
                goal=1 / LEAST_SHARE,
            ),
            Row("describe, processors in use", cost.cpu / cost.seconds, "limit", 1.0, busy),
            Row(
                "describe, peak MB",
                whole.ran.peak / 1e6,
                f"with {part.clips} clips",
                part.ran.peak / 1e6,
                busy,
                goal=FLAT,
            ),
        ],
        asked.json,
    )


def describe(clips: int) -> Measured:
    """Describe so many clips in a new workspace.

    Raises:
        SystemExit: not every clip was asked about once.
    """
    with tempfile.TemporaryDirectory() as folder, running(LATENCY, AT_ONCE) as server:
        make_workspace(Path(folder) / "work", clips, server.url, in_flight=AT_ONCE)
        ran = run([SEESAY, "-w", Path(folder) / "work", "describe"])
        seen = server.stats()
    if len(seen["requests"]) != clips:
        raise SystemExit(f"{clips} clips, but {len(seen['requests'])} requests")
    return Measured(clips, ran, seen["last_answer"] - seen["requests"][0][1])


if __name__ == "__main__":
    main()
