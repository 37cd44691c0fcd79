"""The job as a whole: real clips, a real decoder, a real server that counts."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from making import make_clip
from model_server import MODEL, ModelServer, Reply, completion, facets
from processes import children_of, command_of
from seesay.core.errors import SeesayError
from seesay.core.hashing import file_sha256
from seesay.describe import pipeline
from seesay.describe.base import Description, Facets, Failure, Usage
from seesay.describe.costs import sum_costs
from seesay.describe.journal import Journal
from seesay.describe.known_files import known_hash
from seesay.describe.openai import OpenAIDescriber, OpenAISettings
from seesay.describe.pace import NotSent
from seesay.describe.render import render
from seesay.describe.run import ItemFile, describe_items
from seesay.media.base import Media, MediaSettings

MEDIA = MediaSettings(count=1)


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> bytes:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=1).read_bytes()


@pytest.fixture
def clips(tmp_path, clip):
    """Make items whose files show the same but differ in their bytes, by a box that all skip."""

    def make(count: int, start: int = 0) -> list[ItemFile]:
        return [make_one(f"v{number}") for number in range(start, start + count)]

    def make_one(name: str) -> ItemFile:
        mark = name.encode()
        path = tmp_path / f"{name}.mp4"
        path.write_bytes(clip + struct.pack(">I", 8 + len(mark)) + b"free" + mark)
        return ItemFile(name, path, f"title of {name}")

    return make


@pytest.fixture
def server():
    running = ModelServer()
    running.usual = lambda asked: Reply(completion(facets(f"Seen: {asked.title}")))
    yield running
    running.close()


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def quiet(things, label, total):
    return things


def describe(items, describer, journal, **more):
    return describe_items(items, describer, MEDIA, journal, progress=quiet, **more)


def asker(server: ModelServer, **settings) -> OpenAIDescriber:
    return OpenAIDescriber(
        OpenAISettings(**{"base_url": server.url, "model": MODEL, "retries": 0, **settings})
    )


class Recorder:
    """A describer without a model, which notes what it is given."""

    name = "recorder"

    def __init__(self, batch_size: int = 1, in_flight: int = 1, model: str = "m") -> None:
        self.batch_size = batch_size
        self.in_flight = in_flight
        self.model = model
        self.batches: list[list[str]] = []
        self.checks = 0
        self.break_on: dict[str, Exception] = {}

    def fingerprint(self):
        return {"model": self.model, "prompt": {"name": "p", "version": 4}}

    def check(self) -> None:
        self.checks += 1

    def describe(self, videos):
        self.batches.append([video.item_id for video in videos])
        for video in videos:
            if video.item_id in self.break_on:
                raise self.break_on[video.item_id]
        return [
            Description(video.item_id, text, Facets(summary=text), text)
            for video in videos
            for text in [f"{self.model} saw {len(video.media.frames)} of {video.title}"]
        ]


def test_every_item_gets_its_own_words(clips, server, journal):
    items = clips(6)
    report = describe(items, asker(server, prompt_price=1.0), journal)
    assert (report.described, report.already_done, report.failed) == (6, 0, [])
    assert (report.requests, report.cost) == (6, pytest.approx(6 * 1000 / 1e6))
    found = journal.descriptions()
    for item in items:
        entry = found[item.item_id]
        assert entry.text == render(Facets(**facets(f"Seen: {item.title}")))
        assert (entry.attempt.model, entry.attempt.prompt) == (MODEL, "describe")
        assert entry.attempt.prompt_version == "1"


def test_a_second_run_does_nothing_even_where_the_endpoint_is_gone(clips, server, journal):
    items = clips(3)
    describe(items, asker(server), journal)
    rows = len(journal.attempts())
    gone = asker(server)
    server.close()
    report = describe(items, gone, journal)
    assert (report.described, report.already_done, report.requests) == (0, 3, 0)
    assert len(journal.attempts()) == rows
    assert len(server.asked) == 3


def test_an_endpoint_that_is_not_there_stops_before_anything_is_written(clips, server, journal):
    items = clips(2)
    gone = asker(server)
    server.close()
    with pytest.raises(SeesayError, match="No model server answers"):
        describe(items, gone, journal)
    assert journal.attempts() == []


def test_bad_files_fail_alone_with_a_reason_and_are_tried_again(clips, server, journal, tmp_path):
    items = clips(2)
    (tmp_path / "text.mp4").write_text("not a video\n" * 100)
    (tmp_path / "empty.mp4").touch()
    bad = {
        "text": tmp_path / "text.mp4",
        "empty": tmp_path / "empty.mp4",
        "none": tmp_path / "none.mp4",
        "folder": tmp_path,
    }
    mixed = [items[0], *(ItemFile(name, path) for name, path in bad.items()), items[1]]
    for _ in range(2):
        report = describe(mixed, asker(server), journal)
        reasons = dict(report.failed)
        assert set(reasons) == set(bad)
        assert all(reasons.values())
        assert "does not exist" in reasons["none"]
        assert "not a file" in reasons["folder"]
    assert report.already_done == 2
    assert len(server.asked) == 2
    assert {entry.item_id for entry in journal.failures()} == set(bad)
    items[0].path.rename(tmp_path / "none.mp4")
    again = describe([ItemFile("none", tmp_path / "none.mp4", "t")], asker(server), journal)
    assert (again.described, again.failed) == (1, [])
    assert "none" not in {entry.item_id for entry in journal.failures()}


def test_a_file_past_the_limit_is_not_even_read(clips, journal):
    items = clips(1)
    settings = MediaSettings(max_bytes=100)
    report = describe_items(items, Recorder(), settings, journal, progress=quiet)
    assert "max_bytes = 100" in report.failed[0][1]


def test_a_path_that_no_system_knows_fails_alone(journal):
    report = describe([ItemFile("a", Path("a\0b.mp4"))], Recorder(), journal)
    assert "cannot be read" in report.failed[0][1]


def test_a_file_that_has_not_changed_is_not_hashed_again(clips, journal):
    settled, fresh = clips(2)
    long_ago = time.time_ns() - 10**12
    os.utime(settled.path, ns=(long_ago, long_ago))
    describe([settled, fresh], Recorder(), journal)

    def kept(item: ItemFile) -> str | None:
        state = item.path.stat()
        return known_hash(journal, str(item.path), state.st_size, state.st_mtime_ns)

    assert kept(settled) == file_sha256(settled.path)
    assert kept(fresh) is None
    describer = Recorder()
    assert describe([settled, fresh], describer, journal).already_done == 2
    content = bytearray(settled.path.read_bytes())
    content[-1] ^= 1
    settled.path.write_bytes(content)
    assert describe([settled, fresh], describer, journal).described == 1


def decoders() -> list[int]:
    """Return the numbers of the decoder processes of this one."""
    return [pid for pid in children_of(os.getpid()) if "seesay.media.worker" in command_of(pid)]


def test_decoders_that_are_killed_over_and_over_cost_at_most_what_they_had(clips, journal):
    class Killer(Recorder):
        def describe(self, videos):
            for decoder in decoders():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(decoder, signal.SIGSEGV)
            return super().describe(videos)

    items = clips(12)
    report = describe(items, Killer(), journal)
    assert report.described + len(report.failed) == len(items)
    assert all("ended the decoder" in reason for _, reason in report.failed)
    assert decoders() == []
    assert not describe(items, Recorder(), journal).failed
    assert set(journal.descriptions()) == {item.item_id for item in items}


def test_a_describer_may_name_its_prompt_by_a_word_or_have_none(clips, journal):
    class Plain(Recorder):
        def fingerprint(self):
            return {"prompt": self.model} if self.model else {}

    item = clips(1)
    describe(item, Plain(model="short"), journal)
    assert journal.descriptions()["v0"].attempt.prompt == "short"
    describe(item, Plain(model=""), journal)
    assert journal.descriptions()["v0"].attempt.prompt == ""


def test_a_server_fault_is_a_failure_of_that_item_until_the_next_run(clips, server, journal):
    items = clips(4)

    def usual(asked):
        good = Reply(completion(facets(asked.title)))
        return Reply(status=500, body={}) if asked.title.endswith("v2") else good

    server.usual = usual
    report = describe(items, asker(server), journal)
    assert (report.described, [item for item, _ in report.failed]) == (3, ["v2"])
    server.usual = lambda asked: Reply(completion(facets(asked.title)))
    report = describe(items, asker(server), journal)
    assert (report.described, report.already_done, report.failed) == (1, 3, [])
    assert Counter(asked.title for asked in server.asked)["title of v2"] == 2


def test_equal_files_with_equal_titles_are_paid_for_once(clips, server, journal, tmp_path):
    first = clips(1)[0]
    twin = tmp_path / "twin.mp4"
    twin.write_bytes(first.path.read_bytes())
    both = [first, ItemFile("twin", twin, first.title)]
    report = describe(both, asker(server), journal)
    assert (report.described, report.already_done) == (1, 1)
    late = ItemFile("late", twin, first.title)
    assert describe([late], asker(server), journal).already_done == 1
    assert len(server.asked) == 1
    found = journal.descriptions()
    assert found["twin"].text == found["late"].text == found["v0"].text
    assert found["twin"].copied_from == found["late"].copied_from == found["v0"].id
    other = ItemFile("other", twin, "another title")
    assert describe([other], asker(server), journal).described == 1


def test_the_twin_of_a_failure_fails_too(clips, server, journal):
    first = clips(1)[0]
    server.usual = lambda asked: Reply(status=500, body={})
    both = [first, ItemFile("twin", first.path, first.title)]
    report = describe(both, asker(server), journal)
    assert [item for item, _ in report.failed] == ["v0", "twin"]
    assert len(server.asked) == 1


def test_a_changed_file_title_model_or_plan_is_a_new_description(clips, journal):
    item = clips(1)[0]
    describer = Recorder()
    describe([item], describer, journal)
    renamed = ItemFile("v0", item.path, "new title")
    assert describe([renamed], describer, journal).described == 1
    with item.path.open("ab") as file:
        file.write(struct.pack(">I", 8) + b"free")
    assert describe([renamed], describer, journal).described == 1
    assert describe([renamed], Recorder(model="n"), journal).described == 1
    two = MediaSettings(count=2)
    assert describe_items([renamed], describer, two, journal, progress=quiet).described == 1
    assert journal.descriptions()["v0"].text == "m saw 2 of new title"
    assert journal.descriptions()["v0"].attempt.prompt_version == "4"


def test_going_back_to_earlier_settings_costs_nothing_and_makes_them_the_newest(clips, journal):
    items = clips(2)
    one, other = Recorder(model="one"), Recorder(model="other")
    describe(items, one, journal)
    describe(items, other, journal)
    report = describe(items, one, journal)
    assert (report.described, report.already_done) == (0, 2)
    assert len(one.batches) == 2
    assert journal.descriptions()["v0"].attempt.model == "one"
    rows = len(journal.attempts())
    describe(items, one, journal)
    assert len(journal.attempts()) == rows


def test_the_limit_counts_new_videos(clips, journal):
    items = clips(5)
    describer = Recorder()
    for described, done in [(2, 0), (2, 2), (1, 4), (0, 5)]:
        report = describe(items, describer, journal, limit=2)
        assert (report.described, report.already_done) == (described, done)
    assert describe(items, describer, journal, limit=0).described == 0


def test_batches_are_whole_but_for_the_last(clips, journal):
    describer = Recorder(batch_size=3)
    assert describe(clips(7), describer, journal).described == 7
    assert sorted(len(batch) for batch in describer.batches) == [1, 3, 3]
    assert sorted(item for batch in describer.batches for item in batch) == [
        f"v{number}" for number in range(7)
    ]


def test_as_many_requests_are_on_their_way_as_the_describer_likes(clips, server, journal):
    full = threading.Event()

    def usual(asked):
        if server.most_at_once >= 3:
            full.set()
        full.wait(60)
        return Reply(completion(facets(asked.title)), delay=0.02)

    server.usual = usual
    describe(clips(8), asker(server, in_flight=3), journal)
    assert server.most_at_once == 3


def test_a_describer_that_breaks_fails_its_batch_and_the_job_goes_on(clips, journal):
    describer = Recorder(batch_size=2)
    describer.break_on["v1"] = RuntimeError("out of memory")
    report = describe(clips(4), describer, journal)
    assert report.described == 2
    assert len(report.failed) == 2
    assert "RuntimeError: out of memory" in report.failed[0][1]


def test_outcomes_that_are_not_one_a_video_are_refused(clips, journal):
    class Mixed(Recorder):
        def describe(self, videos):
            return super().describe(videos)[::-1]

    report = describe(clips(2), Mixed(batch_size=2), journal)
    assert len(report.failed) == 2
    assert journal.descriptions() == {}


def test_a_describer_that_cannot_go_on_stops_the_job(clips, journal):
    describer = Recorder()
    describer.break_on["v1"] = SeesayError("The disk is full.", "Make room.")
    with pytest.raises(SeesayError, match="Make room"):
        describe(clips(20), describer, journal)
    assert len(describer.batches) < 20
    assert all(entry.state != "begun" for entry in journal.attempts())
    describer.break_on.clear()
    assert not describe(clips(20), describer, journal).failed


def test_a_second_job_at_the_same_time_is_refused(clips, server, journal):
    items = clips(1)
    with (
        Journal(journal.path) as other,
        other.only_run("openai"),
        pytest.raises(SeesayError, match="Another run"),
    ):
        describe(items, asker(server), journal)
    assert describe(items, asker(server), journal).described == 1


def test_only_a_few_videos_are_in_memory(clips, journal):
    held: list[int] = []
    seen: list[weakref.ref[Media]] = []

    class Slow(Recorder):
        def describe(self, videos):
            seen.extend(weakref.ref(video.media) for video in videos)
            time.sleep(0.05)
            gc.collect()
            held.append(sum(isinstance(thing, Media) for thing in gc.get_objects()))
            return super().describe(videos)

    gc.collect()
    others = sum(isinstance(thing, Media) for thing in gc.get_objects())
    describe(clips(12), Slow(batch_size=2, in_flight=1), journal)
    assert max(held) - others <= 2 + pipeline.AHEAD
    gc.collect()
    assert len(seen) == 12
    assert not any(media() for media in seen)


CHILD = """
import json, sys
from pathlib import Path
from seesay.describe.journal import Journal
from seesay.describe.openai import OpenAIDescriber, OpenAISettings
from seesay.describe.run import ItemFile, describe_items
from seesay.media.base import MediaSettings
folder, given = Path(sys.argv[1]), json.loads(sys.argv[2])
media = MediaSettings(count=1, segment_seconds=given.pop("segment_seconds", 120))
items = [
    ItemFile(path.stem, path, f"title of {path.stem}") for path in sorted(folder.glob("*.mp4"))
]
describer = OpenAIDescriber(OpenAISettings(**given))
with Journal(folder / "journal.sqlite") as journal:
    report = describe_items(items, describer, media, journal)
    print(json.dumps([report.described, report.already_done, report.failed]))
"""


def child(folder: Path, server: ModelServer, **settings: float) -> subprocess.Popen[str]:
    given = {"base_url": server.url, "model": MODEL, "retries": 0, "in_flight": 3, **settings}
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), json.dumps(given)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(happened, process: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + 60
    while not happened() and process.poll() is None:
        assert time.monotonic() < give_up
        time.sleep(0.002)


def test_a_killed_job_pays_for_nothing_twice_and_loses_nothing(clips, server, tmp_path):
    items = clips(40)
    server.usual = lambda asked: Reply(completion(facets(f"Seen: {asked.title}")), delay=0.02)
    luck = random.Random(11)
    path = tmp_path / "journal.sqlite"
    kills = 0
    recorded: set[str] = set()
    for _ in range(5):
        before = len(server.asked)
        process = child(tmp_path, server)
        goal = before + luck.randrange(1, 9)
        wait_for(lambda goal=goal: len(server.asked) >= goal, process)
        time.sleep(luck.random() * 0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        kills += process.returncode == -signal.SIGKILL
        asked_now = {asked.title for asked in server.asked[before:]}
        assert asked_now.isdisjoint(f"title of {item}" for item in recorded)
        with Journal(path) as journal:
            found = journal.descriptions()
            assert recorded <= set(found)
            recorded = set(found)
            assert all(
                entry.text == render(entry.facets) and f"title of {item}." in entry.text
                for item, entry in found.items()
            )
    assert kills >= 3
    before = len(server.asked)
    process = child(tmp_path, server)
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert out.strip() == f"[{len(items) - len(recorded)}, {len(recorded)}, []]"
    asked_now = [asked.title for asked in server.asked[before:]]
    assert sorted(asked_now) == sorted(item.title for item in items if item.item_id not in recorded)
    with Journal(path) as journal:
        rows = journal.attempts()
        assert set(journal.descriptions()) == {item.item_id for item in items}
    states = Counter((row.item_id, row.state) for row in rows)
    assert all(states[item.item_id, "described"] == 1 for item in items)
    # What was sent and not recorded is at most what was in flight when the process died, and
    # each of those is on record as begun.
    begun = sum(row.state == "begun" for row in rows)
    assert len(server.asked) - len(items) <= begun <= 3 * kills


def test_an_interrupted_job_keeps_what_is_done_and_what_is_on_its_way(clips, server, tmp_path):
    items = clips(30)
    server.usual = lambda asked: Reply(completion(facets(asked.title)), delay=0.2)
    process = child(tmp_path, server)
    wait_for(lambda: len(server.asked) >= 4, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode not in (0, -signal.SIGKILL)
    assert "KeyboardInterrupt" in errors
    with Journal(tmp_path / "journal.sqlite") as journal:
        rows = journal.attempts()
        assert [row.state for row in rows] == ["described"] * len(rows)
        assert len(rows) == len(server.asked) < len(items)


def test_a_failure_carries_no_item_of_another(clips, journal):
    class Picky(Recorder):
        def describe(self, videos):
            return [Failure(video.item_id, f"not {video.item_id}") for video in videos]

    report = describe(clips(5), Picky(batch_size=2), journal)
    assert sorted(report.failed) == [(f"v{n}", f"not v{n}") for n in range(5)]
    assert {entry.error for entry in journal.failures()} == {f"not v{n}" for n in range(5)}


def test_broken_files_do_not_use_up_the_limit_of_every_run(clips, journal):
    items = clips(4)
    for item in items[:2]:
        item.path.write_text(f"no video: {item.item_id}")
    describer = Recorder()
    reports = [describe(items, describer, journal, limit=1) for _ in range(6)]
    assert [report.described for report in reports] == [0, 0, 1, 1, 0, 0]
    assert [len(report.failed) for report in reports] == [1, 1, 0, 0, 1, 1]
    twin = ItemFile("twin", items[0].path, items[0].title)
    report = describe([*items, twin], describer, journal, limit=1)
    assert (report.described, len(report.failed)) == (0, 1)


def test_going_back_to_another_describer_costs_nothing_and_brings_its_words_back(
    clips, journal
) -> None:
    items = clips(2)
    first, second = Recorder(model="one"), Recorder(model="two")
    second.name = "another"
    describe(items, first, journal)
    describe(items, second, journal)
    assert {entry.text[:3] for entry in journal.descriptions().values()} == {"two"}
    report = describe(items, first, journal)
    assert (report.described, report.already_done) == (0, 2)
    assert len(first.batches) == 2
    assert {entry.text[:3] for entry in journal.descriptions().values()} == {"one"}


REFUSAL = Reply(completion(None, refusal="I cannot help with that."))


def test_what_the_model_refuses_is_paid_for_once_until_it_is_asked_for(clips, server, journal):
    items = clips(3)
    good = server.usual
    server.usual = lambda asked: REFUSAL if asked.title.endswith("v1") else good(asked)
    first = describe(items, asker(server, prompt_price=1.0), journal)
    assert (first.described, first.given_up, first.cost) == (2, 0, pytest.approx(0.003))
    assert [item for item, _ in first.failed] == ["v1"]
    twin = ItemFile("twin", items[1].path, items[1].title)
    second = describe([*items, twin], asker(server), journal)
    assert (second.described, second.already_done, second.given_up) == (0, 2, 2)
    assert [item for item, _ in second.failed] == ["v1", "twin"]
    assert all("refused: I cannot help" in reason for _, reason in second.failed)
    assert len(server.asked) == 3
    server.usual = good
    third = describe([*items, twin], asker(server), journal, retry=True)
    assert (third.described, third.already_done, third.failed) == (1, 3, [])
    assert not describe([*items, twin], asker(server), journal).failed
    assert len(server.asked) == 4


def test_what_one_model_refused_another_may_take(clips, server, journal):
    server.usual = lambda asked: Reply(status=400, body={"detail": "no"})
    items = clips(2)
    assert len(describe(items, asker(server), journal).failed) == 2
    server.usual = lambda asked: Reply(completion(facets()))
    assert describe(items, asker(server, revision="2"), journal).described == 2


@pytest.mark.parametrize("status", [400, 500])
def test_a_job_of_which_everything_fails_stops_with_one_line(clips, server, journal, status):
    good = server.usual
    fine = [f"title of v{number}" for number in range(3)]
    server.usual = lambda asked: (
        good(asked) if asked.title in fine else Reply(status=status, body={"detail": "broken"})
    )
    with pytest.raises(SeesayError, match="10 videos failed one after the other") as caught:
        describe(clips(40), asker(server), journal)
    assert re.search("[123] were described", caught.value.problem)
    assert "broken" in caught.value.problem
    assert len(server.asked) < 40
    rows = journal.attempts()
    assert sum(row.usage.requests for row in rows) == len(server.asked)
    assert 1 <= Counter(row.state for row in rows)["described"] <= 3


def test_files_that_are_no_videos_do_not_stop_the_job(clips, journal, tmp_path):
    bad = [ItemFile(f"b{number}", tmp_path / f"b{number}.mp4") for number in range(15)]
    for item in bad:
        item.path.write_text(item.item_id)
    report = describe([*bad, *clips(1)], Recorder(), journal)
    assert (report.described, len(report.failed)) == (1, 15)


def priced(server: ModelServer, **settings) -> OpenAIDescriber:
    prices = {MODEL: {"prompt": 2.0, "completion": 10.0}}
    return asker(server, **{"prices": prices, "max_tokens": 500, **settings})


# 1000 tokens in and 50 out, as the server says of every answer.
ANSWER_COSTS = (1000 * 2.0 + 50 * 10.0) / 1e6


def test_the_budget_is_never_overspent_with_64_in_flight(clips, server, journal):
    server.usual = lambda asked: Reply(completion(facets()), delay=0.02)
    budget = 20 * ANSWER_COSTS
    report = describe(clips(60), priced(server, in_flight=64), journal, budget=budget)
    paid = len(server.answered) * ANSWER_COSTS
    assert paid == pytest.approx(report.cost)
    assert 0 < paid <= budget
    assert report.left == 60 - report.described > 0
    assert report.failed == []
    assert len(journal.attempts()) == report.described
    # What was spent before counts: the same budget pays for nothing more.
    again = describe(clips(60), priced(server), journal, budget=budget)
    assert (again.described, again.left) == (0, report.left)
    more = describe(clips(60), priced(server), journal, budget=1.0)
    assert (more.described, more.left) == (report.left, 0)


def test_a_model_whose_pictures_are_dear_is_found_out_by_the_first_answer(clips, server, journal):
    dear = completion(facets())
    dear["usage"] = {"prompt_tokens": 100_000, "completion_tokens": 50}
    server.usual = lambda asked: Reply(dear, delay=0.02)
    each = (100_000 * 2.0 + 50 * 10.0) / 1e6
    report = describe(clips(20), priced(server, in_flight=16), journal, budget=5.5 * each)
    assert 1 <= report.described <= 5
    assert len(server.asked) * each <= 5.5 * each


def test_what_may_have_been_paid_counts_against_the_budget(clips, server, journal):
    server.usual = lambda asked: Reply(b"<html>", delay=0.01)
    report = describe(clips(3), priced(server, retries=1), journal)
    assert report.cost == 0
    assert report.possible_cost > 6 * ANSWER_COSTS
    assert journal.spent() == (0, pytest.approx(report.possible_cost))
    budget = report.possible_cost + ANSWER_COSTS
    assert describe(clips(3), priced(server), journal, budget=budget).left == 3
    assert len(server.asked) == 6


def test_a_budget_without_a_price_is_refused(clips, server, journal):
    with pytest.raises(SeesayError, match="no price"):
        describe(clips(1), asker(server), journal, budget=1.0)
    with pytest.raises(SeesayError, match="does not count money"):
        describe(clips(1), Recorder(), journal, budget=1.0)
    assert (server.asked, journal.attempts()) == ([], [])


def test_a_request_that_was_cut_off_by_a_kill_is_on_record_with_its_price(clips, server, tmp_path):
    clips(1)
    server.usual = lambda asked: Reply(completion(facets()), delay=60)
    process = child(tmp_path, server, prompt_price=2.0)
    wait_for(lambda: server.asked, process)
    process.kill()
    process.communicate()
    with Journal(tmp_path / "journal.sqlite") as journal:
        (row,) = journal.attempts()
        assert (row.state, row.usage.requests, row.usage.cost) == ("begun", 1, 0)
        assert row.possible_cost >= 1000 * 2.0 / 1e6
        assert sum_costs(journal).total.without_outcome == 1


def test_a_storm_of_429_slows_down_and_loses_nothing(clips, server, journal):
    storm = Reply(status=429, body={}, headers={"Retry-After": "0.2"})
    server.replies.extend([storm] * 12)
    report = describe(clips(16), asker(server, in_flight=8, retries=8), journal)
    assert (report.described, report.failed) == (16, [])
    assert report.requests == len(server.asked) == 28


def test_a_pause_that_is_too_long_ends_the_job(clips, server, journal):
    server.usual = lambda asked: Reply(status=429, body={}, headers={"Retry-After": "7200"})
    with pytest.raises(SeesayError, match="left alone for 7200 s"):
        describe(clips(8), asker(server, retries=3), journal)
    rows = journal.attempts()
    assert sum(row.usage.requests for row in rows) == len(server.asked)
    assert {row.state for row in rows} == {"failed"}


def test_an_interrupted_job_does_not_wait_for_a_pause_to_end(clips, server, tmp_path):
    clips(10)
    server.usual = lambda asked: Reply(status=503, body={}, headers={"Retry-After": "300"})
    process = child(tmp_path, server, retries=3)
    wait_for(lambda: bool(server.asked), process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    with Journal(tmp_path / "journal.sqlite") as journal:
        rows = journal.attempts()
        assert {row.state for row in rows} == {"begun"}
        assert sum(row.usage.requests for row in rows) == len(server.asked)


def test_a_server_that_restarts_costs_no_item(clips, server, journal):
    good = server.usual
    away = iter(range(6))
    server.usual = lambda asked: (
        good(asked) if next(away, None) is None else Reply(status=503, body={})
    )
    report = describe(clips(8), asker(server, in_flight=4), journal)
    assert (report.described, report.failed) == (8, [])
    assert report.requests == len(server.asked) == 14


def test_a_server_that_is_gone_ends_the_job_and_fails_no_item(clips, server, journal):
    good = server.usual
    seen = iter(range(3))
    server.usual = lambda asked: (
        Reply(status=503, body={}) if next(seen, None) is None else good(asked)
    )
    with pytest.raises(SeesayError, match="the endpoint was away"):
        describe(clips(12), asker(server, in_flight=4, patience=0.3), journal)
    rows = journal.attempts()
    assert Counter(row.state for row in rows)["described"] == 3
    assert {row.state for row in rows} <= {"described", "begun"}
    assert sum(row.usage.requests for row in rows) == len(server.asked)
    assert journal.spent() == (0, 0)
    assert journal.failures() == []
    server.usual = good
    report = describe(clips(12), asker(server), journal)
    assert (report.described, report.already_done, report.failed) == (9, 3, [])


def test_a_wrong_key_ends_the_job_at_once(clips, server, journal):
    server.usual = lambda asked: Reply(status=401, body={}, delay=0.05)
    with pytest.raises(SeesayError, match="refuses the key"):
        describe(clips(20), asker(server, in_flight=2, retries=3), journal)
    assert len(server.asked) <= 3
    assert journal.spent() == (0, 0)


def test_what_a_model_takes_above_the_rules_is_known_to_the_next_run(clips, server, journal):
    dear = completion(facets())
    dear["usage"] = {"prompt_tokens": 100_000, "completion_tokens": 50}
    server.usual = lambda asked: Reply(dear)
    each = (100_000 * 2.0 + 50 * 10.0) / 1e6
    assert describe(clips(1), priced(server), journal, budget=1.5 * each).described == 1
    # By the rules, the next would cost a tenth of that, and would be sent.
    again = describe(clips(3), priced(server), journal, budget=1.5 * each)
    assert (again.described, again.left) == (0, 2)
    assert len(server.asked) == 1


LONG = MediaSettings(count=1, segment_seconds=2)
PIECES = 3


@pytest.fixture
def long_clip(tmp_path) -> ItemFile:
    """A clip of six seconds, which is three pieces of two."""
    return ItemFile("long", make_clip(tmp_path / "long.mp4", seconds=6), "title of long")


def of_pieces(asked) -> Reply:
    """Answer about a piece with a moment of its own, and sum pieces up."""
    if "described in 3 pieces" in asked.texts:
        return Reply(completion(facets("Seen whole.", moments=[])))
    moment = {"start": 0.5, "end": 1, "what": "a bar"}
    return Reply(completion(facets("Seen a piece.", moments=[moment], on_screen_text=["GO"])))


def describe_long(item, describer, journal, **more):
    return describe_items([item], describer, LONG, journal, progress=quiet, **more)


def test_a_long_video_is_described_by_pieces_and_summed_up(long_clip, server, journal):
    together = threading.Barrier(PIECES, timeout=60)

    def usual(asked):
        if "described in" not in asked.texts:
            together.wait()
        return of_pieces(asked)

    server.usual = usual
    asks = priced(server, in_flight=PIECES, send_audio=True)
    report = describe_long(long_clip, asks, journal)
    assert (report.described, report.requests) == (1, PIECES + 1)
    assert report.cost == pytest.approx(4 * ANSWER_COSTS)
    assert server.most_at_once == PIECES
    *pieces, summary = server.asked
    assert [len(asked.parts("image_url")) for asked in pieces] == [1] * PIECES
    heard = [asked.parts("input_audio")[0]["input_audio"]["data"] for asked in pieces]
    assert len(set(heard)) == PIECES
    assert all(asked.title == "title of long" for asked in server.asked)
    assert "data:image" not in json.dumps(summary.body)
    assert summary.texts.count("<piece>\nSeen a piece.") == PIECES
    entry = journal.descriptions()["long"]
    assert entry.usage.requests == PIECES + 1
    assert (entry.usage.prompt_tokens, entry.usage.completion_tokens) == (4000, 200)
    assert entry.facets.summary == "Seen whole."
    assert entry.facets.on_screen_text == ["GO"]
    starts = [moment.start for moment in entry.facets.moments]
    assert starts == pytest.approx([0.5, 2.5, 4.5], abs=0.1)
    assert describe_long(long_clip, asks, journal).already_done == 1


def test_pieces_keep_to_the_budget_and_none_is_paid_for_twice(long_clip, server, journal):
    server.usual = of_pieces
    roomy = priced(server, in_flight=PIECES)
    first = describe_long(long_clip, roomy, journal, budget=5 * ANSWER_COSTS)
    assert len(server.asked) * ANSWER_COSTS <= 5 * ANSWER_COSTS
    assert 0 < len(server.asked) < PIECES + 1
    assert (first.described, len(first.failed)) == (0, 1)
    assert "the budget is used up" in first.failed[0][1]
    assert first.cost == pytest.approx(len(server.asked) * ANSWER_COSTS)
    second = describe_long(long_clip, priced(server), journal, budget=1.0)
    assert (second.described, second.failed) == (1, [])
    assert len(server.asked) == PIECES + 1
    assert journal.spent() == (pytest.approx(4 * ANSWER_COSTS), 0)


@pytest.fixture
def still_clip(tmp_path) -> ItemFile:
    black = [np.zeros((120, 160, 3), np.uint8)]
    path = make_clip(tmp_path / "still.mp4", seconds=6, pictures=black, sound=False)
    return ItemFile("still", path)


def test_pieces_that_look_the_same_are_one_question_and_paid_for_once(still_clip, server, journal):
    server.usual = lambda asked: replace(of_pieces(asked), delay=0.2)
    report = describe_long(still_clip, priced(server, in_flight=PIECES), journal)
    assert (report.described, report.requests) == (1, 2)
    assert len(server.asked) == 2
    starts = [moment.start for moment in journal.descriptions()["still"].facets.moments]
    assert starts == pytest.approx([0.5, 2.5, 4.5], abs=0.1)


def test_what_failed_is_not_asked_again_by_the_pieces_that_waited_for_it(
    still_clip, server, journal
):
    server.usual = lambda asked: Reply(status=500, body={}, delay=0.2)
    asks = asker(server, in_flight=PIECES, retries=1)
    first = describe_long(still_clip, asks, journal)
    assert (first.described, first.requests, len(server.asked)) == (0, 2, 2)
    server.usual = of_pieces
    assert describe_long(still_clip, asks, journal).described == 1


class Twice(Recorder):
    """Takes two requests of price 1 for a video, the second once all have had their first."""

    def __init__(self, in_flight: int) -> None:
        super().__init__(in_flight=in_flight)
        self.together = threading.Barrier(in_flight, timeout=60)

    def start(self, account) -> None:
        self.account = account

    def stop(self) -> None:
        pass

    def has_price(self) -> bool:
        return True

    def price_of(self, tokens) -> float:
        return 1.0

    def likely_tokens(self, video):
        raise AssertionError("only a dry run asks for it")

    def pay(self, item_id: str) -> None:
        self.account.ended(item_id, self.account.sending(item_id, lambda: 1.0), 1.0, 0.0)

    def describe(self, videos):
        (video,) = videos
        self.pay(video.item_id)
        self.together.wait()
        try:
            self.pay(video.item_id)
        except NotSent as error:
            return [Failure(video.item_id, str(error), usage=Usage(cost=1.0, requests=1))]
        return super().describe(videos)


def test_videos_that_the_end_of_the_budget_cuts_off_are_no_streak_of_failures(clips, journal):
    report = describe(clips(12), Twice(10), journal, budget=10)
    assert (report.described, len(report.failed), report.left) == (0, 10, 2)
    assert report.cost == 10


def test_after_a_failure_only_what_failed_is_asked_again(long_clip, server, journal):
    server.usual = of_pieces
    server.replies.append(Reply(status=500, body={}))
    first = describe_long(long_clip, asker(server, in_flight=1), journal)
    assert (first.described, first.requests) == (0, PIECES)
    second = describe_long(long_clip, asker(server), journal)
    assert (second.described, second.requests) == (1, 2)
    assert journal.descriptions()["long"].facets.summary == "Seen whole."


def test_a_killed_job_pays_for_no_piece_twice(long_clip, server, tmp_path):
    def usual(asked):
        reply = of_pieces(asked)
        return Reply(reply.body, delay=60) if "described in" in asked.texts else reply

    server.usual = usual
    process = child(tmp_path, server, segment_seconds=2, prompt_price=2.0)
    wait_for(lambda: len(server.asked) == PIECES + 1, process)
    process.kill()
    process.communicate()
    server.usual = of_pieces
    process = child(tmp_path, server, segment_seconds=2)
    out, errors = process.communicate(timeout=60)
    assert out.strip() == "[1, 0, []]", errors
    assert len(server.asked) == PIECES + 2
    assert "described in 3 pieces" in server.asked[-1].texts
    with Journal(tmp_path / "journal.sqlite") as journal:
        killed, done = journal.attempts()
        assert (killed.state, killed.usage.requests) == ("begun", PIECES + 1)
        assert killed.usage.cost == pytest.approx(PIECES * 1000 * 2.0 / 1e6)
        assert killed.possible_cost > 0
        assert (done.state, done.usage.requests) == ("described", 1)


def test_a_long_video_takes_the_room_of_its_pieces(clips, journal):
    """Nine pieces each, where there is room for six videos of one piece."""
    held: list[int] = []

    class Slow(Recorder):
        def describe(self, videos):
            gc.collect()
            media = [thing for thing in gc.get_objects() if isinstance(thing, Media)]
            held.append(sum(one.manifest.segments == 9 for one in media))
            return super().describe(videos)

    long = MediaSettings(count=1, segment_seconds=1 / 9)
    items = clips(16)
    describer = Slow(batch_size=4, in_flight=1)
    report = describe_items(items, describer, long, journal, progress=quiet)
    assert (report.described, report.failed) == (16, [])
    # The first few are decoded before anybody knows that they are long.
    assert max(held[-4:]) <= 3
