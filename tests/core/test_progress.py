from __future__ import annotations

import pytest

from seesay.core import progress
from seesay.core.progress import Pulse, track


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
