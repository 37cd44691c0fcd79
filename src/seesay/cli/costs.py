"""`seesay costs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from seesay.cli.output import aligned, call_of, emit

if TYPE_CHECKING:
    from seesay.describe.costs import Spent

HEADS = ["attempts", "described", "failed", "no outcome", "requests", "tokens in", "tokens out"]


def costs(ctx: typer.Context) -> None:
    """Sum what describing has cost, by model and by day."""
    found = call_of(ctx).workspace().costs()
    if not found.total.attempts:
        emit(ctx, found.as_dict(), "Nothing was described here yet.")
        return
    parts = [
        _table("model", {**found.by_model, "all": found.total}),
        _table("day (UTC)", found.by_day),
    ]
    if found.total.possible_cost or found.total.without_outcome:
        parts.append(
            "no outcome: begun and never ended, as the process was killed or is at work now.\n"
            "perhaps: may have been paid beyond the cost, at most; no whole answer came for it."
        )
    emit(ctx, found.as_dict(), "\n\n".join(parts))


def _table(head: str, sums: Mapping[str, Spent]) -> str:
    rows = [[head, *HEADS, "cost", "perhaps"]]
    rows += [
        [
            name,
            f"{spent.attempts:,}",
            f"{spent.described:,}",
            f"{spent.failed:,}",
            f"{spent.without_outcome:,}",
            f"{spent.requests:,}",
            f"{spent.prompt_tokens:,}",
            f"{spent.completion_tokens:,}",
            f"{spent.cost:.4f}",
            f"{spent.possible_cost:.4f}",
        ]
        for name, spent in sums.items()
    ]
    return aligned(rows)
