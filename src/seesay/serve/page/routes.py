"""The page's routes: the feed, an item, search, the catalogue, quality, and adding a clip."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from seesay.core.errors import SeesayError
from seesay.serve.base import Engine, UnknownItem, UnknownUser
from seesay.serve.page.files import files_router
from seesay.serve.page.pages import Pages
from seesay.serve.page.quality import quality_values
from seesay.serve.page.scatter import group_columns, map_points
from seesay.serve.page.showing import Card, card_of, plain_card

VIEWER = "viewer"
GUEST = "guest"
SHOWN, NEAREST, FOUND, WATCHED, A_PAGE, VIEWERS = 12, 8, 12, 12, 24, 200
EVERYTHING = 10**9
LONGEST_QUERY = 500


def page_router(get_engine: Callable[[], Engine]) -> APIRouter:
    """Return the routes of the page.

    Args:
        get_engine: gives the engine that answers now; asked once a request, so that a new bundle
            changes no page halfway.
    """
    pages = Pages(get_engine)
    router = APIRouter(include_in_schema=False)
    router.include_router(_viewing(pages))
    router.include_router(_looking(pages))
    router.include_router(_catalogue(pages))
    router.include_router(files_router(get_engine))
    router.include_router(_elsewhere(pages))
    return router


def _viewing(pages: Pages) -> APIRouter:
    """Return the routes of what a viewer is shown and says."""
    router = APIRouter()

    @router.get("/")
    def feed(request: Request, user: str = "") -> Response:
        engine = pages.get_engine()
        choices = [GUEST, *engine.users(VIEWERS)]
        if user and not _known(engine, user):
            some = f"{VIEWERS} viewers and finds any other by its ID"
            offered = "all viewers" if len(choices) <= VIEWERS else some
            told = f"There is no viewer '{user}'. The field of the feed offers {offered}."
            return pages.missing(request, engine, told)
        before = _viewer(request)
        viewer = user or (before if before and _known(engine, before) else choices[:2][-1])
        shown = pages.page(
            request, engine, "feed", choices=choices, said="", **_feed(engine, viewer)
        )
        if user:
            shown.set_cookie(VIEWER, quote(user, safe=""), samesite="lax", httponly=True)
        return shown

    @router.post("/watched")
    def watched(
        request: Request, user: Annotated[str, Form()], item: Annotated[str, Form()]
    ) -> Response:
        engine = pages.get_engine()
        try:
            engine.watched(user, item)
            title = engine.item(item).title or item
        except UnknownItem as error:
            return pages.missing(request, engine, error.problem)
        if request.headers.get("HX-Request") != "true":
            return RedirectResponse(f"/?user={quote(user, safe='')}", 303)
        said = f"Kept: {user} watched “{title}”. What is recommended below knows it."
        return HTMLResponse(pages.text("_feed", engine, said=said, **_feed(engine, user)))

    return router


def _looking(pages: Pages) -> APIRouter:
    """Return the routes of single items and of search."""
    router = APIRouter()

    @router.get("/items/{item_id:path}")
    def item(request: Request, item_id: str) -> Response:
        engine = pages.get_engine()
        try:
            found = engine.item(item_id)
            near, problem = _answer(lambda: engine.similar(item_id, NEAREST), engine)
        except UnknownItem as error:
            return pages.missing(request, engine, error.problem)
        return pages.page(
            request,
            engine,
            "item",
            card=plain_card(found),
            near=near,
            problem=problem,
            viewer=_viewer(request),
        )

    @router.get("/peek")
    def peek(item: str) -> Response:
        engine = pages.get_engine()
        try:
            return HTMLResponse(pages.text("_peek", engine, card=plain_card(engine.item(item))))
        except UnknownItem:
            return Response(status_code=404)

    @router.get("/search")
    def search(request: Request, q: str = "") -> Response:
        engine = pages.get_engine()
        query = " ".join(q.split())[:LONGEST_QUERY]
        terms = re.findall(r"\w+", query)
        cards, problem = (
            _answer(lambda: engine.search(query, FOUND), engine, terms) if query else ([], "")
        )
        return pages.page(request, engine, "search", query=query, cards=cards, problem=problem)

    return router


def _catalogue(pages: Pages) -> APIRouter:
    """Return the routes of the whole: the catalogue, its map, its quality, and adding to it."""
    router = APIRouter()

    @lru_cache(1)
    def columns_of(_: str) -> list[str]:
        """Look through all items once a bundle."""
        return group_columns(pages.get_engine().items(0, EVERYTHING))

    @router.get("/catalogue")
    def catalogue(
        request: Request, number: Annotated[int, Query(alias="page")] = 1, colour: str = ""
    ) -> Response:
        engine = pages.get_engine()
        counts = engine.bundle.counts
        total = counts["items"] + counts.get("added", 0)
        columns = columns_of(engine.bundle.id)
        last = max(1, -(-total // A_PAGE))
        here = min(max(1, number), last)
        return pages.page(
            request,
            engine,
            "catalogue",
            cards=[plain_card(one) for one in engine.items((here - 1) * A_PAGE, A_PAGE)],
            here=here,
            last=last,
            total=total,
            columns=columns,
            colour=colour if colour in columns else next(iter(columns), ""),
        )

    @router.get("/map.json")
    def points(colour: str = "") -> Response:
        engine = pages.get_engine()
        return JSONResponse(map_points(engine.items(0, EVERYTHING), engine.map(), colour))

    @router.get("/quality")
    def quality(request: Request) -> Response:
        engine = pages.get_engine()
        return pages.page(request, engine, "quality", **quality_values(engine.quality()))

    @router.get("/add")
    def add(request: Request) -> Response:
        return pages.page(request, pages.get_engine(), "add")

    return router


def _elsewhere(pages: Pages) -> APIRouter:
    """Return the route of addresses that nobody has, below the root alone: not those of the API."""
    router = APIRouter()

    @router.get("/{name}")
    def elsewhere(request: Request, name: str) -> Response:
        return pages.missing(request, pages.get_engine(), f"There is no page '{name}'.")

    return router


def _known(engine: Engine, viewer: str) -> bool:
    """Whether it is a viewer of the log or of what was posted, or the guest."""
    try:
        engine.history(viewer)
    except UnknownUser:
        return viewer == GUEST
    return True


def _feed(engine: Engine, viewer: str) -> dict[str, Any]:
    """Return what a viewer watched, the newest first, and what is recommended to them."""
    try:
        history = engine.history(viewer)
    except UnknownUser:
        history = []
    cards, problem = _answer(lambda: engine.recommend(history, SHOWN), engine)
    watched = []
    for item_id in reversed(history[-WATCHED:]):
        try:
            watched.append(plain_card(engine.item(item_id)))
        except UnknownItem:
            continue
    return {
        "viewer": viewer,
        "watched": watched,
        "count": len(history),
        "cards": cards,
        "problem": problem,
    }


def _answer(
    ask: Callable[[], list[Any]], engine: Engine, terms: list[str] | None = None
) -> tuple[list[Card], str]:
    """Return the cards of an answer, or none and why this bundle cannot give one."""
    try:
        return [card_of(one, engine.item, terms or ()) for one in ask()], ""
    except UnknownItem:
        raise
    except SeesayError as error:
        return [], error.problem


def _viewer(request: Request) -> str:
    return unquote(request.cookies.get(VIEWER, ""))
