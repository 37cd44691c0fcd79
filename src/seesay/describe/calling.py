"""Asking an endpoint in turn, again where that may help, with an account of every request."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from seesay.core.errors import SeesayError
from seesay.core.progress import say
from seesay.describe.account import Account, NoAccount
from seesay.describe.base import Usage
from seesay.describe.budget import Price
from seesay.describe.endpoint import GARBLED, REFUSED, Endpoint, EndpointError, Fault
from seesay.describe.kept import Kept
from seesay.describe.pace import NotSent, Pace, Turn
from seesay.describe.server_answer import AnswerError, ServerAnswer, read_body, tokens_of
from seesay.describe.tokens import Tokens


@dataclass
class Bill:
    """What one description has cost so far, and the last words that came."""

    item_id: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    requests: int = 0
    said: str = ""

    def add(self, other: Bill) -> None:
        """Take over what a part of it has cost."""
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.cost += other.cost
        self.requests += other.requests
        self.said = other.said or self.said

    def usage(self) -> Usage:
        """Return it as the journal keeps it."""
        return Usage(self.prompt_tokens, self.completion_tokens, self.cost, self.requests)


@dataclass
class _Hand:
    """One question that several ask at the same time, and how it failed for the first of them."""

    users: int = 0
    failed: tuple[str, Fault, str] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class EndpointAwayError(SeesayError):
    """The endpoint is starting or cannot be reached; no request has failed by its own fault."""


class Caller:
    """Sends requests at the endpoint's pace; knows what they cost, and what they can cost."""

    def __init__(
        self, endpoint: Endpoint, pace: Pace, price: Price, retries: int, patience: float
    ) -> None:
        """Ask an endpoint.

        Args:
            retries: how often a request is sent again after a fault that may pass.
            patience: for how many seconds it may be away, which is no fault of a request.
        """
        self.endpoint = endpoint
        self.pace = pace
        self.price = price
        self.retries = retries
        self.patience = patience
        self._account: Account = NoAccount()
        self._rates = Tokens(1.0, 1.0)
        self._lock = threading.Lock()
        self._hands: dict[str, _Hand] = {}
        self._away_since: float | None = None
        self._answered = False

    def start(self, account: Account, model: str) -> None:
        """Begin a run; what earlier ones have learnt of a model's tokens is known to it."""
        self._account = account
        self._rates = account.rates(model)
        self._away_since = None
        self.pace.start()

    def ask(self, request: dict[str, Any], most: Tokens, bill: Bill, key: str = "") -> ServerAnswer:
        """Send a request until it is answered, and put all that was sent on the bill.

        Args:
            most: what it takes at most, by rule.
            key: under which the answer is kept, and found again where it was kept before.

        Raises:
            EndpointError: no answer came, or one without words.
            NotSent: it was held back, and nothing of it was sent before.
            SeesayError: the endpoint cannot be used at all.
        """
        if not key:
            return self._until_answered(request, most, bill)
        with self._in_hand(key) as hand:
            if hand.failed:
                raise EndpointError(*hand.failed)
            if kept := self._account.recall(key):
                return ServerAnswer(kept.text, 0, 0, kept.cut)
            try:
                answer = self._until_answered(request, most, bill)
            except EndpointError as error:
                hand.failed = (error.reason, error.fault, error.body)
                raise
            self._account.keep(bill.item_id, key, Kept(answer.text, answer.cut))
            return answer

    @contextmanager
    def _in_hand(self, key: str) -> Iterator[_Hand]:
        """Let one after the other ask a question, as pieces do in which nothing moves."""
        with self._lock:
            hand = self._hands.setdefault(key, _Hand())
            hand.users += 1
        try:
            with hand.lock:
                yield hand
        finally:
            with self._lock:
                hand.users -= 1
                if not hand.users:
                    del self._hands[key]

    def _until_answered(self, request: dict[str, Any], most: Tokens, bill: Bill) -> ServerAnswer:
        failed: EndpointError | None = None
        not_before, tries, waits = 0.0, 0, 0
        while tries <= self.retries:
            try:
                with self.pace.turn(not_before) as turn:
                    return self._send(request, most, bill, turn)
            except NotSent:
                if failed is None:
                    raise
                self._refuse_to_fail(failed)
                break
            except EndpointError as error:
                failed = error
                if self._is_waited_for(error):
                    waits += 1
                elif error.fault.soon:
                    tries += 1
                else:
                    break
                not_before = self.pace.back_off(tries + waits)
        assert failed is not None
        raise failed

    def _is_waited_for(self, error: EndpointError) -> bool:
        """Say whether an endpoint is away and may come back, so that this is no failed try.

        Raises:
            EndpointAwayError: it has been away for too long.
            SeesayError: the key is refused, so that no other request can do better.
        """
        fault = error.fault
        # Some have a 403 for what they see in a video, once the key has been taken.
        if fault.status == 401 or (fault.status == 403 and not self._answered):
            raise self.endpoint.refusal(fault.status) from None
        now = time.monotonic()
        with self._lock:
            if not fault.away or not self.patience:
                self._away_since = None
                return False
            if self._away_since is None:
                self._away_since = now
                say(f"waiting up to {self.patience:g} s for the endpoint: {error.reason}")
            if now - self._away_since < self.patience:
                return True
        self._refuse_to_fail(error)
        return False

    def _refuse_to_fail(self, error: EndpointError) -> None:
        """Keep what was not answered because the endpoint is away from counting as a failure.

        Raises:
            EndpointAwayError: it is.
        """
        if error.fault.away and self.patience:
            raise EndpointAwayError(
                f"Stopped: the endpoint was away for {self.patience:g} s, at last with: "
                f"{error.reason}.",
                "When it is back, run the same command again; it goes on from here.",
            ) from None

    def _send(self, request: dict[str, Any], most: Tokens, bill: Bill, turn: Turn) -> ServerAnswer:
        reserved = self._account.sending(bill.item_id, lambda: self._most_cost(most))
        try:
            self.pace.hold()
        except NotSent:
            self._account.unsent(bill.item_id, reserved)
            raise
        cost, possible, sent, tokens = 0.0, reserved, True, (0, 0)
        try:
            body = self.endpoint.complete(request)
            self._answered, self._away_since = True, None
            bill.requests += 1
            tokens = tokens_of(body)
            cost, possible = self._charge(request["model"], tokens, most, bill, reserved)
        except EndpointError as error:
            sent = error.fault.sent
            bill.requests += sent
            possible = reserved if error.fault.paid else 0.0
            if error.fault.overload or error.fault.pause is not None:
                self.pace.overloaded(turn, error.fault.pause)
            raise
        finally:
            if sent:
                self._account.ended(bill.item_id, reserved, cost, possible, tokens)
            else:
                self._account.unsent(bill.item_id, reserved)
        answer = _read(body)
        self.pace.went_well()
        return answer

    def _charge(
        self, model: str, tokens: tuple[int, int], most: Tokens, bill: Bill, reserved: float
    ) -> tuple[float, float]:
        """Return what tokens cost, and what an answer that does not say may have cost."""
        prompt_tokens, completion_tokens = tokens
        if not prompt_tokens + completion_tokens:
            return 0.0, reserved
        cost = self.price.of(prompt_tokens, completion_tokens)
        bill.prompt_tokens += prompt_tokens
        bill.completion_tokens += completion_tokens
        bill.cost += cost
        self._learn(model, prompt_tokens / most.prompt, completion_tokens / most.completion)
        return cost, 0.0

    def _learn(self, model: str, prompt: float, completion: float) -> None:
        """Raise the rules by as much as an answer has taken more than they said."""
        with self._lock:
            old = self._rates
            if prompt > old.prompt or completion > old.completion:
                self._rates = Tokens(max(prompt, old.prompt), max(completion, old.completion))
                self._account.raise_rates(model, self._rates)

    def _most_cost(self, most: Tokens) -> float:
        """Return the price by rule, raised as far as any answer was above the rules."""
        rates = self._rates
        return self.price.of(most.prompt * rates.prompt, most.completion * rates.completion)


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
