"""The HTTP API, version 1."""

from __future__ import annotations

import mimetypes
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi import Path as InPath
from fastapi.responses import FileResponse, JSONResponse, Response

from seesay.core.errors import SeesayError
from seesay.serve.base import Engine, NotHere, Suggestion
from seesay.serve.messages import (
    MOST,
    Ask,
    Health,
    Interaction,
    Kept,
    Many,
    Ready,
    Shown,
    Suggestions,
    shown,
    suggestion,
)
from seesay.serve.problems import CONTENT_TYPE
from seesay.serve.telemetry import Telemetry

LONGEST_STEM = 50
PLAIN_NAME = re.compile(r"[\x00-\x1f\x7f]")
VIDEO_TYPES = ("video/", "image/gif")
ItemId = Annotated[str, InPath(min_length=1, max_length=512)]
K = Annotated[int, Query(ge=1, le=MOST)]
User = Annotated[str, Query(min_length=1, max_length=512)]
Words = Annotated[str, Query(min_length=1, max_length=2000)]


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how OpenAPI shows the errors that a route may give."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": "Why not", "content": {CONTENT_TYPE: {"schema": schema}}}
        for status in statuses
    }


def api_router(get_engine: Callable[[], Engine], telemetry: Telemetry) -> APIRouter:
    """Return every route under /v1."""
    router = APIRouter(prefix="/v1", responses=_problems(400, 401, 413, 421, 422, 429))
    router.include_router(_asking(get_engine), tags=["recommend"])
    router.include_router(_items(get_engine), tags=["items"])
    router.include_router(_state(get_engine, telemetry), tags=["service"])
    return router


def _asking(get_engine: Callable[[], Engine]) -> APIRouter:
    router = APIRouter()

    @router.post("/recommend", response_model=Suggestions, responses=_problems(404, 409))
    def recommend(ask: Ask) -> Response:
        """Recommend to a user or for a history, with a reason each."""
        if ask.user is not None and ask.history is not None:
            raise SeesayError("There are a user and a history.", "Give one of them.")
        engine = get_engine()
        history = engine.history(ask.user) if ask.user is not None else ask.history or []
        found = engine.recommend(
            history,
            ask.k,
            where=ask.where,
            exclude=ask.exclude,
            diversity=ask.diversity,
            explain=ask.explain,
        )
        return _answer(engine, found)

    @router.get("/recommend", response_model=Suggestions, responses=_problems(404, 409))
    def recommend_to(user: User, k: K = 10, explain: bool = True) -> Response:
        """Recommend to a user."""
        engine = get_engine()
        return _answer(engine, engine.recommend(engine.history(user), k, explain=explain))

    @router.get(
        "/similar/{item_id:path}", response_model=Suggestions, responses=_problems(404, 409)
    )
    def similar(item_id: ItemId, k: K = 10, explain: bool = True) -> Response:
        """Return what is like an item."""
        engine = get_engine()
        return _answer(engine, engine.similar(item_id, k, explain))

    @router.get("/search", response_model=Suggestions, responses=_problems(409))
    def search(q: Words, k: K = 10) -> Response:
        """Return what fits some words, by their meaning and by themselves."""
        engine = get_engine()
        return _answer(engine, engine.search(q, k))

    @router.post(
        "/interactions", response_model=Kept, status_code=201, responses=_problems(403, 404)
    )
    def watched(interaction: Interaction) -> Response:
        """Keep that somebody watched something; the next recommendation knows it."""
        get_engine().watched(interaction.user, interaction.item)
        return JSONResponse({"kept": True}, 201)

    return router


def _items(get_engine: Callable[[], Engine]) -> APIRouter:
    router = APIRouter()

    @router.get("/items", response_model=Many)
    def items(start: Annotated[int, Query(ge=0, le=10**9)] = 0, count: K = 50) -> Response:
        """Return items in the order of the catalogue."""
        return JSONResponse({"items": [shown(item) for item in get_engine().items(start, count)]})

    @router.post(
        "/items", response_model=Shown, status_code=201, responses=_problems(403, 409, 503)
    )
    def add(
        file: Annotated[UploadFile, File(description="The video.")],
        title: Annotated[str, Form(max_length=2000)] = "",
        item_id: Annotated[str, Form(max_length=512)] = "",
    ) -> Response:
        """Describe, encode and keep a new video; nothing is trained anew."""
        engine = get_engine()
        with tempfile.TemporaryDirectory(prefix="seesay-") as folder:
            path = Path(folder) / _file_name(file.filename or "")
            with path.open("wb") as kept:
                shutil.copyfileobj(file.file, kept, 1 << 20)
            item = engine.add(path, title, item_id)
        return JSONResponse(shown(item), 201)

    @router.get(
        "/items/{item_id:path}/poster",
        response_class=FileResponse,
        responses={200: {"content": {"image/jpeg": {}}}, **_problems(404, 409)},
    )
    def poster(item_id: ItemId) -> Response:
        """Return the strip of frames of an item."""
        path = get_engine().item(item_id).poster
        return _file(path, "image/jpeg", "The item has no poster.")

    @router.get(
        "/items/{item_id:path}/video",
        response_class=FileResponse,
        responses={200: {"content": {"video/*": {}}}, **_problems(404, 409, 416)},
    )
    def video(item_id: ItemId) -> Response:
        """Return the video of an item; ranges of bytes may be asked for."""
        path = get_engine().item(item_id).video
        kind = mimetypes.guess_type(path.name)[0] or "" if path else ""
        media_type = kind if kind.startswith(VIDEO_TYPES) else "application/octet-stream"
        return _file(path, media_type, "The item has no video here.")

    @router.get("/items/{item_id:path}", response_model=Shown, responses=_problems(404))
    def item(item_id: ItemId) -> Response:
        """Return all that is known of an item."""
        return JSONResponse(shown(get_engine().item(item_id)))

    return router


def _state(get_engine: Callable[[], Engine], telemetry: Telemetry) -> APIRouter:
    router = APIRouter()

    @router.get("/health", response_model=Health)
    async def health() -> Response:
        """Say that the process answers."""
        return JSONResponse({"status": "ok"})

    @router.get("/ready", response_model=Ready)
    async def ready() -> Response:
        """Say what is being served."""
        info = get_engine().bundle
        return JSONResponse(
            {
                "status": "ready",
                "bundle": info.id,
                "made": info.made,
                "run": info.run,
                "recommender": info.recommender,
                "features": info.features,
                "simulated": info.simulated,
                "counts": dict(info.counts),
            }
        )

    @router.get("/metrics", responses={200: {"content": {"text/plain": {}}}})
    def metrics() -> Response:
        """Return figures for Prometheus."""
        return Response(telemetry.text(get_engine()), media_type="text/plain; version=0.0.4")

    return router


def _answer(engine: Engine, found: list[Suggestion]) -> Response:
    info = engine.bundle
    return JSONResponse(
        {
            "items": [suggestion(one) for one in found],
            "bundle": info.id,
            "simulated": info.simulated,
        }
    )


def _file_name(given: str) -> str:
    """Return a name for a file that a stranger named: the same, but that of no other folder."""
    plain = PLAIN_NAME.sub(" ", given.replace("\\", "/").rpartition("/")[2])
    name = Path(plain.encode(errors="ignore").decode().strip(" ."))
    return f"{name.stem[:LONGEST_STEM] or 'video'}{name.suffix[:8]}"


def _file(path: Path | None, media_type: str, nothing: str) -> Response:
    """Return a file that the bundle names; one that has become a link to another is none."""
    if path is None or path.is_symlink() or not path.is_file():
        raise NotHere(nothing, "Ask for another item.")
    return FileResponse(path, media_type=media_type)
