"""The report in a real browser: its map by pointer and keyboard, and what machines can check."""

import pytest

from evaluate.conftest import CHROMIUM
from evaluate.test_report import everything
from seesay.evaluate.item_map import ItemMap, Place
from seesay.evaluate.report import Pictures, write_report

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
PLACES = (
    Place(0.1, 0.5, 0, "cat", "left <b>", "a cat\nsits"),
    Place(0.5, 0.5, 1, "dog", "middle", ""),
    Place(0.9, 0.5, 0, "cat", "right", "runs"),
)


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser, tmp_path, comparison):
    """Return a page with a report, and what its console said."""
    said = []

    def open_report(*written, **context):
        path = tmp_path / "report.html"
        write_report(path, *written)
        page = browser.new_context(**context).new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield open_report
    for context in browser.contexts:
        context.close()
    assert said == []


def map_of(comparison):
    item_map = ItemMap("title", "two axes", 3, "topic", ("cat", "dog"), PLACES, ())
    return comparison, Pictures((), item_map)


def test_the_map_tells_what_is_pointed_at(visit, comparison):
    page = visit(*map_of(comparison))
    dots = page.locator(".map circle")
    dots.nth(2).hover()
    assert page.locator(".told strong").text_content() == "right"
    assert page.locator(".told span").all_text_contents() == ["cat", "runs"]
    dots.nth(0).click()
    assert page.locator(".told strong").text_content() == "left <b>"
    assert page.locator(".told b").count() == 0


def test_the_map_is_walked_with_arrow_keys(visit, comparison):
    page = visit(*map_of(comparison))
    page.locator(".map > svg").focus()
    walked = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        walked.append(page.locator(".told strong").text_content())
    assert walked == ["left <b>", "middle", "right", "right", "middle", "middle"]


def test_a_button_leaves_one_tag_in_colour(visit, comparison):
    page = visit(*map_of(comparison))
    button = page.get_by_role("button", name="cat")
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    assert page.locator(".map circle.dim").count() == 1
    page.locator(".map > svg").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator(".told strong").text_content() == "right"
    button.click()
    assert page.locator(".map circle.dim").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1100])
def test_nothing_is_wider_than_the_page_and_axe_finds_no_fault(visit, comparison, scheme, width):
    module = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    full, pictures = everything(comparison, "some text")
    page = visit(full, pictures, color_scheme=scheme, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = module.Axe().run(page).response["violations"]
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == []


def test_on_paper_nothing_is_folded_in(visit, comparison):
    page = visit(*everything(comparison, "some text"))
    folded = page.locator("details:not([open]) table")
    assert folded.count() > 0
    assert not any(table.is_visible() for table in folded.all())
    page.emulate_media(media="print")
    assert all(table.is_visible() for table in folded.all())


def test_on_paper_nothing_is_cut_off(visit, comparison):
    page = visit(*everything(comparison, "some text"), viewport={"width": 700, "height": 990})
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
