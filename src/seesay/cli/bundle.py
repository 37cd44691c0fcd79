"""`seesay bundle`."""

from __future__ import annotations

from typing import Annotated

import typer

from seesay.cli.output import call_of, emit, ground_of


def bundle(
    ctx: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="By default the best of `seesay runs`."),
    ] = None,
    with_videos: Annotated[
        bool, typer.Option(help="Copy the videos too, for another machine.")
    ] = False,
) -> None:
    """Put all that a service needs of a run into one folder."""
    from seesay.serve.bundle import read_bundle

    workspace = call_of(ctx).workspace()
    folder = workspace.bundle(run, with_videos=with_videos)
    info = read_bundle(folder.parent).info
    choice = workspace.choice() if run is None else None
    ground = f"\n{info.run} is {ground_of(choice)}." if choice else ""
    counts = ", ".join(f"{count} {name}" for name, count in info.counts.items())
    emit(
        ctx,
        {
            "bundle": str(folder),
            "run": info.run,
            "counts": dict(info.counts),
            "simulated": info.simulated,
        },
        f"{folder}\n{info.run}: {counts}{ground}\nLook at it: seesay serve",
    )
