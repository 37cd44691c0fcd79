"""Money put aside and settled; figures by hand."""

from __future__ import annotations

import threading

import pytest

from seesay.describe.budget import Budget, BudgetSpent, Price
from seesay.describe.pace import Stopped


def test_a_price_is_of_a_million_tokens() -> None:
    price = Price(prompt=2.0, completion=10.0)
    assert price.of(1_000_000, 0) == 2.0
    assert price.of(500, 100) == pytest.approx(0.002)
    with pytest.raises(ValueError, match="greater than or equal"):
        Price(prompt=-1)


def test_without_a_limit_everything_fits() -> None:
    budget = Budget(None)
    assert [budget.reserve(lambda: 1e9) for _ in range(3)] == [1e9] * 3


def test_what_is_put_aside_counts_as_spent_until_it_is_settled() -> None:
    budget = Budget(10.0, spent=4.0)
    budget.settle(budget.reserve(lambda: 1.0), 1.0, proven=True)
    first = budget.reserve(lambda: 3.0)
    budget.reserve(lambda: 2.0)
    budget.settle(first, 0.5, proven=True)
    assert budget.reserve(lambda: 2.5) == 2.5
    assert budget.spent == 5.5


def test_what_does_not_fit_ends_it_for_all() -> None:
    budget = Budget(1.0)
    budget.settle(budget.reserve(lambda: 0.5), 0.5, proven=True)
    with pytest.raises(BudgetSpent):
        budget.reserve(lambda: 0.6)
    with pytest.raises(BudgetSpent):
        budget.reserve(lambda: 0.1)


def test_what_does_not_fit_yet_waits_for_what_comes_back() -> None:
    budget = Budget(1.0)
    budget.settle(budget.reserve(lambda: 0.1), 0.1, proven=True)
    aside = budget.reserve(lambda: 0.8)
    got: list[float] = []
    thread = threading.Thread(target=lambda: got.append(budget.reserve(lambda: 0.5)))
    thread.start()
    thread.join(0.1)
    assert got == []
    budget.settle(aside, 0.2, proven=True)
    thread.join(30)
    assert got == [0.5]


def test_the_first_goes_alone_and_its_price_corrects_the_next() -> None:
    budget = Budget(100.0)
    most = 1.0
    first = budget.reserve(lambda: most)
    got: list[float] = []
    thread = threading.Thread(target=lambda: got.append(budget.reserve(lambda: most)))
    thread.start()
    thread.join(0.1)
    assert got == []
    most = 7.0
    budget.settle(first, 7.0, proven=True)
    thread.join(30)
    assert got == [7.0]


def test_who_waits_is_told_when_the_run_ends() -> None:
    budget = Budget(1.0)
    budget.reserve(lambda: 1.0)
    told: list[str] = []

    def ask() -> None:
        try:
            budget.reserve(lambda: 1.0)
        except Stopped as error:
            told.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    budget.stop()
    thread.join(30)
    assert told == ["the run is ending"]


def test_64_threads_never_spend_more_than_there_is() -> None:
    budget = Budget(10.0)
    sent = []

    def ask() -> None:
        try:
            reserved = budget.reserve(lambda: 1.0)
        except BudgetSpent:
            return
        sent.append(0.3)
        budget.settle(reserved, 0.3, proven=True)

    threads = [threading.Thread(target=ask) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    # 30 times 0.3 leaves 1.0, which is enough for one more; 31 times leaves 0.7, which is not.
    assert len(sent) == 31
    assert budget.spent == pytest.approx(9.3)


def test_a_first_request_without_a_price_proves_nothing():
    budget = Budget(1.0)
    first = budget.reserve(lambda: 0.1)
    budget.settle(first, 0.0)
    budget.reserve(lambda: 0.1)
    waiting = threading.Thread(target=lambda: budget.reserve(lambda: 0.1), daemon=True)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    budget.settle(0.1, 0.1, proven=True)
    waiting.join(5)
    assert not waiting.is_alive()
