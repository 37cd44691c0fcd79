"""Adding a clip in the page, in a real browser and described for real."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from seesay.core.files import MANIFEST, read_json, write_json
from seesay.serve.bundle import current_name
from seesay.workspace import Workspace

Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def site(
    made: Workspace,
    tmp_path_factory: pytest.TempPathFactory,
    serve: Callable[[Path], AbstractContextManager[str]],
) -> Iterator[str]:
    """Serve a copy that is not simulated; what is added to it stays out of the other tests."""
    copy = tmp_path_factory.mktemp("own") / "bundle"
    shutil.copytree(made.folder / "bundle", copy)
    manifest = copy / current_name(copy) / MANIFEST
    write_json(manifest, {**read_json(manifest), "simulated": False})
    with serve(copy) as address:
        yield address


def test_a_clip_of_ones_own_is_added_and_found_by_a_sentence(
    visit: Visit, make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    pytest.importorskip("rapidocr", reason="the extra 'embedded' is not installed")
    picture = Image.new("RGB", (320, 180), (30, 30, 50))
    ImageDraw.Draw(picture).text(
        (30, 60), "wooden sailing ship", fill="white", font=ImageFont.load_default(28)
    )
    clip = make_clip(
        tmp_path / "own.mp4", 2, (320, 180), 5, pictures=[np.asarray(picture)], sound=False
    )
    page = visit("/add")
    page.get_by_label("The video").set_input_files(clip)
    page.get_by_label("A title").fill("Mine <own>")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/items/*", timeout=240_000)
    assert page.locator("h1").inner_text() == "Mine <own>"
    assert "sailing" in page.locator(".words").first.text_content()
    page.wait_for_selector("video")
    page.get_by_role("searchbox").fill("a sailing ship made of wood")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/search?q=*")
    assert page.locator(".card h3").first.inner_text() == "Mine <own>"


def test_real_viewers_are_not_called_simulated(visit: Visit) -> None:
    assert "imulated" not in visit("/").locator("body").inner_text()


def test_what_is_no_video_is_refused_in_plain_words(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "letter.mp4").write_text("this is no video")
    page = visit("/add")
    page.get_by_label("The video").set_input_files(tmp_path / "letter.mp4")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_selector(".add .fault:not(:empty)", timeout=240_000)
    assert "letter.mp4" not in page.url
    assert page.get_by_role("button", name="Add it").is_enabled()
