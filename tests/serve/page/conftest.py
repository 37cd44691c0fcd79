"""A small catalogue that is served for real, and one browser for the session."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from seesay.catalog.base import Catalog
from seesay.describe.base import Description, Facets, Moment
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.describe.render import render
from seesay.workspace import Workspace

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)
LONG = "a title that goes on " * 12
SUBJECTS = {
    "cats": ["a ginger cat that sleeps", "a kitten on a sofa", "a cat that washes its paw"],
    "rockets": ["a rocket on its pad", "a booster that lands", "a countdown before the launch"],
    "coffee": ["an espresso in a small cup", "milk foam on coffee", "beans that are ground"],
    "horses": ["a horse that gallops", "a foal in a meadow", "a rider who jumps a fence"],
}
EVERY = 28
NO_VIDEO, NO_POSTER, RTL, SCRIPT, ODD_ID = "i05", "i06", "i07", "i08", "odd/ID?&#1 %"


@dataclass(frozen=True)
class Made:
    """A data set of simulated viewers; half of them like two subjects, half the other two."""

    folder: Path
    make_clip: Callable[..., Path]
    name: str = "made"

    def load(self) -> Catalog:
        """Return 28 items, some of them awkward."""
        ids = [f"i{row:02}" for row in range(EVERY)]
        ids[9] = ODD_ID
        titles = [f"{subject_of(row)} number {row}" for row in range(EVERY)]
        titles[4], titles[10] = LONG, ""
        titles[7] = "قطة نائمة على الأريكة"
        titles[8] = "<script>document.title = 'broken'</script>"
        rng = np.random.default_rng(0)
        sizes = [(160, 90), (90, 160), (120, 120), (160, 120)]
        paths = []
        for row, item_id in enumerate(ids):
            path = self.folder / f"{row}.mp4"
            shade = rng.integers(60, 220, 3)
            width, height = sizes[row % 4]
            still = [np.full((height, width, 3), shade + 8 * at, np.uint8) for at in range(4)]
            self.make_clip(path, 4, sizes[row % 4], 5, pictures=still, sound=row % 3 == 0)
            paths.append(None if item_id == NO_VIDEO else str(path))
        (self.folder / "6.mp4").write_bytes(b"this is no video")
        items = pl.DataFrame(
            {
                "item_id": ids,
                "path": paths,
                "title": titles,
                "subject": [subject_of(row) for row in range(EVERY)],
            }
        )
        events = []
        for user in range(30):
            liked = [row for row in range(EVERY) if row % 4 // 2 == user % 2]
            chosen = rng.permutation(liked)[:7]
            events += [(f"viewer-{user:02}", ids[row], at) for at, row in enumerate(chosen)]
        log = pl.DataFrame(events, ["user_id", "item_id", "timestamp"], orient="row")
        return Catalog(items, log, simulated=True)


def subject_of(row: int) -> str:
    return [*SUBJECTS][row % 4]


def facets_of(row: int) -> Facets:
    """Return a description; that of some items is poor."""
    subject = subject_of(row)
    shown = SUBJECTS[subject][row // 4 % 3]
    if row == 7:
        return Facets(summary="قطة صغيرة تنام على الأريكة. لا أحد في الغرفة.")
    if row == 11:
        return Facets(summary="Horse.")
    return Facets(
        summary=f"The video number {row} shows {shown}. Somebody filmed {subject} for us.",
        setting=f"A place where one sees {subject}",
        people_and_things=[subject, f"thing {row}"],
        sound=f"Somebody talks about {subject}",
        speech="Star is the fastest of them" if row == 3 else "",
        moments=[
            Moment(start=0, end=1.5, what=f"{subject} come into view"),
            Moment(start=2, end=3.5, what="the picture becomes lighter"),
        ],
    )


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, make_clip: Callable[..., Path]) -> Workspace:
    """Return a workspace that is described, encoded, compared and bundled."""
    folder = tmp_path_factory.mktemp("made")
    clips = folder / "clips"
    clips.mkdir()
    (folder / "work").mkdir()
    (folder / "work" / "seesay.toml").write_text('[defaults]\nmissing = "mean"\n')
    workspace = Workspace(folder / "work")
    catalog = workspace.load_dataset(Made(clips, make_clip))
    with Journal(workspace.folder / "journal.sqlite") as journal:
        for row, item_id in enumerate(catalog.items["item_id"].to_list()):
            if row == 12:
                continue
            facets = facets_of(row)
            attempt = Attempt(f"key-{row}", item_id, "hand")
            journal.record(attempt, Description(item_id, render(facets), facets, ""))
    workspace.encode(["described", "random"])
    workspace.compare(["content-knn", "popularity"], ["described", "random"], seeds=1)
    run = next(run for run in workspace.runs() if str(run.spec) == "described")
    workspace.bundle(run.id)
    return workspace


@contextmanager
def serving(bundles: Path) -> Iterator[str]:
    """Serve a folder of bundles on a free port of loopback; yield the address of the page."""
    uvicorn = pytest.importorskip("uvicorn", reason="the extra 'serve' is not installed")
    from seesay.serve.app import create_app

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(create_app(bundles), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture(scope="session")
def site(made: Workspace) -> Iterator[str]:
    """Return the address of the page of that bundle."""
    with serving(made.folder / "bundle") as address:
        yield address


@pytest.fixture(scope="session")
def serve() -> Callable[[Path], AbstractContextManager[str]]:
    """Return `serving`."""
    return serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start Chromium, once."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any, site: str) -> Iterator[Callable[..., Any]]:
    """Return what opens a view; no script may fail, no rule be broken, nobody else be asked."""
    faults: list[str] = []
    contexts = []

    def open_view(path: str = "/", width: int = 1280, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: said.type == "error" and faults.append(said.text))
        page.on("request", lambda asked: asked.url.startswith(site) or faults.append(asked.url))
        page.goto(site + path, wait_until="load")
        return page

    yield open_view
    for context in contexts:
        context.close()
    # Chromium and htmx report answers of 4xx, which some tests ask for, as errors.
    asked_for = ("the server responded with", "Response Status Error Code")
    assert [fault for fault in faults if not any(text in fault for text in asked_for)] == []
