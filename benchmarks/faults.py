"""Whether `seesay describe` loses or pays twice for anything where everything goes wrong.

A fifth of the requests fail, in ten ways; the process is killed ten times with SIGKILL and started
again with the same budget, and then runs until all is described.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from loopback import COMPLETION_TOKENS, FAULTS, PROMPT_TOKENS, Running, running
from measuring import SEESAY, Row, load, report
from seesay.describe.budget import Price
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import JournalEntry
from tiny_clips import PRICE, make_workspace

AT_ONCE = 64
SHARE = 0.2
EACH = Price(**PRICE).of(PROMPT_TOKENS, COMPLETION_TOKENS)
# Of what all answers cost; requests without a whole answer count at the most that they can cost.
BUDGET_STEP = 3.0
MOST_RUNS = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the last line is a list of rows")
    parser.add_argument("--clips", type=int, default=2000, help="how many to describe")
    parser.add_argument("--kills", type=int, default=10, help="how often the process is killed")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    busy = load()
    with tempfile.TemporaryDirectory() as name, running(0.02, AT_ONCE, SHARE, asked.seed) as server:
        folder = Path(name) / "work"
        options = {"in_flight": AT_ONCE, "timeout": 2.0, "retries": 6, "max_tokens": 200}
        make_workspace(folder, asked.clips, server.url, **options)
        worst = torture(folder, server, asked.clips, asked.kills, asked.seed)
        seen = server.stats()
        with Journal(folder / "journal.sqlite") as journal:
            rows = journal.attempts()
    missing = [fault.__name__ for fault in FAULTS if fault.__name__ not in seen["failed"]]
    if missing:
        print(f"too few clips for every fault: {', '.join(missing)} did not happen")
    judge(rows, seen, asked.clips, worst, busy, asked.json)


def torture(folder: Path, server: Running, clips: int, kills: int, seed: int) -> float:
    """Run and kill, then run to the end; return the most of a budget that was ever used."""
    luck = random.Random(seed)
    budget = BUDGET_STEP * clips * EACH
    worst = 0.0
    step = clips // (kills + 1)
    for killed in range(kills):
        goal = len(server.stats()["requests"]) + luck.randint(step // 2, step)
        process = start(folder, budget)
        while len(server.stats()["requests"]) < goal and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        worst = max(worst, server.stats()["billed"] * EACH / budget)
        print(f"kill {killed + 1}: {len(server.stats()['requests'])} requests", flush=True)
        if process.returncode != -signal.SIGKILL:
            raise SystemExit("it ended before it was killed: too few clips for so many kills")
    for _ in range(MOST_RUNS):
        process = start(folder, budget)
        code = process.wait()
        worst = max(worst, server.stats()["billed"] * EACH / budget)
        print(f"ended with {code}: {len(server.stats()['requests'])} requests", flush=True)
        if code == 0:
            return worst
        budget += BUDGET_STEP * clips * EACH / 4
    raise SystemExit(f"not all clips are described after {MOST_RUNS} runs")


def start(folder: Path, budget: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [SEESAY, "-w", folder, "describe", "--budget", f"{budget:.6f}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def judge(
    rows: list[JournalEntry],
    seen: dict[str, Any],
    clips: int,
    worst: float,
    busy: float,
    as_json: bool,
) -> None:
    """Compare the journal with what the server saw, and print it."""
    described = {row.item_id: row for row in rows if row.state == "described"}
    times = Counter(row.item_id for row in rows if row.state == "described")
    begun = [row for row in rows if row.state == "begun"]
    finished = sum(row.usage.requests for row in rows if row.state != "begun")
    cut_off = sum(row.usage.requests for row in begun)
    arrived = len(seen["requests"])
    # The clock of the journal and that of the server are the same, this machine's.
    late = sum(when > (described[title].finished or when) for title, when in seen["requests"])
    print(
        f"{arrived} requests arrived; the journal has {finished} with an outcome and {cut_off} "
        f"that a kill cut off; failures by kind: {seen['failed']}"
    )
    unknown = max(0, arrived - finished - cut_off) + max(0, finished - arrived)
    wrong = clips - sum(count == 1 for count in times.values())
    report(
        [
            Row("items not described exactly once", wrong, "limit", 1, busy, goal=0),
            Row("requests for an item that was described", late, "limit", 1, busy, goal=0),
            Row(
                "requests that the journal has not, or too many", unknown, "limit", 1, busy, goal=0
            ),
            Row("most that was used of a budget", worst, "the budget", 1, busy),
        ],
        as_json,
    )


if __name__ == "__main__":
    main()
