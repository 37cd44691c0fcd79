"""Serving under load: latency at a fixed rate, the most there is, memory, start, growth.

The load comes from this process, over HTTP on loopback, on the cores that the service has too. A
request's time counts from the moment at which it was due, so that a service that falls behind does
not look fast.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from measuring import SEESAY, Row, _tree, arguments, load, report

P99_SECONDS = 0.025
COLD_SECONDS = 3.0
CONNECTIONS = 32
DIM = 128
QUERIES = 100
SIZES = (19_220, 100_000, 1_000_000)


class Connection:
    """One kept-alive connection."""

    async def open(self, host: str, port: int) -> Connection:
        """Connect."""
        self.reader, self.writer = await asyncio.open_connection(host, port)
        return self

    async def ask(self, request: bytes) -> int:
        """Send a request, read the whole answer, and return its status."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await self.reader.readexactly(length)
        return int(head.split(b" ", 2)[1])


def request_of(user: str, k: int) -> bytes:
    body = json.dumps({"user": user, "k": k}).encode()
    return (
        b"POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )


async def at_rate(
    port: int, requests: Iterator[bytes], rate: float, seconds: float
) -> tuple[list[float], int]:
    """Ask at a fixed rate; return the seconds that each answer took, and how many failed."""
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(await Connection().open("127.0.0.1", port))
    took: list[float] = []
    failed = 0

    async def one(due: float) -> None:
        nonlocal failed
        connection = await idle.get()
        failed += await connection.ask(next(requests)) != 200
        took.append(time.perf_counter() - due)
        idle.put_nowait(connection)

    start = time.perf_counter()
    tasks = []
    for number in range(round(rate * seconds)):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)
    return took, failed


async def flat_out(port: int, requests: Iterator[bytes], seconds: float) -> float:
    """Ask over some connections, each as soon as it was answered; return answers a second."""
    done = 0
    end = time.perf_counter() + seconds

    async def one() -> None:
        nonlocal done
        connection = await Connection().open("127.0.0.1", port)
        while time.perf_counter() < end:
            assert await connection.ask(next(requests)) == 200
            done += 1

    await asyncio.gather(*(one() for _ in range(8)))
    return done / seconds


@contextmanager
def serving(bundle: Path) -> Iterator[tuple[int, int, float]]:
    """Start the service; yield its port, its process ID, and the seconds to its first answer."""
    start = time.perf_counter()
    command = [SEESAY, "serve", "--bundle", bundle, "--port", "0"]
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        told = process.stdout.readline().split()
        if not told:
            raise SystemExit("the service did not start")
        port = int(told[1].rsplit(":", 1)[1])
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/recommend", b"{}", {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            answer.read()
        yield port, process.pid, time.perf_counter() - start
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def where_time_goes(bundle: Path, users: list[str], k: int) -> dict[str, float]:
    """Return milliseconds of this process's processor for each part of an answer."""
    import tempfile

    from seesay.serve.bundle import read_bundle
    from seesay.serve.engine import BundleEngine
    from seesay.serve.messages import suggestion
    from seesay.serve.posted import Posted
    from seesay.serve.scoring import first

    with tempfile.TemporaryDirectory() as folder:
        engine = BundleEngine(read_bundle(bundle), Posted(Path(folder)))
        shelf, scorer = engine._shelf, engine._shelf.scorer
        histories = [engine.history(user) for user in users]
        columns = [np.array([shelf.row_of[item] for item in one], np.int32) for one in histories]
        answers = [engine.recommend(one, k) for one in histories]
        scores = scorer.scores(columns[0])
        whole = _cpu(lambda row: engine.recommend(histories[row], k), len(users))
        bare = _cpu(lambda row: engine.recommend(histories[row], k, explain=False), len(users))
        parts = {"scores of all items": _cpu(lambda row: scorer.scores(columns[row]), len(users))}
        if scorer._users is not None:
            made = scorer._users.user_vectors
            parts["of that, the user's vector"] = _cpu(lambda row: made([columns[row]]), len(users))
        parts["the first k"] = _cpu(lambda _: first(scores, k), len(users))
        parts["reasons"] = whole - bare
        parts["recommend in all"] = whole
        parts["answer as JSON"] = _cpu(
            lambda row: json.dumps([suggestion(one) for one in answers[row]]), len(users)
        )
    return parts


def _cpu(work: Callable[[int], object], times: int) -> float:
    work(0)
    start = time.process_time()
    for row in range(times):
        work(row)
    return (time.process_time() - start) / times * 1000


def growth(sizes: tuple[int, ...]) -> Iterator[tuple[int, float, float, float]]:
    """Yield items, milliseconds exact and approximate, and the recall of the first 10.

    The vectors are made up: 2,000 centres with noise, so that there is something to be found.
    """
    from seesay.serve.index import Approximate
    from seesay.serve.scoring import first

    generator = np.random.default_rng(0)
    centres = generator.normal(size=(2_000, DIM)).astype(np.float32)
    for size in sizes:
        items = centres[generator.integers(0, len(centres), size)]
        items += generator.normal(scale=0.7, size=items.shape).astype(np.float32)
        items /= np.linalg.norm(items, axis=1, keepdims=True)
        users = items[generator.choice(size, QUERIES, replace=False)]
        users = users + generator.normal(scale=0.05, size=users.shape).astype(np.float32)
        index = Approximate.build(items)
        exact = _cpu(lambda row, a=items, b=users: first(a @ b[row], 10), QUERIES)
        near = _cpu(lambda row, a=index, b=users: a.nearest(b[row], 10), QUERIES)
        yield size, exact, near, index.recall(items, users)


def main() -> None:
    parser = arguments(__doc__, repeats=3)
    parser.add_argument("--bundle", type=Path, required=True, help="a folder of bundles")
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--most-items", type=int, default=SIZES[-1])
    parser.add_argument("-k", type=int, default=10)
    asked = parser.parse_args()
    busy = load()
    from seesay.serve.bundle import read_bundle

    users = read_bundle(asked.bundle).users["user_id"].to_list()
    chosen = random.Random(0).choices(users, k=5_000)
    requests = itertools.cycle([request_of(user, asked.k) for user in chosen])
    starts = []
    for _ in range(asked.repeats - 1):
        with serving(asked.bundle) as (_, _, seconds):
            starts.append(seconds)
    with serving(asked.bundle) as (port, process, seconds):
        starts.append(seconds)
        asyncio.run(at_rate(port, requests, 50, 2))
        before = _tree(process)[1]
        took, failed = asyncio.run(at_rate(port, requests, asked.rate, asked.seconds))
        cpu = (_tree(process)[1] - before) / len(took)
        most = asyncio.run(flat_out(port, requests, min(10.0, asked.seconds)))
        resident = _tree(process)[0]
    p50, p99 = np.percentile(took, [50, 99])
    told = sys.stderr
    print(f"{len(took)} requests at {asked.rate:g}/s, {failed} failed", file=told)
    print(f"p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, max {max(took):.3f} s", file=told)
    print(f"processor a request: {cpu * 1000:.2f} ms of the service", file=told)
    print(f"most: {most:.0f} requests/s over 8 connections", file=told)
    print(f"memory: {resident / 1e6:.0f} MB resident", file=told)
    for part, milliseconds in where_time_goes(asked.bundle, chosen[:300], asked.k).items():
        print(f"{part}: {milliseconds:.3f} ms", file=told)
    for size, exact, near, recall in growth(tuple(n for n in SIZES if n <= asked.most_items)):
        figures = f"exact {exact:.2f} ms, approximate {near:.2f} ms, recall@10 {recall:.3f}"
        print(f"{size:,} items of {DIM}: {figures}", file=told)
    rows = [
        Row(f"p99 at {asked.rate:g}/s, seconds", float(p99), "limit", P99_SECONDS, busy, cpu),
        Row("cold start, seconds", sorted(starts)[len(starts) // 2], "limit", COLD_SECONDS, busy),
        Row("seconds a request at most", 1 / most, f"at {asked.rate:g}/s", 1 / asked.rate, busy),
    ]
    report(rows, asked.json)


if __name__ == "__main__":
    main()
