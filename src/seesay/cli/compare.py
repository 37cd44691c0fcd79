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
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="paper: its table, its figures beside ours.")
    ] = None,
) -> None:
    """Train and test recommenders on sets of features. A killed one goes on."""
    if preset is not None:
        _compare_preset(ctx, preset, recommenders, features, seeds, split)
        return
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


def _compare_preset(
    ctx: typer.Context, preset: str, recommenders: str, features: str, seeds: int, split: str | None
) -> None:
    """Run the paper's table, as far as it can be run here."""
    from seesay.core.errors import unknown_name
    from seesay.evaluate.preset import claim_rows, figure_rows, not_run
    from seesay.evaluate.tables import SIMULATED

    if preset != "paper":
        raise unknown_name("preset", preset, ["paper"])
    # The defaults of a plain comparison are not those of a preset, which has all of its own.
    asked = {
        name: value
        for name, value in (("recommenders", recommenders), ("features", features))
        if getattr(ctx.get_parameter_source(name), "name", "") != "DEFAULT"
    }
    given = "".join(f" --{name} {value}" for name, value in asked.items())
    table, folder = (
        call_of(ctx)
        .workspace()
        .compare_paper(
            **{name: names_of(value) for name, value in asked.items()},
            seeds=seeds,
            command=f"seesay compare --preset {preset}{given} --seeds {seeds}"
            + (f" --split {split}" if split else ""),
            split=split,
        )
    )
    parts = [SIMULATED] if table.simulated else []
    parts += [f"Ours: {table.protocol}."]
    parts += [
        aligned([head, *rows]) for head, rows in (figure_rows(table), claim_rows(table)) if rows
    ]
    if missing := not_run(table):
        parts += ["\n".join(["Not run:", *missing])]
    parts += [f"Report: {folder / 'report.html'}\nTable: {folder / 'paper.md'}"]
    emit(ctx, {**table.as_dict(), "folder": str(folder)}, "\n\n".join(parts), told=True)


def counts_text(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return the users, items and interactions after each step of the split as a table."""
    columns = ("users", "items", "interactions")
    rows = [[name, *(f"{step[column]:,}" for column in columns)] for name, step in counts.items()]
    return aligned([["what the split leaves", *columns], *rows])
