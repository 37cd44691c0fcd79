"""`seesay encode`."""

from __future__ import annotations

from typing import Annotated

import typer

from seesay.cli.output import SOME_FAILED, aligned, call_of, emit


def encode(
    ctx: typer.Context,
    features: Annotated[
        list[str],
        typer.Argument(metavar="FEATURE", help="title, described, video, audio, random, ..."),
    ],
) -> None:
    """Turn titles, words, frames or sound into vectors. One vector an item and feature."""
    workspace = call_of(ctx).workspace()
    names = [name for text in features for name in text.split(",") if name]
    made = workspace.encode(names)
    result = {name: {**one.manifest, "fresh": one.fresh} for name, one in made.items()}
    rows = [["feature", "items", "dimensions", ""]]
    rows += [
        [name, str(about["rows"]), str(about["dim"]), "" if about["fresh"] else "was up to date"]
        for name, about in result.items()
    ]
    left_out = [
        f"  {name} leaves out {item_id}: {why}"
        for name, about in result.items()
        for item_id, why in about["left_out"].items()
    ]
    emit(ctx, {"features": result}, "\n".join([aligned(rows), *left_out]))
    if left_out:
        raise typer.Exit(SOME_FAILED)
