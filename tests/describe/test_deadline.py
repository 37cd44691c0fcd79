from __future__ import annotations

import threading

import pytest

from seesay.describe.deadline import Deadline


def test_without_a_limit_every_step_has_its_own() -> None:
    deadline = Deadline()
    assert deadline.cap(5.0) == 5.0
    assert deadline.cap(None) is None


def test_within_a_limit_no_step_is_longer_than_what_is_left() -> None:
    deadline = Deadline()
    with deadline.within(60):
        assert deadline.cap(5.0) == 5.0
        left = deadline.cap(100.0)
        assert left is not None
        assert 0 < left <= 60
        assert deadline.cap(None) is not None
    assert deadline.cap(100.0) == 100.0


def test_after_it_no_step_is_taken() -> None:
    deadline = Deadline()
    with deadline.within(0), pytest.raises(TimeoutError):
        deadline.cap(5.0)


def test_a_limit_is_of_one_thread() -> None:
    deadline = Deadline()
    found: list[float | None] = []
    with deadline.within(1):
        thread = threading.Thread(target=lambda: found.append(deadline.cap(9.0)))
        thread.start()
        thread.join()
    assert found == [9.0]
