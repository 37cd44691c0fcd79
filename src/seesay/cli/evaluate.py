"""`seesay evaluate`."""

from __future__ import annotations

from typing import Annotated

import typer

from seesay.cli.output import call_of, emit


def evaluate(ctx: typer.Context, run: Annotated[str, typer.Argument(metavar="RUN")]) -> None:
    """Test a trained run. Ranks all items for every user, to see where the last watched stands."""
    workspace = call_of(ctx).workspace()
    done = workspace.evaluate(run)
    figures = ", ".join(f"{name} {value:.4f}" for name, value in done.metrics["test"].items())
    emit(
        ctx,
        {"run": done.id, **done.metrics, "simulated": workspace.simulated},
        f"{done.id}\ntest: {figures}",
    )
