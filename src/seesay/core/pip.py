"""The command that brings what is missing: of the pip that belongs to the Python that runs."""

from __future__ import annotations

import shlex
import sys


def pip_install(what: str) -> str:
    """Return the command that installs packages beside the seesay that runs."""
    return f"{shlex.quote(sys.executable)} -m pip install {what}"


def install_extra(name: str) -> str:
    """Return the command that adds what an extra needs to the seesay that runs.

    It holds from any folder, and whether seesay came from a clone or an index: pip takes the one
    that is there, and looks for no other.
    """
    return pip_install(f"'seesay[{name}]'")
