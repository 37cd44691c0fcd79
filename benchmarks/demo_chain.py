"""How long `seesay demo` takes in an empty folder, as a process, and how much memory."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from statistics import median

from measuring import SEESAY, Cost, Ran, Row, arguments, load, middle, report, run

LIMIT_SECONDS = 120.0
LIMIT_GB = 2.5
STEP = re.compile(r"(\d) of \d: (\w+)")


def main() -> None:
    asked = arguments(__doc__, repeats=1).parse_args()
    busy = load()
    ran = [_demo() for _ in range(asked.repeats)]
    for number, one in enumerate(ran, start=1):
        print(f"run {number}: {one.cost.seconds:.1f} s, {one.cost.cpu:.1f} s of the processors")
        for name, cost in steps(one):
            print(f"  {name:<16} {cost.seconds:6.1f} s  {cost.cpu:6.1f} s of the processors")
    whole = middle([one.cost for one in ran])
    peak = median(one.peak for one in ran) / 1e9
    report(
        [
            Row("demo chain, seconds", whole.seconds, "limit", LIMIT_SECONDS, busy, whole.cpu),
            Row("demo chain, peak GB", peak, "limit", LIMIT_GB, busy),
        ],
        asked.json,
    )


def steps(ran: Ran) -> list[tuple[str, Cost]]:
    """Return what each step cost, by the lines with which the demo announces them."""
    starts = [
        (cost, f"{found[1]} {found[2]}") for cost, line in ran.lines if (found := STEP.match(line))
    ]
    ends = [cost for cost, _ in starts[1:]] + [ran.cost]
    before = [("0 starting", starts[0][0])] if starts else []
    return before + [(name, end - start) for (start, name), end in zip(starts, ends, strict=True)]


def _demo() -> Ran:
    with tempfile.TemporaryDirectory() as folder:
        return run([SEESAY, "demo", Path(folder) / "demo"])


if __name__ == "__main__":
    main()
