"""Money that a run may spend: put aside before a request is sent, settled when it has ended."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pydantic import Field

from seesay.core.settings import Section
from seesay.describe.pace import NotSent, Stopped

TOKENS = 1e6


class Price(Section):
    """The price of a million tokens, in your own unit of money."""

    prompt: float = Field(default=0.0, ge=0)
    completion: float = Field(default=0.0, ge=0)

    def of(self, prompt_tokens: float, completion_tokens: float) -> float:
        """Return what so many tokens cost."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / TOKENS


class BudgetSpent(NotSent):
    """The next request does not fit into what is left of the budget."""


class Budget:
    """Never lets more be spent than its limit, however many requests are in flight.

    A request must be covered by what is left after all that was spent, all that may have been
    spent, and the most that each request on its way may still cost. Where it is not, but what is
    put aside for the others may come back, it waits.
    """

    def __init__(self, limit: float | None, spent: float = 0.0) -> None:
        """Begin with what was spent before; no limit means that nothing is held back."""
        self.limit = limit
        self.spent = spent
        self.over = False
        self._aside: list[float] = []
        self._proven = False
        self._stopped = False
        self._changed = threading.Condition()

    def reserve(self, most: Callable[[], float]) -> float:
        """Put aside the most that a request can cost, and return that.

        Until one has come back with its price, each goes alone. What it turns out to cost tells
        whether `most` counts the tokens of this model right; it is asked again after every wait.

        Raises:
            BudgetSpent: it does not fit.
            Stopped: the run is ending.
        """
        with self._changed:
            while True:
                if self._stopped:
                    raise Stopped("the run is ending")
                amount = most()
                if self.limit is None:
                    break
                if self.over:
                    raise BudgetSpent("the budget is used up")
                fits = self.spent + sum(self._aside) + amount <= self.limit
                if fits and (self._proven or not self._aside):
                    break
                if not self._aside:
                    self.over = True
                    self._changed.notify_all()
                    raise BudgetSpent("the budget is used up")
                self._changed.wait()
            self._aside.append(amount)
            return amount

    def settle(self, reserved: float, cost: float, proven: bool = False) -> None:
        """Take what was put aside back, and count what the request did or may have cost.

        Args:
            proven: the endpoint said what it cost.
        """
        with self._changed:
            self._aside.remove(reserved)
            self.spent += cost
            self._proven = self._proven or proven
            self._changed.notify_all()

    def stop(self) -> None:
        """Let nothing more be sent; those who wait get `Stopped`."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
