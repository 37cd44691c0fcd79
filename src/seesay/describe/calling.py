"""Asking an endpoint in turn, again where that may help, with an account of every request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seesay.describe.base import Usage
from seesay.describe.budget import Price
from seesay.describe.endpoint import GARBLED, REFUSED, Endpoint, EndpointError
from seesay.describe.ledger import Account, NoAccount
from seesay.describe.pace import NotSent, Pace, Turn
from seesay.describe.server_answer import AnswerError, ServerAnswer, read_body, tokens_of
from seesay.describe.tokens import Tokens


@dataclass
class Bill:
    """What one description has cost so far."""

    item_id: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    requests: int = 0

    def usage(self) -> Usage:
        """Return it as the journal keeps it."""
        return Usage(self.prompt_tokens, self.completion_tokens, self.cost, self.requests)


class Caller:
    """Sends requests at the endpoint's pace; knows what they cost, and what they can cost."""

    def __init__(self, endpoint: Endpoint, pace: Pace, price: Price, retries: int) -> None:
        self.endpoint = endpoint
        self.pace = pace
        self.price = price
        self.retries = retries
        self._account: Account = NoAccount()
        self._dearer = 1.0

    def start(self, account: Account) -> None:
        """Begin a run."""
        self._account = account
        self.pace.start()

    def ask(self, request: dict[str, Any], most: Tokens, bill: Bill) -> ServerAnswer:
        """Send a request until it is answered, and put all that was sent on the bill.

        Args:
            most: what it takes at most, by rule.

        Raises:
            EndpointError: no answer came, or one without words.
            NotSent: it was held back, and nothing of it was sent before.
            SeesayError: the endpoint cannot be used at all.
        """
        failed: EndpointError | None = None
        not_before = 0.0
        for tries in range(1, self.retries + 2):
            try:
                with self.pace.turn(not_before) as turn:
                    return self._send(request, most, bill, turn)
            except NotSent:
                if failed is None:
                    raise
                break
            except EndpointError as error:
                failed = error
                if not error.fault.soon:
                    break
                not_before = self.pace.back_off(tries)
        assert failed is not None
        raise failed

    def _send(self, request: dict[str, Any], most: Tokens, bill: Bill, turn: Turn) -> ServerAnswer:
        reserved = self._account.sending(bill.item_id, lambda: self._most_cost(most))
        try:
            self.pace.hold()
        except NotSent:
            self._account.unsent(bill.item_id, reserved)
            raise
        cost, possible = 0.0, reserved
        try:
            body = self.endpoint.complete(request)
            bill.requests += 1
            cost, possible = self._charge(body, most, bill, reserved)
        except EndpointError as error:
            bill.requests += error.fault.sent
            possible = reserved if error.fault.paid else 0.0
            if error.fault.overload or error.fault.pause is not None:
                self.pace.overloaded(turn, error.fault.pause)
            raise
        finally:
            self._account.ended(bill.item_id, reserved, cost, possible)
        answer = _read(body)
        self.pace.went_well()
        return answer

    def _charge(
        self, body: bytes, most: Tokens, bill: Bill, reserved: float
    ) -> tuple[float, float]:
        """Return what a body says that it cost, and what it may have cost where it does not say."""
        prompt_tokens, completion_tokens = tokens_of(body)
        if not prompt_tokens + completion_tokens:
            return 0.0, reserved
        cost = self.price.of(prompt_tokens, completion_tokens)
        bill.prompt_tokens += prompt_tokens
        bill.completion_tokens += completion_tokens
        bill.cost += cost
        if cost:
            by_rule = self.price.of(most.prompt, most.completion)
            self._dearer = max(self._dearer, cost / by_rule)
        return cost, 0.0

    def _most_cost(self, most: Tokens) -> float:
        """Return the price by rule, raised by as much as the dearest answer was above its own."""
        return self.price.of(most.prompt, most.completion) * self._dearer


def _read(body: bytes) -> ServerAnswer:
    """Read a body that came with a status of success.

    Raises:
        EndpointError: it holds no words.
    """
    try:
        return read_body(body)
    except AnswerError as error:
        said = body[:10_000].decode("utf-8", "replace")
        raise EndpointError(str(error), REFUSED if error.final else GARBLED, said) from error
