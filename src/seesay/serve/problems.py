"""Errors over HTTP: problem+json (RFC 9457), one line of what is wrong and one of what to do."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from seesay.core.errors import SeesayError
from seesay.serve.base import Busy, NotHere, UnknownItem, UnknownUser

STATUS: Mapping[type[SeesayError], int] = {
    UnknownItem: 404,
    UnknownUser: 404,
    NotHere: 409,
    Busy: 503,
}
CONTENT_TYPE = "application/problem+json"
LOG = logging.getLogger("seesay.serve")


def problem(
    status: int,
    detail: str,
    remedy: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """Return an error as a response."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body |= {"detail": detail, **({"remedy": remedy} if remedy else {}), **more}
    return JSONResponse(body, status, dict(headers or {}), CONTENT_TYPE)


def handle_errors(app: FastAPI) -> None:
    """Have every error of an app come as problem+json."""

    @app.exception_handler(SeesayError)
    async def mendable(_: Request, error: SeesayError) -> Response:
        return problem(STATUS.get(type(error), 400), error.problem, error.remedy)

    @app.exception_handler(RequestValidationError)
    async def not_valid(_: Request, error: RequestValidationError) -> Response:
        faults = [
            {"where": ".".join(map(str, fault["loc"])), "what": fault["msg"]}
            for fault in error.errors()
        ]
        told = "; ".join(f"{fault['where']}: {fault['what']}" for fault in faults)
        return problem(422, told or "The request is not right.", errors=faults)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return problem(500, "Something went wrong here; the service's log says what.")
