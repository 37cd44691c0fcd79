from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from seesay.describe.base import Description, Facets, Failure, Usage
from seesay.describe.costs import Costs, Spent, averages, sum_costs
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt, Finished, Sent

DAY = 86_400


@pytest.fixture
def journal(tmp_path: Path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def test_nothing_was_spent_in_a_new_journal(journal):
    assert sum_costs(journal) == Costs()


def test_sums_are_by_model_and_by_day(journal):
    def of(name: str, model: str, describer: str = "openai") -> Attempt:
        return Attempt(f"key {name}", name, describer, model)

    a, b, c, _ = journal.write(
        [
            Sent(of("a", "big"), 1, 0.9),
            Sent(of("b", "big"), 1, 0.9),
            Sent(of("c", "small"), 2, 0.5),
            Sent(of("d", "big"), 3, 0.7),
        ],
        [],
        [],
    )
    words = Description("a", "w", Facets(summary="w"), "w", Usage(100, 10, 0.25, 1))
    journal.write(
        [],
        [],
        [
            Finished(a, words, 0.0),
            Finished(b, Failure("b", "no", usage=Usage(50, 0, 0.125, 2)), 0.5),
            Finished(c, Failure("c", "no", usage=Usage(0, 0, 0.0, 2)), 0.0),
        ],
    )
    journal.record(of("e", "", "perception"), Failure("e", "no file"))
    assert journal.copy(of("twin", "big"), "key a")
    with sqlite3.connect(journal.path) as other:
        other.execute("UPDATE attempts SET started = ? WHERE item_id IN ('a', 'c')", (1.5 * DAY,))
        other.execute("UPDATE attempts SET started = ? WHERE item_id NOT IN ('a', 'c')", (9 * DAY,))
    costs = sum_costs(journal)
    assert costs.by_model == {
        "big": Spent(3, 1, 1, 1, 6, 150, 10, 0.375, 1.2),
        "small": Spent(1, 0, 1, 0, 2, 0, 0, 0.0, 0.0),
        "perception": Spent(1, 0, 1, 0, 0, 0, 0, 0.0, 0.0),
    }
    assert list(costs.by_day) == ["1970-01-02", "1970-01-10"]
    assert costs.by_day["1970-01-02"] == Spent(2, 1, 1, 0, 3, 100, 10, 0.25, 0.0)
    assert costs.total == Spent(5, 1, 3, 1, 8, 150, 10, 0.375, 1.2)
    assert costs.as_dict()["total"]["without_outcome"] == 1


def test_means_are_of_all_that_was_sent_for_a_description(journal):
    def attempt(key: str, outcome: Description | Failure) -> None:
        journal.record(Attempt(key, outcome.item_id, "openai"), outcome)

    def words(item: str, usage: Usage) -> Description:
        return Description(item, "w", Facets(summary="w"), "w", usage)

    # One in two attempts, one at once, one that never came, and one by other settings.
    attempt("key a", Failure("a", "no", usage=Usage(100, 10)))
    attempt("key a", words("a", Usage(200, 20)))
    attempt("key b", words("b", Usage(500, 50)))
    attempt("key c", Failure("c", "no", usage=Usage(900, 90)))
    attempt("key d", words("d", Usage(900, 90)))
    assert journal.copy(Attempt("key a", "twin", "openai"))
    found = averages(journal, ["key a", "key b", "key c"])
    assert (found["count"], found["prompt_tokens"], found["completion_tokens"]) == (2, 400, 40)
    assert averages(journal, [])["count"] == 0
