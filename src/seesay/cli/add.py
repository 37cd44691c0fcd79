"""`seesay add items`, `seesay add interactions` and `seesay add features`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from seesay.cli.output import call_of, emit, printable
from seesay.core.counts import counted

MOST_NAMED = 5
app = typer.Typer(
    help="Add items, interactions or vectors from your own files.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ItemColumn = Annotated[str | None, typer.Option(help="The column of item IDs.")]


@app.command("items")
def items(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="TABLE|FOLDER")],
    item_column: ItemColumn = None,
    title_column: Annotated[str | None, typer.Option(help="The column of titles.")] = None,
    path_column: Annotated[str | None, typer.Option(help="The column of video files.")] = None,
    videos: Annotated[
        list[Path] | None,
        typer.Option(help="A folder whose files the table may name; can be given again."),
    ] = None,
) -> None:
    """Add items from a csv, tsv or parquet table, or the videos of a folder by their names."""
    names = {"item": item_column, "title": title_column, "path": path_column}
    workspace = call_of(ctx).workspace()
    added = workspace.add_items(source, _given(names), videos or [])
    gone = workspace.without_file()
    replaced = f", {added.replaced:,} replaced" if added.replaced else ""
    lines = [f"{counted(added.added, 'item')} added{replaced}; {added.total:,} in all."]
    if gone:
        some = ", ".join(printable(item_id) for item_id in gone[:MOST_NAMED])
        more = f" and {len(gone) - MOST_NAMED} more" if len(gone) > MOST_NAMED else ""
        name = "names" if len(gone) == 1 else "name"
        lines.append(
            f"{len(gone):,} of them {name} a video file that is not there: {some}{more}. "
            "Without it, an item cannot be described: name it anew, or: seesay remove items ID"
        )
    emit(ctx, {**asdict(added), "without_file": gone}, "\n".join(lines))


@app.command("interactions")
def interactions(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="TABLE")],
    item_column: ItemColumn = None,
    user_column: Annotated[str | None, typer.Option(help="The column of user IDs.")] = None,
    timestamp_column: Annotated[
        str | None, typer.Option(help="The column of times; without one, rows are in order.")
    ] = None,
    drop_unknown: Annotated[
        bool, typer.Option("--drop-unknown", help="Leave out rows with unknown items.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Forget the interactions that are there.")
    ] = False,
) -> None:
    """Add who watched what from a csv, tsv or parquet table."""
    names = {"item": item_column, "user": user_column, "timestamp": timestamp_column}
    workspace = call_of(ctx).workspace()
    added = workspace.add_interactions(
        source, _given(names), replace=replace, drop_unknown=drop_unknown
    )
    notes = [
        f", {added.already_there:,} left out as already there" if added.already_there else "",
        f", {added.replaced:,} from before forgotten" if added.replaced else "",
        f", {added.dropped:,} with unknown items left out" if added.dropped else "",
        f"; {added.repeats:,} of them with an item that the user had before"
        if added.repeats
        else "",
    ]
    told = f"{counted(added.added, 'interaction')} added{''.join(notes)}; {added.total:,} in all."
    emit(ctx, {**asdict(added), "ordered_by": workspace.catalog.about()["ordered_by"]}, told)


@app.command("features")
def features(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as clip.")],
    source: Annotated[Path, typer.Argument(metavar="TABLE|NPY")],
    item_column: Annotated[str, typer.Option(help="The column of item IDs.")] = "item_id",
    vector_column: Annotated[
        str, typer.Option(help="The column of vectors; by default the one with lists.")
    ] = "",
    item_ids: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The item ID of each row of a .npy.")
    ] = None,
    drop_unknown: Annotated[
        bool, typer.Option("--drop-unknown", help="Leave out vectors of unknown items.")
    ] = False,
) -> None:
    """Add vectors that were made elsewhere: a parquet, csv or tsv table, or a .npy."""
    from seesay.exchange.outside import Where

    where = Where(item_ids, item_column, vector_column)
    taken = call_of(ctx).workspace().add_features(name, source, where, drop_unknown=drop_unknown)
    notes = [
        f"; none for {counted(taken.without, 'item')}" if taken.without else "",
        f"; {taken.dropped:,} of unknown items left out" if taken.dropped else "",
    ]
    vectors = f"{counted(taken.rows, 'vector')} of {counted(taken.dim, 'value')}"
    told = f"'{name}': {vectors}{''.join(notes)}."
    emit(ctx, asdict(taken), told)


def _given(names: dict[str, str | None]) -> dict[str, str]:
    return {role: name for role, name in names.items() if name is not None}
