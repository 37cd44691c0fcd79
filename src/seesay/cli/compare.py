"""`seesay compare`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from seesay.cli.output import aligned, call_of, emit, names_of


def compare(
    ctx: typer.Context,
    recommenders: Annotated[
        str, typer.Option(metavar="A,B", help="Which recommenders, separated by commas.")
    ] = "popularity,item-knn,content-knn,two-tower,sasrec",
    features: Annotated[
        str, typer.Option(metavar="X,Y", help="Which sets of features, such as id,title,id+title.")
    ] = "id,title,id+title,random",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0 on.")] = 1,
    split: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="leave-one-out, global-time or cold-items."),
    ] = None,
) -> None:
    """Train and test recommenders on sets of features. A killed one goes on."""
    from seesay.evaluate.tables import table_text

    workspace = call_of(ctx).workspace()
    command = f"seesay compare --recommenders {recommenders} --features {features} --seeds {seeds}"
    comparison, folder = workspace.compare(
        names_of(recommenders),
        names_of(features),
        seeds,
        command + (f" --split {split}" if split else ""),
        split=split,
    )
    report = folder / "report.html"
    emit(
        ctx,
        {**comparison.as_dict(), "folder": str(folder), "report": str(report)},
        f"{counts_text(comparison.split)}\n\n{table_text(comparison)}\n\nReport: {report}",
        told=True,
    )


def counts_text(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return the users, items and interactions after each step of the split as a table."""
    columns = ("users", "items", "interactions")
    rows = [[name, *(f"{step[column]:,}" for column in columns)] for name, step in counts.items()]
    return aligned([["what the split leaves", *columns], *rows])
