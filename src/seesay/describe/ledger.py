"""What a run writes down: each request before it is sent, each outcome when it has come."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from seesay.describe.base import Description, Failure, Usage
from seesay.describe.budget import Budget
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt, Finished, Sent
from seesay.describe.kept import Kept, keep, raise_token_rates, recall, token_rates
from seesay.describe.tokens import Tokens


@dataclass
class _Tab:
    """One item that is being described: its row in the journal, and what was sent for it.

    Attributes:
        aside: what is put aside for requests that are on their way.
        lock: held while its row is written, so that what is written last is the latest.
    """

    attempt: Attempt
    row: int | None = None
    requests: int = 0
    cost: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    possible: float = 0.0
    aside: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def usage(self) -> Usage:
        """Return what it has taken so far, as the journal keeps it."""
        return Usage(self.prompt_tokens, self.completion_tokens, self.cost, self.requests)


@dataclass
class _Entry:
    """What one thread wants written, and the numbers of the rows that were made for it."""

    begun: Sequence[Sent] = ()
    again: Sequence[tuple[int, Usage, float]] = ()
    ended: Sequence[Finished] = ()
    rows: list[int] = field(default_factory=list)
    done: bool = False
    error: BaseException | None = None


class Ledger:
    """Writes to the journal for many threads: what waits together goes into one transaction.

    A transaction ends when it is on the disk, which takes milliseconds; one for each request would
    be slower than the requests.
    """

    def __init__(self, journal: Journal, budget: Budget) -> None:
        self.journal = journal
        self.budget = budget
        self.possible = 0.0
        self._tabs: dict[str, _Tab] = {}
        self._waiting: deque[_Entry] = deque()
        self._turn = threading.Lock()
        self._sum = threading.Lock()

    def open(self, attempts: Sequence[Attempt]) -> None:
        """Expect requests for these items."""
        for attempt in attempts:
            self._tabs[attempt.item_id] = _Tab(attempt)

    def begin(self, item_ids: Sequence[str]) -> None:
        """Write down that items are being described by something that costs no money."""
        tabs = [self._tabs[item_id] for item_id in item_ids]
        rows = self._write(_Entry(begun=[Sent(tab.attempt, 0, 0.0) for tab in tabs]))
        for tab, row in zip(tabs, rows, strict=True):
            tab.row = row

    def sending(self, item_id: str, most: Callable[[], float]) -> float:
        """Put the money for one request aside and write the request down; see `Account`."""
        tab = self._tabs[item_id]
        reserved = self.budget.reserve(most)
        try:
            with tab.lock:
                if tab.row is None:
                    tab.row = self._write(_Entry(begun=[Sent(tab.attempt, 1, reserved)]))[0]
                else:
                    possible = tab.possible + tab.aside + reserved
                    self._write(_Entry(again=[(tab.row, tab.usage(), possible)]))
                tab.aside += reserved
                tab.requests += 1
        except BaseException:
            self.budget.settle(reserved, 0.0)
            raise
        return reserved

    def unsent(self, item_id: str, reserved: float) -> None:
        """Give back what was put aside; see `Account`."""
        tab = self._tabs[item_id]
        with tab.lock:
            tab.aside -= reserved
            tab.requests -= 1
        self.budget.settle(reserved, 0.0)

    def ended(
        self,
        item_id: str,
        reserved: float,
        cost: float,
        possible: float,
        tokens: tuple[int, int] = (0, 0),
    ) -> None:
        """Settle one request; see `Account`."""
        tab = self._tabs[item_id]
        with tab.lock:
            tab.aside -= reserved
            tab.cost += cost
            tab.prompt_tokens += tokens[0]
            tab.completion_tokens += tokens[1]
            tab.possible += possible
        with self._sum:
            self.possible += possible
        self.budget.settle(reserved, cost + possible, proven=cost > 0)

    def recall(self, key: str) -> Kept | None:
        """Look an answer up in the journal; see `Account`."""
        return recall(self.journal, key)

    def keep(self, item_id: str, key: str, answer: Kept) -> None:
        """Write an answer into the journal; see `Account`."""
        tab = self._tabs[item_id]
        with tab.lock:
            possible = tab.possible + tab.aside
            keep(self.journal, tab.row or 0, key, answer, tab.usage(), possible)

    def rates(self, model: str) -> Tokens:
        """Read it from the journal; see `Account`."""
        return token_rates(self.journal, model)

    def raise_rates(self, model: str, rates: Tokens) -> None:
        """Write it into the journal; see `Account`."""
        raise_token_rates(self.journal, model, rates)

    def was_sent(self, item_id: str) -> bool:
        """Say whether any request for this item has left."""
        return self._tabs[item_id].requests > 0

    def spent_on(self, item_id: str) -> Usage:
        """Return what was sent for an item so far, for an outcome that cannot tell."""
        return self._tabs[item_id].usage()

    def close(self, outcomes: Sequence[Description | Failure]) -> None:
        """Write down how items ended; those of which nothing was sent get their row now."""
        tabs = [self._tabs.pop(outcome.item_id) for outcome in outcomes]
        unsent = [tab for tab in tabs if tab.row is None]
        if unsent:
            rows = self._write(_Entry(begun=[Sent(tab.attempt, 0, 0.0) for tab in unsent]))
            for tab, row in zip(unsent, rows, strict=True):
                tab.row = row
        pairs = zip(tabs, outcomes, strict=True)
        ended = [Finished(tab.row or 0, outcome, tab.possible) for tab, outcome in pairs]
        self._write(_Entry(ended=ended))

    def drop(self, item_ids: Sequence[str]) -> None:
        """Let items be as if they had not begun, but for what was sent for them."""
        tabs = [self._tabs.pop(item_id) for item_id in item_ids]
        for tab in tabs:
            if tab.row is not None:
                self.journal.leave(tab.row, tab.usage(), tab.possible)

    def _write(self, entry: _Entry) -> list[int]:
        """Have an entry written by whoever is first, together with all that wait meanwhile."""
        self._waiting.append(entry)
        with self._turn:
            if not entry.done:
                together = [self._waiting.popleft() for _ in range(len(self._waiting))]
                self._write_all(together)
        if entry.error:
            raise entry.error
        return entry.rows

    def _write_all(self, together: Sequence[_Entry]) -> None:
        try:
            rows = iter(
                self.journal.write(
                    [sent for entry in together for sent in entry.begun],
                    [more for entry in together for more in entry.again],
                    [ended for entry in together for ended in entry.ended],
                )
            )
            for entry in together:
                entry.rows = [next(rows) for _ in entry.begun]
        except BaseException as error:
            for entry in together:
                entry.error = error
            raise
        finally:
            for entry in together:
                entry.done = True
