"""`seesay show` and `seesay runs`: what there is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seesay.cli.output import aligned, call_of, emit, printable

if TYPE_CHECKING:
    from seesay.describe.journal_rows import JournalEntry
    from seesay.workspace import Workspace

KINDS = ("both", "video", "audio")
SHORT = 60


def show(
    ctx: typer.Context,
    item_id: Annotated[
        str | None, typer.Argument(metavar="ITEM_ID", help="By default all, a line each.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="both, video or audio; by default all.")
    ] = None,
) -> None:
    """Show what an item was described as: words, facets, by whom, when, at what cost."""
    from seesay.core.errors import unknown_name

    if kind is not None and kind not in KINDS:
        raise unknown_name("kind of text", kind, KINDS)
    entries = call_of(ctx).workspace().journalled(item_id, kind)  # type: ignore[arg-type]
    result = {"descriptions": [_as_dict(entry) for entry in entries]}
    if not entries:
        text = "Nothing is described yet. Run: seesay describe"
    elif item_id is None:
        rows = [["item", "kind", "by", "description"]]
        rows += [
            [entry.item_id, entry.attempt.kind, entry.attempt.describer, _short(entry.text)]
            for entry in entries
        ]
        text = aligned(rows)
    else:
        text = "\n\n".join(_told(entry) for entry in entries)
    emit(ctx, result, text)


def runs(ctx: typer.Context) -> None:
    """List the trained runs. The best on validation comes first."""
    from seesay.recommend.base import PLACEBOS
    from seesay.recommend.run import changed_settings

    workspace = call_of(ctx).workspace()
    found = workspace.runs()
    default = _default(workspace) if found else None
    result: list[dict[str, Any]] = [
        {
            "run": run.id,
            "split": run.split,
            "settings": changed_settings(run),
            "validation": run.metrics.get("validation", {}).get("ndcg@10"),
            "test": run.metrics.get("test", {}).get("ndcg@10"),
            "placebo": bool(PLACEBOS & set(run.spec.content)),
            "default": run.id == default,
        }
        for run in found
    ]
    rows = [["run", "split", "validation nDCG@10", "test nDCG@10", "settings of its own", ""]]
    for row in result:
        mark = "the default" if row["default"] else "a placebo" if row["placebo"] else ""
        own = ", ".join(f"{key}={value}" for key, value in row["settings"].items())
        figures = _figure(row["validation"]), _figure(row["test"])
        rows += [[row["run"], row["split"], *figures, own, mark]]
    text = aligned(rows) if found else "No run is trained yet. Run: seesay train item-knn"
    if default:
        text += "\n\nThe default is what recommends where --run names no other."
    emit(ctx, {"runs": result, "simulated": workspace.simulated}, text)


def _default(workspace: Workspace) -> str | None:
    """Return the run that recommends; none where the data no longer make any."""
    from seesay.core.errors import SeesayError

    try:
        return workspace.best_run()
    except SeesayError:
        return None


def _as_dict(entry: JournalEntry) -> dict[str, Any]:
    who = entry.attempt
    return {
        "item_id": entry.item_id,
        "kind": who.kind,
        "text": entry.text,
        "facets": entry.facets.model_dump() if entry.facets else {},
        "describer": who.describer,
        "model": who.model,
        "prompt": who.prompt,
        "prompt_version": who.prompt_version,
        "when": _when(entry),
        "cost": entry.usage.cost,
        "prompt_tokens": entry.usage.prompt_tokens,
        "completion_tokens": entry.usage.completion_tokens,
        "copied": entry.copied_from is not None,
        "error": entry.error,
    }


def _told(entry: JournalEntry) -> str:
    """Write one description out: its facets are the lines of its text."""
    who = entry.attempt
    by = " ".join(part for part in (who.describer, who.model) if part)
    prompt = f", prompt {who.prompt} {who.prompt_version}".rstrip() if who.prompt else ""
    cost = "copied, so it cost nothing" if entry.copied_from else f"cost {entry.usage.cost:g}"
    lines = [printable(line) for line in entry.text.splitlines()]
    about = f"({who.kind}; by {by}{prompt}; {_when(entry)}; {cost})"
    return "\n".join([*lines, printable(about), *([printable(entry.error)] if entry.error else [])])


def _when(entry: JournalEntry) -> str:
    ended = entry.finished or entry.started
    return datetime.fromtimestamp(ended, UTC).isoformat(" ", "seconds")


def _short(text: str) -> str:
    first = text.split("\n")[0]
    return first if len(first) <= SHORT else first[: SHORT - 4] + " ..."


def _figure(value: Any) -> str:
    return "-" if value is None else f"{value:.4f}"
