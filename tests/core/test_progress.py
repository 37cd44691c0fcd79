from __future__ import annotations

import time

import pytest

from seesay.core import progress
from seesay.core.progress import Pulse, slow, track


def test_things_pass_through_and_the_end_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track("abc", "letters", 3)) == ["a", "b", "c"]
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.startswith("letters: 3 of 3, ")
    assert out.err.count("\n") == 1


def test_a_pulse_drops_lines_that_come_too_soon(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pulse = Pulse()
    pulse("too soon")
    monkeypatch.setattr(progress, "LINE_EVERY_SECONDS", 0.0)
    pulse("now")
    assert capsys.readouterr().err == "now\n"


def test_only_what_takes_long_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with slow("not told"):
        pass
    monkeypatch.setattr(progress, "SLOW_SECONDS", 0.0)
    told = ""
    with slow("loading"):
        give_up = time.monotonic() + 60
        while not told and time.monotonic() < give_up:
            told = capsys.readouterr().err
            time.sleep(0.01)
    assert told == "loading\n"
    assert capsys.readouterr().err == ""
