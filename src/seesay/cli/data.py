"""`seesay data`: published data sets."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from seesay.cli.output import call_of, emit
from seesay.core.counts import counted

KINDS = ("both", "video", "audio")

app = typer.Typer(
    help="Read a published data set that you have downloaded.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def data() -> None:
    """Hold the data sets as commands of their own."""


@app.command("microlens")
def microlens(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="With the official files.")],
    videos: Annotated[
        Path | None, typer.Option(help="A folder of video files named after item IDs.")
    ] = None,
) -> None:
    """Read MicroLens-50K, -100K or -1M."""
    from seesay.catalog.datasets.microlens import MicroLens, MicroLensSettings

    workspace = call_of(ctx).workspace()
    catalog = workspace.load_dataset(MicroLens(MicroLensSettings(folder=folder, videos=videos)))
    counts = {
        "users": catalog.interactions["user_id"].n_unique(),
        "interactions": catalog.interactions.height,
        "items": catalog.items.height,
        "items_with_video": catalog.items["path"].count(),
    }
    emit(
        ctx,
        counts,
        ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items()),
    )


@app.command("describe-what-you-see")
def describe_what_you_see(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="FOLDER|FILE", help="parquet, jsonl or csv.")],
    name: Annotated[
        str, typer.Option(help="Who wrote them; by default the name of the folder or file.")
    ] = "",
    kind: Annotated[
        str, typer.Option(help="both, video or audio, where no column tells it.")
    ] = "both",
    item_column: Annotated[str, typer.Option(help="The column of item IDs.")] = "",
    text_column: Annotated[str, typer.Option(help="The column of texts.")] = "",
    kind_column: Annotated[str, typer.Option(help="The column of kinds.")] = "",
    drop_unknown: Annotated[
        bool, typer.Option("--drop-unknown", help="Leave out texts of unknown items.")
    ] = False,
) -> None:
    """Take published descriptions of your items. They count as made by an outside describer."""
    from seesay.core.errors import unknown_name
    from seesay.describe.published import Columns

    if kind not in KINDS:
        raise unknown_name("kind of text", kind, KINDS)
    columns = Columns(item_column, text_column, kind_column, kind)  # type: ignore[arg-type]
    workspace = call_of(ctx).workspace()
    done = workspace.add_descriptions(source, name, columns, drop_unknown=drop_unknown)
    kinds = ", ".join(f"{count:,} of kind '{kind}'" for kind, count in done.kinds.items() if count)
    notes = [
        f"{done.already_there:,} were there already" if done.already_there else "",
        f"{done.dropped:,} of unknown items left out" if done.dropped else "",
        f"{counted(done.empty, 'row')} without a text" if done.empty else "",
    ]
    told = (
        f"{counted(done.added, 'description')} by '{done.name}' added ({kinds})"
        if done.added
        else "Nothing to do: no new text"
    )
    emit(ctx, asdict(done), "; ".join([told, *filter(None, notes)]) + ".")
