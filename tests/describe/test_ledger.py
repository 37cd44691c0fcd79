"""What many threads have to say goes to the disk before they go on."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seesay.core.errors import SeesayError
from seesay.describe.base import Description, Facets, Failure, Usage
from seesay.describe.budget import Budget, BudgetSpent
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.describe.kept import Kept
from seesay.describe.ledger import Ledger


@pytest.fixture
def journal(tmp_path: Path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def attempt(name: str) -> Attempt:
    return Attempt(f"key of {name}", name, "openai", "m", "p", "1")


def description(name: str, usage: Usage) -> Description:
    return Description(name, "words", Facets(summary="words"), "words", usage)


def on_disk(journal: Journal) -> list[tuple[str, int, float]]:
    """What another process sees."""
    with sqlite3.connect(journal.path) as other:
        found = other.execute("SELECT state, requests, possible_cost FROM attempts ORDER BY id")
        return list(found)


def test_each_request_is_on_the_disk_before_it_is_sent(journal):
    ledger = Ledger(journal, Budget(None))
    ledger.open([attempt("a")])
    assert not ledger.was_sent("a")
    first = ledger.sending("a", lambda: 3.0)
    assert on_disk(journal) == [("begun", 1, 3.0)]
    ledger.ended("a", first, 0.0, first)
    second = ledger.sending("a", lambda: 2.0)
    assert on_disk(journal) == [("begun", 2, 5.0)]
    ledger.ended("a", second, 0.5, 0.0, (20, 10))
    third = ledger.sending("a", lambda: 1.0)
    assert on_disk(journal) == [("begun", 3, 4.0)]
    assert journal.spent() == (0.5, 4.0)
    # What a kill leaves behind has the tokens of the answers that had come.
    assert journal.attempts()[0].usage == Usage(20, 10, 0.5, 3)
    ledger.ended("a", third, 0.25, 0.0, (10, 5))
    assert ledger.spent_on("a") == Usage(30, 15, 0.75, 3)
    ledger.close([description("a", Usage(10, 5, 0.75, 3))])
    assert on_disk(journal) == [("described", 3, 3.0)]
    assert journal.spent() == (0.75, 3.0)
    assert ledger.budget.spent == 3.75


def test_requests_of_one_item_that_are_on_their_way_together_are_all_on_the_disk(journal):
    ledger = Ledger(journal, Budget(None))
    ledger.open([attempt("a")])
    names = ThreadPoolExecutor(8).map(lambda _: ledger.sending("a", lambda: 1.0), range(8))
    assert list(names) == [1.0] * 8
    assert on_disk(journal) == [("begun", 8, 8.0)]
    ledger.ended("a", 1.0, 0.25, 0.0)
    ledger.keep("a", "key", Kept("words", True))
    assert journal.spent() == (0.25, 7.0)
    assert ledger.recall("key") == Kept("words", True)
    assert ledger.recall("another") is None


def test_what_is_left_has_no_outcome_and_what_was_not_sent_no_row(journal):
    ledger = Ledger(journal, Budget(None))
    ledger.open([attempt("a"), attempt("b")])
    ledger.ended("a", ledger.sending("a", lambda: 3.0), 0.0, 0.0, (20, 10))
    ledger.unsent("b", ledger.sending("b", lambda: 3.0))
    assert (ledger.was_sent("a"), ledger.was_sent("b")) == (True, False)
    ledger.drop(["a", "b"])
    assert on_disk(journal) == [("begun", 1, 0.0)]
    assert journal.attempts()[0].usage == Usage(20, 10, 0.0, 1)
    assert ledger.budget.spent == 0


def test_what_does_not_fit_leaves_no_row(journal):
    ledger = Ledger(journal, Budget(1.0))
    ledger.open([attempt("a")])
    with pytest.raises(BudgetSpent):
        ledger.sending("a", lambda: 2.0)
    assert not ledger.was_sent("a")
    ledger.drop(["a"])
    assert on_disk(journal) == []


def test_an_item_for_which_nothing_was_sent_has_its_row_at_the_end(journal):
    ledger = Ledger(journal, Budget(None))
    ledger.open([attempt("a"), attempt("b")])
    ledger.begin(["b"])
    ledger.close([Failure("a", "no frame", retry=False), description("b", Usage())])
    assert sorted(on_disk(journal)) == [("described", 0, 0.0), ("failed", 0, 0.0)]
    assert [entry.retry for entry in journal.failures()] == [False]
    assert journal.given_up("openai") == {"key of a": "no frame"}
    assert journal.given_up("another") == {}


def test_64_threads_get_the_rows_of_their_own_items(journal):
    ledger = Ledger(journal, Budget(None))
    names = [f"v{number}" for number in range(64)]
    ledger.open([attempt(name) for name in names])

    def describe(name: str) -> None:
        cost = int(name[1:]) + 1.0
        ledger.ended(name, ledger.sending(name, lambda: cost), cost, 0.0)
        ledger.close([description(name, Usage(cost=cost, requests=1))])

    threads = [threading.Thread(target=describe, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = {entry.item_id: entry.usage.cost for entry in journal.attempts()}
    assert found == {name: int(name[1:]) + 1.0 for name in names}
    assert journal.spent() == (64 * 65 / 2, 0)


def test_a_disk_that_cannot_be_written_is_told_to_all_and_gives_the_money_back(journal):
    ledger = Ledger(journal, Budget(10.0))
    ledger.open([attempt("a"), attempt("b")])
    with sqlite3.connect(journal.path) as other:
        other.execute("DROP TABLE attempts")
    for name in ("a", "b"):
        with pytest.raises(SeesayError, match="cannot be used"):
            ledger.sending(name, lambda: 6.0)
    assert ledger.budget.spent == 0
