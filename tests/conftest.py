"""What tests of every room share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import making


@pytest.fixture(scope="session")
def make_clip() -> Callable[..., Path]:
    """Return `making.make_clip`: encodes a real video file at a path."""
    return making.make_clip
