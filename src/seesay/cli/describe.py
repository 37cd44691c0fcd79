"""`seesay describe`."""

from __future__ import annotations

from typing import Annotated

import typer

from seesay.cli.output import SOME_FAILED, call_of, emit


def describe(
    ctx: typer.Context,
    describer: Annotated[
        str | None, typer.Option(metavar="NAME", help="perception, openai, or a plug-in's.")
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="ID", help="The model to ask.")] = None,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Of an OpenAI-compatible server.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Describe at most so many videos now.")
    ] = None,
) -> None:
    """Watch the videos and write down what they are. Goes on where it stopped."""
    given = {"model": model, "base_url": base_url}
    options = {name: value for name, value in given.items() if value is not None}
    report = call_of(ctx).workspace().describe(describer, options, limit=limit)
    lines = [
        f"{report.described} described, {report.already_done} were done before, "
        f"{len(report.failed)} failed; {report.seconds:.1f} s."
    ]
    lines += [f"  {item_id}: {error}" for item_id, error in report.failed]
    result = {
        "described": report.described,
        "already_done": report.already_done,
        "failed": dict(report.failed),
        "seconds": round(report.seconds, 3),
    }
    emit(ctx, result, "\n".join(lines))
    if report.failed:
        raise typer.Exit(SOME_FAILED)
