from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from seesay.core.errors import SeesayError
from seesay.describe.base import Description, Facets, Failure, Moment, Usage
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.describe.known_files import known_hash


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def attempt(item_id: str = "a", key: str = "k", describer: str = "openai") -> Attempt:
    return Attempt(key, item_id, describer, "model-x", "describe", "3")


def words(item_id: str = "a", text: str = "A cat.", **more) -> Description:
    return Description(item_id, text, Facets(summary=text), '{"summary": "..."}', **more)


def test_a_description_comes_back_whole(journal):
    facets = Facets(
        summary="Ein Käfer 🪲", actions=["crawls"], moments=[Moment(start=0, end=1, what="x")]
    )
    usage = Usage(10, 20, 0.5, 2)
    before = time.time()
    rows = journal.begin([attempt()])
    journal.finish(rows, [Description("a", "Ein Käfer 🪲", facets, "raw\x00words", usage, "why")])
    entry = journal.descriptions()["a"]
    assert entry.attempt == attempt()
    assert entry.facets == facets
    assert (entry.text, entry.response, entry.error) == ("Ein Käfer 🪲", "raw\x00words", "why")
    assert entry.usage == usage
    assert before <= entry.started <= entry.finished <= time.time()
    assert entry.state == "described"


def test_half_a_character_from_a_model_is_stored_as_a_mark(journal):
    broken = "cat \ud83d"
    journal.record(attempt(), Description("a", broken, Facets(summary=broken), broken))
    entry = journal.descriptions()["a"]
    assert entry.text == entry.response == entry.facets.summary == "cat ?"


def test_every_attempt_is_kept(journal):
    journal.record(attempt(), Failure("a", "timeout", usage=Usage(requests=4), raw="<html>"))
    journal.begin([attempt()])
    journal.record(attempt(), words())
    states = [(entry.state, entry.error) for entry in journal.attempts(["a"])]
    assert states == [("failed", "timeout"), ("begun", ""), ("described", "")]
    first = journal.attempts()[0]
    assert (first.response, first.usage.requests, first.facets) == ("<html>", 4, None)


def test_only_a_description_makes_a_key_done(journal):
    journal.record(attempt(key="failed"), Failure("a", "no"))
    journal.begin([attempt(key="begun")])
    journal.record(attempt(key="described"), words())
    assert journal.done(["failed", "begun", "described", "never"]) == {"described"}
    assert journal.done([]) == set()
    assert journal.done(f"{number}" for number in range(100_000)) == set()


def test_the_newest_success_of_an_item_wins(journal):
    journal.record(attempt(key="k1"), words(text="first"))
    journal.record(attempt(key="k2"), words(text="second"))
    journal.record(attempt(key="k3"), Failure("a", "no"))
    journal.record(attempt("b", "k4", "perception"), words("b", "other"))
    journal.record(attempt("a", "k5", "perception"), words("a", "third"))
    texts = {item: entry.text for item, entry in journal.descriptions().items()}
    assert texts == {"a": "third", "b": "other"}
    by_openai = journal.descriptions(describer="openai")
    assert {item: entry.text for item, entry in by_openai.items()} == {"a": "second"}
    assert set(journal.descriptions(["b", "c"])) == {"b"}
    assert journal.descriptions([]) == {}
    assert journal.current_keys("openai") == {"a": "k2"}
    assert journal.current_keys() == {"a": "k5", "b": "k4"}


def test_failures_are_those_that_nothing_later_mended(journal):
    journal.record(attempt("a"), Failure("a", "first"))
    journal.record(attempt("a"), words())
    journal.record(attempt("b"), words("b"))
    journal.record(attempt("b"), Failure("b", "later"))
    journal.record(attempt("c"), Failure("c", "old"))
    journal.record(attempt("c"), Failure("c", "new"))
    journal.begin([attempt("c")])
    assert [(entry.item_id, entry.error) for entry in journal.failures()] == [
        ("b", "later"),
        ("c", "new"),
    ]
    assert journal.failures("perception") == []


def test_a_copy_has_the_words_and_costs_nothing(journal):
    assert journal.copy(attempt("b")) is False
    journal.record(attempt("a"), words(usage=Usage(9, 9, 9.0, 9), error="raw"))
    assert journal.copy(attempt("b")) is True
    assert journal.copy(attempt("c")) is True
    entry = journal.descriptions()["c"]
    paid = journal.descriptions()["a"]
    assert (entry.text, entry.facets, entry.error) == (paid.text, paid.facets, "raw")
    assert entry.usage == Usage()
    assert entry.copied_from == paid.id


def test_words_can_be_copied_from_another_request(journal):
    journal.record(attempt("a", "ka"), words("a"))
    assert journal.copy(attempt("b", "kb"), key="nobody's") is False
    assert journal.copy(attempt("b", "kb"), key="ka") is True
    entry = journal.descriptions()["b"]
    assert (entry.text, entry.attempt.request_key) == ("A cat.", "kb")
    assert journal.done(["kb"]) == {"kb"}


def test_an_item_has_a_text_of_each_kind(journal):
    for kind in ("both", "video", "audio"):
        journal.record(replace(attempt(key=kind), kind=kind), words(text=f"{kind} 1"))
    journal.record(replace(attempt(key="video 2"), kind="video"), words(text="video 2"))
    journal.record(replace(attempt(key="audio 2"), kind="audio"), Failure("a", "deaf"))
    found = {kind: journal.descriptions(kind=kind)["a"].text for kind in ("both", "video", "audio")}
    assert found == {"both": "both 1", "video": "video 2", "audio": "audio 1"}
    assert journal.current_keys(kind="video") == {"a": "video 2"}
    assert journal.current_keys() == {"a": "both"}
    assert [entry.attempt.kind for entry in journal.failures()] == ["audio"]
    assert journal.copy(replace(attempt("b", "video 2"), kind="audio")) is False


def test_whether_a_failure_may_be_tried_again_and_whether_there_is_sound_are_kept(journal):
    journal.record(replace(attempt("a"), sound=False), Failure("a", "no video", retry=False))
    journal.record(replace(attempt("b"), sound=True), Failure("b", "time-out"))
    assert [(e.retry, e.attempt.sound) for e in journal.failures()] == [
        (False, False),
        (True, True),
    ]
    journal.record(replace(attempt("c"), sound=True), words("c"))
    journal.copy(attempt("d"))
    entry = journal.descriptions()["d"]
    assert (entry.retry, entry.attempt.sound) == (True, True)


def test_a_trial_is_kept_but_is_not_what_the_item_is_described_by(journal):
    journal.record(attempt(key="earnest"), words(text="earnest"))
    before = journal.last_row()
    journal.record(replace(attempt(key="try"), trial=True), words(text="tried"))
    journal.record(replace(attempt("b", "bad"), trial=True), Failure("b", "no"))
    assert journal.descriptions()["a"].text == "earnest"
    assert journal.current_keys() == {"a": "earnest"}
    assert journal.failures() == []
    assert [(e.item_id, e.state) for e in journal.trials(before)] == [
        ("a", "described"),
        ("b", "failed"),
    ]
    assert journal.copy(attempt(key="try")) is True
    assert journal.descriptions()["a"].text == "tried"
    assert journal.trials(0)[0].attempt.trial


def test_a_batch_is_recorded_as_a_whole_or_not_at_all(journal):
    rows = journal.begin([attempt("a"), attempt("b")])
    with pytest.raises(ValueError, match="not begun"):
        journal.finish([rows[0], 99], [words("a"), words("b")])
    assert [entry.state for entry in journal.attempts()] == ["begun", "begun"]
    journal.finish(rows, [words("a"), Failure("b", "no")])
    with pytest.raises(ValueError, match="has ended"):
        journal.finish(rows, [words("a"), words("b")])
    assert [entry.state for entry in journal.attempts()] == ["described", "failed"]


def test_what_is_recorded_is_there_for_another_process(journal):
    journal.record(attempt(), words())
    with Journal(journal.path) as other:
        assert other.descriptions()["a"].text == "A cat."


def test_threads_write_at_the_same_time(journal):
    def write(thread: int) -> None:
        for number in range(20):
            name = f"{thread}-{number}"
            journal.finish(journal.begin([attempt(name, name)]), [words(name, name)])

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = journal.descriptions()
    assert len(found) == 120
    assert all(entry.text == item for item, entry in found.items())


WRITER = """
import sys
from pathlib import Path
from seesay.describe.base import Description, Facets
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.describe.known_files import known_hash
name, count = sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
with Journal(Path(sys.argv[1])) as journal:
    for number in range(count):
        item = f"{name}-{number}"
        rows = journal.begin([Attempt(item, item, "openai")])
        journal.finish(rows, [Description(item, item, Facets(summary=item), "")])
        print(item, flush=True)
"""


def writer(path, name: str, count: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def test_processes_open_a_new_journal_and_write_at_the_same_time(tmp_path):
    path = tmp_path / "journal.sqlite"
    processes = [writer(path, name, 25) for name in "abc"]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    with Journal(path) as journal:
        assert len(journal.descriptions()) == 75


def test_what_was_acknowledged_survives_a_kill(tmp_path):
    path = tmp_path / "journal.sqlite"
    luck = random.Random(5)
    told = []
    for turn in range(3):
        process = writer(path, f"turn{turn}", 100_000)
        process.stdin.write("go\n")
        process.stdin.flush()
        told += [process.stdout.readline().strip() for _ in range(luck.randrange(1, 60))]
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = process.communicate(timeout=60)
        told += [line for line in rest.split("\n")[:-1] if line]
    with Journal(path) as journal:
        found = journal.descriptions()
        assert set(told) <= set(found)
        assert all(entry.text == item == entry.facets.summary for item, entry in found.items())
        begun = [entry for entry in journal.attempts() if entry.state == "begun"]
        assert len(begun) <= 3
    integrity = sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone()
    assert integrity == ("ok",)


def test_one_run_at_a_time_for_one_describer(journal):
    with Journal(journal.path) as other, journal.only_run("openai"):
        with pytest.raises(SeesayError, match="Another run"), other.only_run("openai"):
            pass
        with other.only_run("perception"):
            pass
    with Journal(journal.path) as other, other.only_run("openai"):
        pass


def test_a_text_file_is_no_journal(tmp_path):
    path = tmp_path / "journal.sqlite"
    path.write_text("item_id,text\n" * 1000)
    with pytest.raises(SeesayError, match="no journal of seesay"):
        Journal(path)
    assert path.read_text().startswith("item_id,text")


def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "journal.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE attempts (id)")
    before = path.read_bytes()
    with pytest.raises(SeesayError, match="not a journal of seesay"):
        Journal(path)
    assert path.read_bytes() == before


def test_a_journal_of_a_later_version_is_refused(journal):
    with sqlite3.connect(journal.path) as other:
        other.execute("PRAGMA user_version = 99")
    with pytest.raises(SeesayError, match="or a later one"):
        Journal(journal.path)


def test_a_journal_of_version_1_is_brought_up_to_date(tmp_path):
    path = tmp_path / "journal.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript((Path(__file__).parent / "journal_v1.sql").read_text())
    with Journal(path) as journal:
        first = journal.descriptions()
        assert {item: entry.text.split("\n")[0] for item, entry in first.items()} == {
            "a": "It may show a tabby.",
            "b": "A cat.",
        }
        assert {entry.attempt.kind for entry in journal.attempts()} == {"both"}
        assert [entry.state for entry in journal.attempts()] == [
            "failed",
            "described",
            "described",
            "begun",
            "described",
        ]
        assert first["b"].copied_from == 2
        assert journal.descriptions(describer="openai")["a"].usage == Usage(10, 20, 0.5, 2)
        assert known_hash(journal, "/videos/a.mp4", 5, 1000) == "abc"
        journal.record(
            replace(attempt("a", "k9"), kind="audio", sound=True), words(text="Purring.")
        )
    with Journal(path) as again:
        assert again.descriptions() == first
        assert again.descriptions(kind="audio")["a"].text == "Purring."
    new = tmp_path / "new.sqlite"
    Journal(new).close()
    assert columns(path) == columns(new)


def columns(path) -> dict[str, list]:
    with sqlite3.connect(path) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
        return {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in names}


def test_a_damaged_journal_says_so(tmp_path):
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        for number in range(200):
            journal.record(attempt(f"i{number}"), words(f"i{number}", "cat " * 200))
    content = path.read_bytes()
    path.write_bytes(content[:8192] + os.urandom(len(content) - 8192))
    with pytest.raises(SeesayError, match="is damaged"), Journal(path) as journal:
        journal.descriptions()


def test_a_journal_in_a_folder_that_is_not_there_says_so(tmp_path):
    with pytest.raises(SeesayError, match="See that the folder exists"):
        Journal(tmp_path / "none" / "journal.sqlite")


def test_an_empty_file_becomes_a_journal(tmp_path):
    path = tmp_path / "journal.sqlite"
    path.touch()
    with Journal(path) as journal:
        assert journal.attempts() == []
