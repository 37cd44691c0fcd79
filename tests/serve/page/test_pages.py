"""Templates filled in."""

from __future__ import annotations

import pytest

from seesay.serve.page.pages import ASSETS, clock


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (9.99, "0:09"), (75.4, "1:15"), (3600, "1:00:00"), (3725, "1:02:05")],
)
def test_seconds_as_players_show_them(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_what_is_sent_is_what_pages_name_and_no_licence_text() -> None:
    assert {"page.css", "page.js", "htmx.min.js", "map.js", "player.js", "icon.svg"} == set(ASSETS)
