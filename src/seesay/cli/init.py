"""`seesay init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seesay.cli.output import call_of, emit


def init(
    ctx: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Made where it is not there.")
    ] = None,
) -> None:
    """Make a workspace: a folder with a seesay.toml."""
    from seesay.settings import SETTINGS
    from seesay.workspace import Workspace

    wanted = folder or call_of(ctx).folder
    known = (wanted / SETTINGS).exists()
    workspace = Workspace.create(wanted)
    told = "was a workspace already, and stays as it is" if known else "is a workspace now"
    emit(
        ctx,
        {"workspace": str(workspace.folder), "made": not known},
        f"'{workspace.folder}' {told}; its settings are in {SETTINGS}.",
    )
