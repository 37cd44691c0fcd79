"""`seesay describe --review`."""

from __future__ import annotations

import typer

from seesay.cli.output import call_of, emit, printable
from seesay.core.counts import counted

WIDTH = 30


def show_review(ctx: typer.Context, count: int) -> None:
    """Print how the grades of the descriptions are spread, and the worst ones."""
    found = call_of(ctx).workspace().review()
    spread = found.spread()
    worst = [row for row in found.rows if row.grade.faults][:count]
    if not found.rows:
        emit(ctx, {**spread, "worst": []}, "Nothing is described yet. Run: seesay describe")
        return
    lines = [
        f"{counted(spread['descriptions'], 'description')}, "
        f"{spread['without_fault']} without a fault; mean grade {spread['mean']:.2f}.",
        "The grade looks at form alone; it does not say whether the words are true.",
        *_bars(spread["tenths"]),
    ]
    if spread["faults"]:
        lines.append(f"Faults: {_counts(spread['faults'])}.")
    if spread["unchecked"]:
        lines.append(
            f"Not checked: {_counts(spread['unchecked'])}: nobody else has listened or read there."
        )
    for row in worst:
        kind = "" if row.kind == "both" else f" ({row.kind})"
        faults = "; ".join(f"{fault.name}: {fault.found}" for fault in row.grade.faults)
        lines += [
            f"\n{row.grade.score:.2f}  {printable(row.item_id)}{kind}, by {row.describer}",
            f"      {printable(faults)}",
            f"      {printable(row.text)[:200]}",
        ]
    emit(ctx, {**spread, "worst": [row.as_dict() for row in worst]}, "\n".join(lines))


def _bars(tenths: list[int]) -> list[str]:
    """Draw how many grades fall into each tenth that has any."""
    most = max(tenths)
    return [
        f"  {part / 10:.1f} to {(part + 1) / 10:.1f}  {'#' * -(-WIDTH * count // most)} {count}"
        for part, count in enumerate(tenths)
        if count
    ]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
