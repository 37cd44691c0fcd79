"""One request after the other to a real server, with an account of each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from model_server import MODEL, ModelServer, Reply, completion, facets
from seesay.describe.api_key import ApiKey
from seesay.describe.base import Usage
from seesay.describe.budget import BudgetSpent, Price
from seesay.describe.calling import Bill, Caller, EndpointAwayError
from seesay.describe.endpoint import Endpoint, EndpointError
from seesay.describe.pace import Pace
from seesay.describe.tokens import Tokens

REQUEST: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
PRICE = Price(prompt=2.0, completion=10.0)
COST = (1000 * 2.0 + 50 * 10.0) / 1e6
# By rule it takes half of what the server says.
MOST = Tokens(500, 25)


class Notebook:
    """An account that writes down what it is told, and says no after some requests."""

    def __init__(self, requests: int = 99) -> None:
        self.left = requests
        self.put_aside: list[float] = []
        self.paid: list[tuple[float, float]] = []
        self.known = Tokens(1.0, 1.0)

    def sending(self, item_id: str, most: Any) -> float:
        if not self.left:
            raise BudgetSpent("the budget is used up")
        self.left -= 1
        self.put_aside.append(most())
        return self.put_aside[-1]

    def ended(
        self, item_id: str, reserved: float, cost: float, possible: float, tokens: tuple[int, int]
    ) -> None:
        self.paid.append((cost, possible))

    def rates(self, model: str) -> Tokens:
        return self.known

    def raise_rates(self, model: str, rates: Tokens) -> None:
        self.known = rates


@pytest.fixture
def server() -> Iterator[ModelServer]:
    running = ModelServer()
    yield running
    running.close()


def caller(server: ModelServer, account: Notebook, retries: int = 2, patience: float = 0) -> Caller:
    made = Caller(Endpoint(server.url, ApiKey("NO_KEY"), 30), Pace(2), PRICE, retries, patience)
    made.start(account, MODEL)
    return made


def test_what_an_answer_cost_corrects_what_the_next_is_thought_to_cost(server):
    book = Notebook()
    own = caller(server, book)
    for _ in range(2):
        own.ask(REQUEST, MOST, Bill("a"))
    assert book.put_aside == [pytest.approx(COST / 2), pytest.approx(COST)]
    assert book.paid == [(pytest.approx(COST), 0.0)] * 2


def test_what_a_run_has_learnt_is_known_to_the_next_from_its_first_request(server):
    book = Notebook()
    caller(server, book).ask(REQUEST, MOST, Bill("a"))
    assert book.known == Tokens(2.0, 2.0)
    caller(server, book).ask(REQUEST, MOST, Bill("a"))
    # By rule the prompt takes a tenth of what it does, and the answer twice as much as it does.
    other = Tokens(100, 100)
    caller(server, book).ask(REQUEST, other, Bill("a"))
    assert book.known == Tokens(10.0, 2.0)
    assert book.put_aside == [
        pytest.approx(COST / 2),
        pytest.approx(COST),
        pytest.approx((200 * 2.0 + 200 * 10.0) / 1e6),
    ]


def test_each_try_is_told_and_only_what_may_have_been_paid_is_unsure(server):
    server.replies += [
        Reply(status=429, body={}, headers={"Retry-After": "0.01"}),
        Reply(b"<html>"),
        Reply(completion(facets())),
    ]
    book, bill = Notebook(), Bill("a")
    caller(server, book).ask(REQUEST, MOST, bill)
    half = pytest.approx(COST / 2)
    assert book.paid == [(0.0, 0.0), (0.0, half), (pytest.approx(COST), 0.0)]
    assert bill.usage() == Usage(1000, 50, pytest.approx(COST), 3)


def test_what_is_held_back_after_a_fault_ends_with_the_fault(server):
    server.replies.append(Reply(status=500, body={}))
    with pytest.raises(EndpointError, match="HTTP 500"):
        caller(server, Notebook(1)).ask(REQUEST, MOST, Bill("a"))
    with pytest.raises(BudgetSpent):
        caller(server, Notebook(0)).ask(REQUEST, MOST, Bill("a"))
    assert len(server.asked) == 1


def test_an_answer_without_a_count_of_tokens_may_have_cost_the_most(server):
    body = completion(facets())
    del body["usage"]
    server.replies.append(Reply(body))
    book = Notebook()
    assert caller(server, book).ask(REQUEST, MOST, Bill("a")).prompt_tokens == 0
    assert book.paid == [(0.0, pytest.approx(COST / 2))]


def test_overload_slows_down_and_a_page_instead_of_json_does_not(server):
    own = caller(server, Notebook())
    server.replies.append(Reply(b"<html>"))
    own.ask(REQUEST, MOST, Bill("a"))
    assert own.pace.limit == 2
    server.replies.append(Reply(reset=True))
    own.ask(REQUEST, MOST, Bill("a"))
    # Halved to 1, and one more for the answer that came after it.
    assert own.pace.limit == 2
    server.replies.extend([Reply(status=503, body={})] * 3)
    with pytest.raises(EndpointError):
        own.ask(REQUEST, MOST, Bill("a"))
    assert own.pace.limit == 1


LOADING = Reply(status=503, body={"error": "loading"})


def test_a_server_that_starts_is_waited_for_and_no_try_is_lost(server, capsys):
    server.replies.extend([LOADING] * 3)
    book, bill = Notebook(), Bill("a")
    own = caller(server, book, retries=0, patience=60)
    assert own.ask(REQUEST, MOST, bill).prompt_tokens == 1000
    assert bill.requests == len(server.asked) == 4
    assert book.paid == [(0.0, 0.0)] * 3 + [(pytest.approx(COST), 0.0)]
    assert capsys.readouterr().err.count("waiting up to 60 s for the endpoint") == 1


def test_a_server_that_stays_away_ends_the_run_with_one_line(server):
    server.usual = lambda asked: LOADING
    with pytest.raises(EndpointAwayError) as caught:
        caller(server, Notebook(), retries=0, patience=0.5).ask(REQUEST, MOST, Bill("a"))
    assert "away for 0.5 s, at last with: HTTP 503" in caught.value.problem
    assert "goes on from here" in caught.value.remedy
    assert len(server.asked) >= 2


def test_who_waits_for_a_server_has_not_failed_when_the_run_ends(server):
    server.usual = lambda asked: Reply(status=503, body={}, headers={"Retry-After": "60"})
    own = caller(server, Notebook(), patience=300)
    told: list[Exception] = []

    def ask() -> None:
        try:
            own.ask(REQUEST, MOST, Bill("a"))
        except Exception as error:
            told.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not own._away_since:
        thread.join(0.01)
    own.pace.stop()
    thread.join(30)
    assert isinstance(told[0], EndpointAwayError)
