"""The routes of files: posters, videos with byte ranges, style sheets and scripts."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from seesay.serve.base import Engine, UnknownItem
from seesay.serve.page.pages import ASSETS

FOR_GOOD = "public, max-age=31536000, immutable"
AN_HOUR = "private, max-age=3600"


def files_router(get_engine: Callable[[], Engine]) -> APIRouter:
    """Return the routes; no path of a file ever comes from a request."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/poster/{item_id:path}", methods=["GET", "HEAD"])
    def poster(item_id: str) -> Response:
        try:
            return _file(get_engine().item(item_id).poster)
        except UnknownItem:
            return Response(status_code=404)

    @router.api_route("/video/{item_id:path}", methods=["GET", "HEAD"])
    def video(item_id: str) -> Response:
        try:
            return _file(get_engine().item(item_id).video)
        except UnknownItem:
            return Response(status_code=404)

    @router.get("/static/{version}/{name}")
    def static(version: str, name: str) -> Response:
        if name not in ASSETS:
            return Response(status_code=404)
        return FileResponse(ASSETS[name], headers={"Cache-Control": FOR_GOOD})

    return router


def _file(path: Path | None) -> Response:
    """Return a file, or the part of it that the request's `Range` asks for.

    One that has become a link to another since it was bundled is none.
    """
    if path is None or not path.is_file() or os.path.realpath(path) != os.path.abspath(path):
        return Response(status_code=404)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if not kind.startswith(("image/", "video/", "audio/")):
        kind = "application/octet-stream"
    return FileResponse(path, media_type=kind, headers={"Cache-Control": AN_HOUR})
