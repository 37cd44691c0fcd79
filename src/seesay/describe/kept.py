"""What the journal keeps besides attempts: single answers, and what a model's tokens cost."""

from __future__ import annotations

from dataclasses import dataclass

from seesay.describe.base import Usage
from seesay.describe.journal import Journal
from seesay.describe.journal_file import storable
from seesay.describe.tokens import Tokens


@dataclass(frozen=True)
class Kept:
    """An answer to one of the questions that an item takes: its words, and whether it was cut."""

    text: str
    cut: bool


def keep(journal: Journal, row: int, key: str, answer: Kept, usage: Usage, possible: float) -> None:
    """Keep one of the answers to an attempt at a long video, under a key of its own.

    Args:
        usage: of all answers to the attempt so far; `possible` is what may have been paid
            beyond its cost.
    """
    with journal.file.writing() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?)",
            (key, row, storable(answer.text), answer.cut),
        )
        connection.execute(
            "UPDATE attempts SET cost = ?, possible_cost = ?, prompt_tokens = ?,"
            " completion_tokens = ? WHERE id = ?",
            (usage.cost, possible, usage.prompt_tokens, usage.completion_tokens, row),
        )


def recall(journal: Journal, key: str) -> Kept | None:
    """Return the answer that was kept under a key."""
    rows = journal.file.read("SELECT response, cut FROM replies WHERE request_key = ?", (key,))
    return Kept(rows[0]["response"], bool(rows[0]["cut"])) if rows else None


def token_rates(journal: Journal, model: str) -> Tokens:
    """Return how many times the tokens of the rules a model has taken at most; 1 if it is new."""
    rows = journal.file.read("SELECT prompt, completion FROM token_rates WHERE model = ?", (model,))
    return Tokens(*rows[0]) if rows else Tokens(1.0, 1.0)


def raise_token_rates(journal: Journal, model: str, rates: Tokens) -> None:
    """Keep how many times the tokens of the rules a model has taken, where that is more."""
    with journal.file.writing() as connection:
        connection.execute(
            "INSERT INTO token_rates VALUES (?, ?, ?) ON CONFLICT (model) DO UPDATE SET"
            " prompt = max(prompt, excluded.prompt),"
            " completion = max(completion, excluded.completion)",
            (model, rates.prompt, rates.completion),
        )
