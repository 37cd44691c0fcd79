"""What every command shares: the global options, and how a result is printed."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from seesay.cli import interrupts

if TYPE_CHECKING:
    from seesay.evaluate.choice import Choice
    from seesay.workspace import Workspace

SOME_FAILED = 3
SIMULATED = "The viewers are simulated: no figure here says anything about real people."


@dataclass(frozen=True)
class Call:
    """The global options of one call."""

    folder: Path
    json: bool

    def workspace(self) -> Workspace:
        """Open the workspace; imported late, so that `--help` stays fast."""
        from seesay.workspace import Workspace

        interrupts.wake()
        return Workspace(self.folder)


def call_of(ctx: typer.Context) -> Call:
    """Return the global options."""
    call: Call = ctx.find_root().obj
    return call


def emit(ctx: typer.Context, result: dict[str, Any], text: str, told: bool = False) -> None:
    """Print the result on standard output: as JSON where it was asked for, or else the text.

    Args:
        told: the text itself says that the viewers are simulated.
    """
    if call_of(ctx).json:
        unicode = sys.stdout.encoding.lower().replace("-", "") == "utf8"
        print(json.dumps(result, ensure_ascii=not unicode, indent=2))
        return
    print(printable(text, "\n"))
    if result.get("simulated") and not told:
        print(SIMULATED)


def ground_of(choice: Choice) -> str:
    """Say why a run is the default, and whether that means much."""
    from seesay.evaluate.tables import FEW_USERS

    ground = f"the best of {choice.among} by nDCG@10"
    if not choice.users:
        return ground
    few = ", so few that the choice means little" if choice.users < FEW_USERS else ""
    return f"{ground} on {choice.users} validation users{few}"


def names_of(text: str) -> list[str]:
    """Return the names in a list such as `a,b`."""
    return [name.strip() for name in text.split(",") if name.strip()]


def printable(text: str, kept: str = "") -> str:
    """Return text with a space for each control character but those kept.

    Titles come from anywhere: what is in them must not move the cursor or break a line.
    """
    return "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") and letter not in kept else letter
        for letter in text
    )


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of words as a table with aligned columns; the first row is its head."""
    rows = [[printable(word) for word in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
