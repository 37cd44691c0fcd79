"""A real model server for the tests of this folder.

They take a built server and minutes, so they run only where they are named: `make integration`,
or `pytest tests/integration` once it was built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from integration.build_server import Cache, find_cache
from integration.llama_server import ALIAS, LlamaServer, start
from seesay.workspace import Workspace

Open = Callable[..., Workspace]


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    here, start_folder = Path(__file__).parent, config.invocation_params.dir
    named = (start_folder / argument.split("::")[0] for argument in config.args)
    return None if any(path.resolve().is_relative_to(here) for path in named) else True


@pytest.fixture(scope="session")
def cache() -> Cache:
    """Return where the built server lies."""
    cache = find_cache()
    if not cache.is_ready:
        pytest.fail("llama-server is not built, or from another recipe: make integration")
    return cache


@pytest.fixture(scope="session")
def server(cache: Cache, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    """Return one server that sees and hears, for all tests that leave it as it is."""
    running = start(cache, tmp_path_factory.mktemp("llama") / "server.log")
    try:
        running.wait()
        yield running
    finally:
        running.kill()


@pytest.fixture
def launch(cache: Cache, tmp_path: Path) -> Iterator[Callable[..., LlamaServer]]:
    """Return what starts a server of a test's own; it is ended after the test."""
    with ExitStack() as stack:

        def run(**options: object) -> LlamaServer:
            running = start(cache, tmp_path / "server.log", **options)
            stack.callback(running.kill)
            return running

        yield run


@pytest.fixture
def clips(tmp_path: Path, make_clip: Callable[..., Path]) -> Path:
    """Return a folder of three clips that differ; the last has no sound."""
    folder = tmp_path / "clips"
    folder.mkdir()
    make_clip(folder / "one.mp4", seconds=2)
    make_clip(folder / "two.mp4", seconds=3, size=(120, 160), codec="vp9", container="webm")
    make_clip(folder / "three.mp4", seconds=1, size=(96, 96), sound=False)
    return folder


@pytest.fixture
def open_workspace(tmp_path: Path, clips: Path) -> Open:
    """Return what makes a workspace over the clips whose describer asks a server."""

    def make(url: str, name: str = "work", frames: int = 3, **settings: object) -> Workspace:
        folder = tmp_path / name
        Workspace.create(folder)
        own = {"base_url": url, "model": ALIAS, "timeout": 250, **settings}
        # Frames that the vision encoder scales to 64 x 64 in any case need not be large.
        text = f"[media]\ncount = {frames}\nframe_pixels = 96\n"
        text += '[defaults]\ndescriber = "openai"\n'
        text += "[describers.openai]\n"
        text += "".join(f"{key} = {_toml(value)}\n" for key, value in own.items())
        (folder / "seesay.toml").write_text(text)
        workspace = Workspace(folder)
        workspace.add_items(clips)
        return workspace

    return make


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
