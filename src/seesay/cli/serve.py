"""`seesay serve`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seesay.cli.output import SIMULATED, call_of
from seesay.core.counts import counted

if TYPE_CHECKING:
    from seesay.serve.settings import ServeSettings


def serve(
    ctx: typer.Context,
    bundle: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A folder of bundles; that of the workspace otherwise."),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Where to listen; beyond this machine it asks for keys.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 for any.")] = None,
) -> None:
    """Serve recommendations over HTTP, with a page to look at."""
    # One thread a product: requests share the cores better than each product does.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from seesay.core.plugins import require

    for module in ("fastapi", "uvicorn", "prometheus_client", "python_multipart"):
        require(module, "serve")
    from seesay.core.progress import say
    from seesay.serve.app import create_app
    from seesay.serve.holder import state_folder
    from seesay.serve.keys import Keys
    from seesay.serve.server import address_of, listen, run

    workspace = call_of(ctx).folder
    root = bundle or workspace / "bundle"
    settings = _settings(workspace, {"host": host, "port": port})
    keys = Keys(state_folder(root))
    _check_keys(settings, keys)
    _make_if_missing(ctx, root, bundle is not None)
    with listen(settings) as listening:
        app = create_app(root, settings, keys)
        info = app.state.engine().bundle

        def started() -> None:
            added = f" and {info.counts['added']} added" if info.counts["added"] else ""
            say(f"Serving {info.run} ({counted(info.counts['items'], 'item')}{added}).")
            if info.simulated:
                say(SIMULATED)
            print(f"Open {address_of(listening)}   Ctrl-C ends it.", flush=True)

        run(app, listening, started)
    say("stopped")


def _settings(workspace: Path, given: dict[str, Any]) -> ServeSettings:
    """Return the settings of the workspace, where there is one, under those of the call."""
    from seesay.core.settings import parse_section, read_toml
    from seesay.serve.settings import ServeSettings

    file = workspace / "seesay.toml"
    values = read_toml(file).get("serve", {}) if file.is_file() else {}
    chosen = {name: value for name, value in given.items() if value is not None}
    return parse_section(ServeSettings, {**values, **chosen}, "[serve]")


def _check_keys(settings: ServeSettings, keys: Any) -> None:
    from seesay.core.errors import SeesayError

    if not (settings.loopback or keys.all()):
        raise SeesayError(
            f"{settings.host} can be reached from other machines, and there is no API key.",
            "Make one first: seesay keys add NAME",
        )


def _make_if_missing(ctx: typer.Context, root: Path, named: bool) -> None:
    """Make the workspace's bundle of its best run where there is none yet."""
    from seesay.serve.bundle import current_name

    if named or current_name(root):
        return
    from seesay.core.errors import SeesayError
    from seesay.core.progress import say
    from seesay.recommend.run import list_runs

    if not list_runs(call_of(ctx).workspace().folder / "runs"):
        raise SeesayError("No run is trained yet to be served.", "Run: seesay train item-knn")
    say("There is no bundle yet; making one of the best run.")
    # In a process of its own: what it loads would stay with the service.
    command = [sys.executable, "-m", "seesay", "-w", str(call_of(ctx).folder), "bundle"]
    if failed := subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
        raise typer.Exit(failed)
