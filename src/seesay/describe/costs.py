"""What was spent, summed from the journal."""

from __future__ import annotations

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
    for row in journal.sums():
        costs.by_model.setdefault(row["model"] or row["describer"], Spent()).add(row)
        costs.by_day.setdefault(row["day"], Spent()).add(row)
        costs.total.add(row)
    return costs
