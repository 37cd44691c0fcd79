"""Who is told of each request before it is sent, and what a describer that costs money offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from seesay.describe.base import Video
from seesay.describe.kept import Kept
from seesay.describe.tokens import Tokens


class Account(Protocol):
    """Whom a describer tells of every single request."""

    def sending(self, item_id: str, most: Callable[[], float]) -> float:
        """Return what was put aside, once the request is on the disk and may be sent.

        Args:
            most: the most that it can cost.

        Raises:
            NotSent: it must not be sent.
        """
        ...

    def unsent(self, item_id: str, reserved: float) -> None:
        """Take note that a request stayed here after all."""
        ...

    def ended(
        self,
        item_id: str,
        reserved: float,
        cost: float,
        possible: float,
        tokens: tuple[int, int] = (0, 0),
    ) -> None:
        """Take note of what it cost, and of what it may have cost beyond that.

        Args:
            tokens: of the prompt and of the answer.
        """
        ...

    def recall(self, key: str) -> Kept | None:
        """Return an answer that was kept, in this run or before."""
        ...

    def keep(self, item_id: str, key: str, answer: Kept) -> None:
        """Keep one of the answers that an item takes, so that it is not paid for again."""
        ...

    def rates(self, model: str) -> Tokens:
        """Return how many times the tokens of the rules a model has taken at most, at least 1."""
        ...

    def raise_rates(self, model: str, rates: Tokens) -> None:
        """Remember that for the runs to come."""
        ...


class NoAccount:
    """The account of a describer that is used by itself, outside of a run."""

    def sending(self, item_id: str, most: Callable[[], float]) -> float:
        """Let everything through."""
        return 0.0

    def unsent(self, item_id: str, reserved: float) -> None:
        """Forget it."""

    def ended(
        self,
        item_id: str,
        reserved: float,
        cost: float,
        possible: float,
        tokens: tuple[int, int] = (0, 0),
    ) -> None:
        """Forget it."""

    def recall(self, key: str) -> Kept | None:
        """Know nothing."""
        return None

    def keep(self, item_id: str, key: str, answer: Kept) -> None:
        """Forget it."""

    def rates(self, model: str) -> Tokens:
        """Trust the rules."""
        return Tokens(1.0, 1.0)

    def raise_rates(self, model: str, rates: Tokens) -> None:
        """Forget it."""


@runtime_checkable
class PaidDescriber(Protocol):
    """A describer that asks an endpoint: it tells of each request, and can be held back."""

    def start(self, account: Account) -> None:
        """Begin a run that is told of every request."""
        ...

    def stop(self) -> None:
        """Send nothing more in this run; what waits raises `NotSent`."""
        ...

    def has_price(self) -> bool:
        """Say whether the prices of its model are known."""
        ...

    def price_of(self, tokens: Tokens) -> float:
        """Return what so many tokens cost."""
        ...

    def likely_tokens(self, video: Video) -> Tokens:
        """Return what describing a video will take, as a guess."""
        ...
