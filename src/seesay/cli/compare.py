"""`seesay compare`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seesay.cli.output import SOME_FAILED, aligned, call_of, emit, ground_of, names_of
from seesay.core.errors import SeesayError, unknown_name

if TYPE_CHECKING:
    from seesay.evaluate.choice import Choice


def compare(
    ctx: typer.Context,
    recommenders: Annotated[
        str, typer.Option(metavar="A,B", help="Which recommenders, separated by commas.")
    ] = "popularity,item-knn,content-knn,two-tower,sasrec",
    features: Annotated[
        str, typer.Option(metavar="X,Y", help="Which sets of features, such as id,title,id+title.")
    ] = "id,title,id+title",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0 on.")] = 1,
    split: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="leave-one-out, global-time or cold-items."),
    ] = None,
    tune: Annotated[
        int, typer.Option(min=0, help="Settings tried on validation for each cell, yours first.")
    ] = 0,
    scores: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Scores of an outside model; may be given again."),
    ] = None,
    placebos: Annotated[
        bool, typer.Option(help="Compare what says nothing beside content, too.")
    ] = True,
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="paper: its table, its figures beside ours.")
    ] = None,
) -> None:
    """Train and test recommenders on sets of features. A killed one goes on."""
    if preset is not None and (tune or scores):
        raise SeesayError(f"--preset {preset} does not search or rank others.", "Leave that out.")
    if preset is not None:
        _compare_preset(ctx, preset, recommenders, features, seeds, split, placebos)
        return
    from seesay.evaluate.tables import audit_text, table_text, warnings_of

    workspace = call_of(ctx).workspace()
    given = ["--recommenders", recommenders, "--features", features, "--seeds", str(seeds)]
    given += ["--split", split] if split else []
    given += ["--tune", str(tune)] if tune else []
    given += [word for path in scores or () for word in ("--scores", str(path))]
    given += [] if placebos else ["--no-placebos"]
    comparison, folder = workspace.compare(
        names_of(recommenders),
        names_of(features),
        seeds,
        shlex.join(["seesay", "compare", *given]),
        split=split,
        tries=tune,
        scores=scores or (),
        placebos=placebos,
    )
    report = folder / "report.html"
    choice = workspace.choice()
    told = [
        counts_text(comparison.split),
        table_text(comparison),
        audit_text(comparison),
        *tuning_lines(comparison.tuning),
        f"Report: {report}",
        *default_lines(choice),
    ]
    result = {
        **comparison.as_dict(),
        "folder": str(folder),
        "report": str(report),
        "warnings": warnings_of(comparison),
        "default": asdict(choice) if choice else None,
    }
    emit(ctx, result, "\n\n".join(told), told=True)
    if any(cell.failed for cell in comparison.cells):
        raise typer.Exit(SOME_FAILED)


def _compare_preset(
    ctx: typer.Context,
    preset: str,
    recommenders: str,
    features: str,
    seeds: int,
    split: str | None,
    placebos: bool,
) -> None:
    """Run the paper's table, as far as it can be run here."""
    from seesay.evaluate.paper_text import claim_rows, figure_rows, not_run, protocol_text
    from seesay.evaluate.tables import SIMULATED

    if preset != "paper":
        raise unknown_name("preset", preset, ["paper"])
    # The defaults of a plain comparison are not those of a preset, which has all of its own.
    asked = {
        name: value
        for name, value in (("recommenders", recommenders), ("features", features))
        if getattr(ctx.get_parameter_source(name), "name", "") != "DEFAULT"
    }
    given = [word for name, value in asked.items() for word in (f"--{name}", value)]
    given += ["--seeds", str(seeds), *(["--split", split] if split else [])]
    given += [] if placebos else ["--no-placebos"]
    workspace = call_of(ctx).workspace()
    table, folder = workspace.compare_paper(
        **{name: names_of(value) for name, value in asked.items()},
        seeds=seeds,
        command=shlex.join(["seesay", "compare", "--preset", preset, *given]),
        split=split,
        placebos=placebos,
    )
    parts = [SIMULATED] if table.simulated else []
    parts += [protocol_text(table)]
    parts += [
        aligned([head, *rows]) for head, rows in (figure_rows(table), claim_rows(table)) if rows
    ]
    if missing := not_run(table):
        parts += ["\n".join(["Not run:", *missing])]
    parts += [f"Report: {folder / 'report.html'}\nTable: {folder / 'paper.md'}"]
    parts += default_lines(workspace.choice())
    emit(ctx, {**table.as_dict(), "folder": str(folder)}, "\n\n".join(parts), told=True)
    if any(line.failed for line in table.lines):
        raise typer.Exit(SOME_FAILED)


def default_lines(choice: Choice | None) -> list[str]:
    """Say by which run the next commands go: it may be another than before the comparison."""
    if choice is None:
        return []
    return [
        f"recommend, bundle and so serve now go by {choice.run}: {ground_of(choice)}. "
        "Name another: recommend --run RUN, bundle RUN."
    ]


def counts_text(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return the users, items and interactions after each step of the split as a table."""
    columns = ("users", "items", "interactions")
    rows = [[name, *(f"{step[column]:,}" for column in columns)] for name, step in counts.items()]
    return aligned([["what the split leaves", *columns], *rows])


def tuning_lines(tuning: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return which settings each search chose, in one paragraph; nothing without a search."""
    lines = [
        f"{cell}: of {found['trials']} tried on validation: {json.dumps(found['chosen'])}"
        for cell, found in tuning.items()
    ]
    return ["\n".join(lines)] if lines else []
