"""`seesay export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seesay.cli.output import call_of, emit, names_of
from seesay.core.counts import counted


def export(
    ctx: typer.Context,
    to: Annotated[Path, typer.Option(metavar="DIR", help="A folder that is not there yet.")],
    formats: Annotated[
        list[str] | None,
        typer.Argument(metavar="FORMAT...", help="parquet, npy, recbole, rectools, huggingface."),
    ] = None,
    features: Annotated[
        str,
        typer.Option(metavar="X,Y", help="Whose vectors, by commas; by default all but placebos."),
    ] = "",
    split: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="Also write this split: leave-one-out, global-time or cold-items.",
        ),
    ] = None,
) -> None:
    """Write items, log, descriptions and vectors for other libraries; by default as parquet."""
    workspace = call_of(ctx).workspace()
    manifest = workspace.export(formats or ["parquet"], to, names_of(features) or None, split=split)
    names = ", ".join(manifest["made_from"]["features"]) or "none"
    told = (
        f"{counted(manifest['items'], 'item')}, {counted(manifest['interactions'], 'interaction')}"
    )
    files = f"{counted(len(manifest['files']), 'file')} in {to}"
    emit(ctx, {**manifest, "folder": str(to)}, f"{told}, vectors: {names}; {files}")
