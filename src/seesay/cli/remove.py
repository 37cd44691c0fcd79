"""`seesay remove items`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from seesay.cli.output import call_of, emit
from seesay.core.counts import counted

app = typer.Typer(
    help="Take items out of the catalogue.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("items")
def items(
    ctx: typer.Context,
    item_ids: Annotated[list[str], typer.Argument(metavar="ID...", show_default=False)],
) -> None:
    """Remove items and their interactions. What was written about them stays in the journal."""
    gone = call_of(ctx).workspace().remove_items(item_ids)
    watched = f" and {counted(gone.interactions, 'interaction')}" if gone.interactions else ""
    told = f"{counted(gone.items, 'item')}{watched} removed; {counted(gone.left, 'item')} left."
    emit(ctx, asdict(gone), told)
