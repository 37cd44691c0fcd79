from __future__ import annotations

from pathlib import Path

import pytest

from seesay.describe.base import Usage
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.describe.kept import Kept, keep, raise_token_rates, recall, token_rates
from seesay.describe.tokens import Tokens


@pytest.fixture
def journal(tmp_path: Path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def test_an_answer_is_found_by_its_key_and_its_attempt_shows_the_cost(journal):
    (row,) = journal.begin([Attempt("key", "a", "openai")])
    keep(journal, row, "first", Kept("half a \ud83d", True), Usage(10, 5, 0.25), 0.5)
    keep(journal, row, "second", Kept("whole", False), Usage(30, 15, 0.75), 0.0)
    assert recall(journal, "first") == Kept("half a ?", True)
    assert recall(journal, "second") == Kept("whole", False)
    assert recall(journal, "third") is None
    (entry,) = journal.attempts()
    assert (entry.state, entry.usage, entry.possible_cost) == ("begun", Usage(30, 15, 0.75), 0.0)


def test_rates_only_rise_and_are_of_one_model(journal):
    assert token_rates(journal, "m") == Tokens(1.0, 1.0)
    raise_token_rates(journal, "m", Tokens(3.0, 1.0))
    raise_token_rates(journal, "m", Tokens(2.0, 1.5))
    assert token_rates(journal, "m") == Tokens(3.0, 1.5)
    assert token_rates(journal, "other") == Tokens(1.0, 1.0)
