"""`seesay data`: published data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seesay.cli.output import call_of, emit

app = typer.Typer(
    help="Read a published data set that you have downloaded.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def data() -> None:
    """Hold the data sets as commands of their own."""


@app.command("microlens")
def microlens(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="With the official files.")],
    videos: Annotated[
        Path | None, typer.Option(help="A folder of video files named after item IDs.")
    ] = None,
) -> None:
    """Read MicroLens-50K, -100K or -1M."""
    from seesay.catalog.datasets.microlens import MicroLens, MicroLensSettings

    workspace = call_of(ctx).workspace()
    catalog = workspace.load_dataset(MicroLens(MicroLensSettings(folder=folder, videos=videos)))
    counts = {
        "users": catalog.interactions["user_id"].n_unique(),
        "interactions": catalog.interactions.height,
        "items": catalog.items.height,
        "items_with_video": catalog.items["path"].count(),
    }
    emit(
        ctx,
        counts,
        ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items()),
    )
