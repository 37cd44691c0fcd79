"""`seesay train`."""

from __future__ import annotations

from typing import Annotated

import typer

from seesay.cli.output import call_of, emit
from seesay.core.errors import SeesayError


def train(
    ctx: typer.Context,
    recommender: Annotated[str, typer.Argument(metavar="RECOMMENDER")],
    features: Annotated[
        str, typer.Option(help="What makes an item: id, title, id+described, ...")
    ] = "id",
    seed: Annotated[int, typer.Option(min=0, help="Of all that is random in training.")] = 0,
) -> None:
    """Train one recommender. Keeps its figures on the validation items."""
    workspace = call_of(ctx).workspace()
    if getattr(ctx.get_parameter_source("features"), "name", "") == "DEFAULT":
        _check_default(recommender, features)
    run = workspace.train(recommender, features, seed)
    figures = ", ".join(f"{name} {value:.4f}" for name, value in run.metrics["validation"].items())
    emit(
        ctx,
        {"run": run.id, **run.metrics, "simulated": workspace.simulated},
        f"{run.id}\nvalidation: {figures}",
    )


def _check_default(recommender: str, features: str) -> None:
    """Refuse the default features by name where they do not fit: nobody wrote them."""
    from seesay.recommend.base import FeatureSpec
    from seesay.recommend.run import why_not

    if reason := why_not(recommender, FeatureSpec.parse(features)):
        raise SeesayError(
            f"Without --features it is '{features}', and {reason}.",
            f"Write: seesay train {recommender} --features title (or others that are encoded)",
        )
