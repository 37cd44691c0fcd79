"""`seesay keys`: who may ask a service that other machines can reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seesay.cli.output import aligned, call_of, emit

if TYPE_CHECKING:
    from seesay.serve.keys import Keys

app = typer.Typer(no_args_is_help=True, help="API keys of a service.")
Bundle = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The folder of bundles; that of the workspace otherwise."),
]
Name = Annotated[str, typer.Argument(metavar="NAME")]


@app.command("add")
def add(
    ctx: typer.Context,
    name: Name,
    write: Annotated[bool, typer.Option(help="It may also post interactions and items.")] = False,
    bundle: Bundle = None,
) -> None:
    """Make a key and show it, once."""
    secret = _keys(ctx, bundle).add(name, "write" if write else "read")
    right = "read and write" if write else "read"
    told = f"{secret}\nThe key '{name}' may {right}. It is not shown again: only its hash is kept."
    emit(ctx, {"name": name, "right": "write" if write else "read", "key": secret}, told)


@app.command("list")
def show(ctx: typer.Context, bundle: Bundle = None) -> None:
    """List the keys; the secrets are not known."""
    keys = _keys(ctx, bundle).all()
    rows = [("name", "right", "made"), *((key.name, key.right, key.made) for key in keys)]
    listed = [{"name": key.name, "right": key.right, "made": key.made} for key in keys]
    emit(ctx, {"keys": listed}, aligned(rows) if keys else "There are no keys.")


@app.command("remove")
def remove(ctx: typer.Context, name: Name, bundle: Bundle = None) -> None:
    """Forget a key; a running service refuses it from now on."""
    _keys(ctx, bundle).remove(name)
    emit(ctx, {"removed": name}, f"The key '{name}' is no more.")


def _keys(ctx: typer.Context, bundle: Path | None) -> Keys:
    from seesay.serve.holder import state_folder
    from seesay.serve.keys import Keys

    call = call_of(ctx)
    if bundle is None:
        call.workspace()
    return Keys(state_folder(bundle or call.folder / "bundle"))
