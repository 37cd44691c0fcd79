"""When requests may go: a few threads, and clocks that are read, not mocked."""

from __future__ import annotations

import threading
import time
from email.utils import formatdate

import pytest

from seesay.core.errors import SeesayError
from seesay.describe.pace import MOST_BACK_OFF, Pace, Stopped, retry_after


def overload(pace: Pace, pause: float | None = None) -> None:
    with pace.turn() as turn:
        pace.overloaded(turn, pause)


def test_it_begins_at_the_most_is_halved_by_overload_and_grows_by_one_a_round() -> None:
    pace = Pace(16)
    assert pace.limit == 16
    overload(pace)
    assert pace.limit == 8
    overload(pace)
    assert pace.limit == 4
    for _ in range(5):
        pace.went_well()
    # 4 + 1/4 + 1/4.25 + 1/4.49 + 1/4.71 + 1/4.92 = 5.12
    assert pace.limit == 5
    for _ in range(1000):
        pace.went_well()
    assert pace.limit == 16
    for _ in range(9):
        overload(pace)
    assert pace.limit == 1


def test_requests_that_were_on_their_way_together_count_as_one_sign_of_overload() -> None:
    pace = Pace(8)
    with pace.turn() as one, pace.turn() as two, pace.turn() as three:
        for turn in (one, two, three):
            pace.overloaded(turn, None)
    assert pace.limit == 4


def test_no_more_than_the_limit_are_in_flight() -> None:
    pace = Pace(4)
    overload(pace)
    busy, most, lock = 0, 0, threading.Lock()

    def ask() -> None:
        nonlocal busy, most
        with pace.turn():
            with lock:
                busy += 1
                most = max(most, busy)
            time.sleep(0.02)
            with lock:
                busy -= 1

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_a_pause_holds_for_everybody() -> None:
    pace = Pace(4)
    start = time.monotonic()
    overload(pace, 0.3)
    with pace.turn():
        assert time.monotonic() - start >= 0.3
    overload(pace, 0.0)
    with pace.turn(time.monotonic() + 0.2) as turn:
        assert turn.began - start >= 0.5


def test_who_waits_is_told_when_the_run_ends() -> None:
    pace = Pace(1)
    overload(pace, 300)
    told: list[Exception] = []

    def ask() -> None:
        try:
            with pace.turn():
                pass
        except Stopped as error:
            told.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    pace.stop()
    thread.join(30)
    assert len(told) == 1
    pace.start()
    with pace.turn():
        assert pace.limit == 1


def test_a_pause_of_hours_is_not_sat_out() -> None:
    with pytest.raises(SeesayError, match="7200 s"):
        overload(Pace(1), 7200)


def test_back_off_is_anywhere_below_a_bound_that_doubles() -> None:
    pace = Pace(1)
    for tries, bound in [(1, 0.5), (2, 1.0), (4, 4.0), (30, MOST_BACK_OFF)]:
        waits = [pace.back_off(tries) - time.monotonic() for _ in range(300)]
        assert max(waits) <= bound
        assert max(waits) > 0.8 * bound
        assert min(waits) < 0.2 * bound


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after("2.5") == 2.5
    assert retry_after("-3") == 0
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    later = retry_after(formatdate(time.time() + 100, usegmt=True))
    assert later is not None
    assert 98 < later <= 100
    assert [retry_after(words) for words in (None, "soon", "nan", "inf", "")] == [None] * 5
