"""What was spent, summed from the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from seesay.describe.journal import Journal


@dataclass
class Spent:
    """Sums over attempts.

    Attributes:
        attempts: rows of the journal, but for words that were copied from another row.
        without_outcome: attempts that were begun and never ended, because the process was killed
            or is at work now; they may have been paid for.
        cost: what is known; the money in the unit of the price table.
        possible_cost: what may have been paid beyond that, at most: for attempts without an
            outcome and for requests whose answer never came whole.
    """

    attempts: int = 0
    described: int = 0
    failed: int = 0
    without_outcome: int = 0
    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    possible_cost: float = 0.0

    def add(self, row: dict[str, Any]) -> None:
        """Add the sums of some more attempts."""
        for name in asdict(self):
            setattr(self, name, getattr(self, name) + row[name])


@dataclass(frozen=True)
class Costs:
    """All that was spent, by model and by day (UTC)."""

    by_model: dict[str, Spent] = field(default_factory=dict)
    by_day: dict[str, Spent] = field(default_factory=dict)
    total: Spent = field(default_factory=Spent)

    def as_dict(self) -> dict[str, Any]:
        """Return the sums as JSON values."""
        return {
            "by_model": {name: asdict(spent) for name, spent in self.by_model.items()},
            "by_day": {day: asdict(spent) for day, spent in self.by_day.items()},
            "total": asdict(self.total),
        }


def sum_costs(journal: Journal) -> Costs:
    """Sum what a journal holds; a describer without a model stands under its own name."""
    costs = Costs()
    for row in _sums(journal):
        costs.by_model.setdefault(row["model"] or row["describer"], Spent()).add(row)
        costs.by_day.setdefault(row["day"], Spent()).add(row)
        costs.total.add(row)
    return costs


def averages(journal: Journal, keys: Iterable[str]) -> dict[str, float]:
    """Return for how many of some request keys there is a description, and the means of those.

    What was sent for one of them counts in all its attempts, for a description may have been made
    in several.
    """
    rows = journal.file.read(
        "SELECT count(*) AS count, coalesce(avg(prompt), 0) AS prompt_tokens,"
        " coalesce(avg(completion), 0) AS completion_tokens, coalesce(avg(took), 0) AS seconds"
        " FROM (SELECT sum(prompt_tokens) AS prompt, sum(completion_tokens) AS completion,"
        "  sum(finished - started) AS took FROM attempts WHERE copied_from IS NULL"
        "  AND request_key IN (SELECT value FROM json_each(?))"
        "  GROUP BY request_key HAVING max(state = 'described'))",
        (json.dumps(list(keys)),),
    )
    return dict(rows[0])


def _sums(journal: Journal) -> list[dict[str, Any]]:
    """Return what was spent on each day (UTC) with each describer and model, in order.

    Words that were copied from another row cost nothing and are left out.
    """
    rows = journal.file.read(
        "SELECT date(started, 'unixepoch') AS day, describer, model, count(*) AS attempts,"
        " sum(state = 'described') AS described, sum(state = 'failed') AS failed,"
        " sum(state = 'begun') AS without_outcome, sum(requests) AS requests,"
        " sum(prompt_tokens) AS prompt_tokens, sum(completion_tokens) AS completion_tokens,"
        " sum(cost) AS cost, sum(possible_cost) AS possible_cost FROM attempts"
        " WHERE copied_from IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        (),
    )
    return [dict(row) for row in rows]
