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
    from seesay.workspace import Workspace

    workspace = Workspace.create(folder or call_of(ctx).folder)
    emit(
        ctx,
        {"workspace": str(workspace.folder)},
        f"'{workspace.folder}' is a workspace; its settings are in seesay.toml.",
    )
