"""`seesay describe`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from seesay.cli.output import SOME_FAILED, call_of, emit
from seesay.cli.review import show_review
from seesay.core.counts import counted

if TYPE_CHECKING:
    from seesay.describe.estimate import Estimate
    from seesay.describe.run import DescribeReport


def describe(
    ctx: typer.Context,
    describer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="perception, openai, transformers, vllm or a plug-in's."),
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="ID", help="The model to ask.")] = None,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Of an OpenAI-compatible server.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Describe at most so many videos now.")
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            metavar="MONEY", min=0, help="Never let this workspace's describing cost more, in all."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; estimate tokens, cost and hours.")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Ask again for videos that were refused before.")
    ] = False,
    review: Annotated[
        bool, typer.Option("--review", help="Describe nothing; list the worst descriptions.")
    ] = False,
    number: Annotated[
        int, typer.Option("-n", metavar="N", min=1, help="How many to list in the review.")
    ] = 20,
) -> None:
    """Watch the videos and write down what they are. Goes on where it stopped."""
    if review:
        show_review(ctx, number)
        return
    given = {"model": model, "base_url": base_url}
    options = {name: value for name, value in given.items() if value is not None}
    workspace = call_of(ctx).workspace()
    if dry_run:
        estimate = workspace.estimate(describer, options, limit, retry=retry)
        emit(ctx, asdict(estimate), _forecast(estimate, budget))
        return
    report = workspace.describe(describer, options, limit, budget=budget, retry=retry)
    result = {**asdict(report), "failed": dict(report.failed)}
    emit(ctx, {**result, "seconds": round(report.seconds, 3)}, _outcome(report))
    if report.failed or report.left:
        raise typer.Exit(SOME_FAILED)


def _outcome(report: DescribeReport) -> str:
    lines = [
        f"{report.described} described, {report.already_done} were done before, "
        f"{len(report.failed)} failed; {report.seconds:.1f} s."
    ]
    if report.cost or report.possible_cost:
        perhaps = f", perhaps {report.possible_cost:.4f} more" if report.possible_cost else ""
        lines.append(
            f"It cost {report.cost:.4f}{perhaps}, in {counted(report.requests, 'request')}."
        )
    if report.left:
        lines.append(
            f"{report.left} were left: the budget is used up. What was spent is in: seesay costs"
        )
    lines += [f"  {item_id}: {error}" for item_id, error in report.failed]
    if report.given_up:
        lines.append(f"{report.given_up} of them were not asked again. To ask: --retry")
    return "\n".join(lines)


def _forecast(estimate: Estimate, budget: float | None) -> str:
    lines = [f"{estimate.videos} to describe, {estimate.already_done} are done. Nothing was sent."]
    if estimate.unreadable:
        lines.append(f"{estimate.unreadable} of {estimate.sampled} sampled cannot be decoded.")
    if estimate.prompt_tokens:
        basis = (
            f"by the mean of {counted(estimate.past, 'description')} in the journal"
            if estimate.past
            else f"by rule, from {estimate.sampled} of the videos"
        )
        lines.append(
            f"tokens: {estimate.prompt_tokens:,} in, {estimate.completion_tokens:,} out ({basis})"
        )
        cost = f"{estimate.cost:.4f}" if estimate.priced else "not known, the model has no price"
        lines.append(f"cost:   {cost}")
        if budget is not None and estimate.cost > budget:
            lines.append("        which is more than the budget")
    hours = "not known before a few are described"
    if estimate.hours is not None:
        assumed = "" if estimate.past else ", if an answer takes 10 s"
        hours = f"about {estimate.hours:.2f}{assumed}"
    lines.append(f"hours:  {hours}")
    return "\n".join(lines)
