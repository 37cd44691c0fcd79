"""The web application: the API, the page, and what guards both."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from seesay.core.errors import SeesayError
from seesay.serve.api import api_router
from seesay.serve.base import Engine
from seesay.serve.guard import Guard
from seesay.serve.holder import Holder, state_folder
from seesay.serve.keys import Keys
from seesay.serve.messages import Problem
from seesay.serve.problems import handle_errors
from seesay.serve.settings import ServeSettings
from seesay.serve.telemetry import Telemetry, Timed

LOG = logging.getLogger("seesay.serve")
PAGE = "seesay.serve.page.routes"


def create_app(
    engine_or_bundle: Engine | Path,
    settings: ServeSettings | None = None,
    keys: Keys | None = None,
) -> FastAPI:
    """Return the application.

    Args:
        engine_or_bundle: what answers, or a folder of bundles: then the current one is loaded, and
            a newer one taken up as it comes.
        keys: by default those beside the folder of bundles.

    Raises:
        SeesayError: there is no bundle, or it cannot be served.
    """
    settings = settings or ServeSettings()
    telemetry = Telemetry()
    holder = None
    if isinstance(engine_or_bundle, Path):
        holder = Holder(engine_or_bundle, settings)
        keys = keys or Keys(state_folder(engine_or_bundle))
    get_engine = _getter(engine_or_bundle, holder)
    app = FastAPI(
        title="seesay",
        version=version("seesay"),
        summary="Recommendations of videos by what is in them, each with its reason.",
        openapi_url="/v1/openapi.json",
        # Their pages would load scripts of third parties.
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(holder, settings, telemetry),
    )
    app.state.engine = get_engine
    handle_errors(app)
    app.include_router(api_router(get_engine, telemetry))
    if importlib.util.find_spec(PAGE):
        app.include_router(importlib.import_module(PAGE).page_router(get_engine))
    _show_problems(app)
    app.add_middleware(Guard, settings=settings, keys=keys or Keys(Path("served")))
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "x-api-key"],
        )
    app.add_middleware(Timed, telemetry=telemetry)
    return app


def _getter(engine_or_bundle: Engine | Path, holder: Holder | None) -> Callable[[], Engine]:
    if holder is not None:
        return lambda: holder.engine
    assert not isinstance(engine_or_bundle, Path)
    return lambda: engine_or_bundle


def _show_problems(app: FastAPI) -> None:
    """Put the schema of errors into the OpenAPI document, which no route returns by itself."""
    openapi = app.openapi

    def with_problems() -> dict[str, object]:
        document = openapi()
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts = schema.pop("$defs", {})
        document["components"]["schemas"] |= {"Problem": schema, **parts}
        return document

    app.openapi = with_problems  # type: ignore[method-assign]


def _lifespan(
    holder: Holder | None, settings: ServeSettings, telemetry: Telemetry
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if holder is None:
            yield
            return
        look = asyncio.Event()
        # Without SIGHUP, as on Windows or off the main thread, looking every so often is enough.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, look.set)
        watch = asyncio.create_task(_watch(holder, settings.poll_seconds, look, telemetry))
        yield
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
        holder.close()

    return lifespan


async def _watch(holder: Holder, seconds: float, look: asyncio.Event, telemetry: Telemetry) -> None:
    """Take up new bundles: looks every so often, and at once after a SIGHUP."""
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(look.wait(), seconds)
        look.clear()
        try:
            taken = await asyncio.to_thread(holder.refresh)
        except SeesayError as error:
            telemetry.refused.inc()
            LOG.warning("%s The bundle before goes on being served.", error)
            continue
        if taken is not None:
            telemetry.swaps.inc()
            LOG.warning("now serving the bundle %s of %s", taken.id, taken.run)
