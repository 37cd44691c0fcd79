"""Who is told of requests, and which describers tell of them."""

from __future__ import annotations

from seesay.describe.account import NoAccount, PaidDescriber
from seesay.describe.openai import OpenAIDescriber
from seesay.describe.perception import PerceptionDescriber


def test_an_account_that_nobody_keeps_lets_everything_through():
    account = NoAccount()
    assert account.sending("a", lambda: 1e9) == 0.0
    account.ended("a", 0.0, 1.0, 1.0)
    assert account.recall("key") is None


def test_who_asks_an_endpoint_is_told_from_who_does_not():
    assert isinstance(OpenAIDescriber(), PaidDescriber)
    assert not isinstance(PerceptionDescriber(), PaidDescriber)
