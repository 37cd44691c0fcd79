"""The page in a real browser: each view, at two widths, by mouse and by keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

VIEWS = {
    "feed": "/",
    "guest": "/?user=guest",
    "item": "/items/i02",
    "no-video": "/items/i05",
    "no-picture": "/items/i06",
    "rtl": "/items/i07",
    "search": "/search?q=a%20cup%20of%20coffee",
    "no-search": "/search",
    "catalogue": "/catalogue",
    "quality": "/quality",
    "add": "/add",
    "missing": "/items/nobody",
}
Visit = Callable[..., Any]
NOW = "document.querySelector('video').currentTime"


def wait_until(page: Any, script: str) -> None:
    """Wait for a script to say yes; the page's policy lets Playwright poll none by itself."""
    for _ in range(300):
        if page.evaluate(script):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"This never came: {script}")


@pytest.fixture(scope="session")
def axe() -> Any:
    found = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    return found.Axe()


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_fits_and_can_be_used_by_everybody(visit: Visit, axe: Any, view: str) -> None:
    page = visit(VIEWS[view])
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").count() == 1
        serious = [
            (one["id"], one["nodes"][0]["html"])
            for one in axe.run(page).response["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == []


def test_the_feed_says_why_and_quotes_what_is_alike(visit: Visit) -> None:
    page = visit("/?user=viewer-01")
    assert "Because you watched" in page.locator(".card .why").first.inner_text()
    quoted = page.locator(".card q").first.inner_text().strip('“”"')
    marked = page.locator(".card", has=page.locator("q")).first.locator("mark").first
    assert marked.text_content().strip() in quoted


def test_a_poster_plays_under_the_pointer_and_under_the_focus(visit: Visit) -> None:
    page = visit("/?user=viewer-02")
    card = page.locator(".card", has=page.locator(".window")).first
    moving = "image => getComputedStyle(image).animationName"
    picture = card.locator("img")
    assert picture.evaluate(moving) == "none"
    card.hover()
    assert picture.evaluate(moving) == "play"
    page.mouse.move(1, 1)
    assert picture.evaluate(moving) == "none"
    card.locator("h3 a").focus()
    assert picture.evaluate(moving) == "play"


def test_nothing_plays_by_itself_for_whoever_asked_for_rest(visit: Visit) -> None:
    page = visit("/?user=viewer-02", reduced_motion="reduce")
    card = page.locator(".card", has=page.locator(".window")).first
    card.hover()
    assert card.locator("img").evaluate("i => getComputedStyle(i).animationName") == "none"


def test_each_frame_of_a_poster_fills_its_window(visit: Visit) -> None:
    page = visit("/catalogue")
    for shape in ("wide", "square", "tall"):
        window = page.locator(f".{shape} .window").first.bounding_box()
        strip = page.locator(f".{shape} .window img").first
        frames = int(strip.evaluate("i => getComputedStyle(i).getPropertyValue('--n')"))
        size = strip.bounding_box()
        assert size["width"] / frames >= window["width"] - 1
        assert size["height"] >= window["height"] - 1


def test_another_viewer_is_chosen(visit: Visit) -> None:
    page = visit("/?user=viewer-01")
    page.get_by_label("Another viewer").fill("viewer-04")
    page.get_by_role("button", name="Show the feed").click()
    page.wait_for_url("**/?user=viewer-04")
    assert page.locator("h1").inner_text() == "For viewer-04"
    page.get_by_role("link", name="Catalogue").click()
    page.get_by_role("link", name="Feed").click()
    assert page.locator("h1").inner_text() == "For viewer-04"


@pytest.mark.parametrize(("width", "user"), [(1280, "viewer-11"), (390, "viewer-12")])
def test_a_view_is_given_and_the_feed_changes(visit: Visit, width: int, user: str) -> None:
    page = visit(f"/?user={user}", width)
    cards = page.locator("#feed .card h3")
    before = cards.all_inner_texts()
    first = before[0]
    page.get_by_role("button", name=f"Watched it: {first}", exact=True).click()
    page.wait_for_selector(".said:not(:empty)")
    assert page.locator(".row .small").first.inner_text() == first
    after = cards.all_inner_texts()
    assert first not in after
    assert after != [title for title in before if title != first]
    assert f"{user} watched “{first}" in page.get_by_role("status").inner_text()
    assert page.evaluate("document.activeElement.className") == "said"
    assert page.url.endswith(f"/?user={user}")


def test_a_view_is_given_by_keyboard_alone(visit: Visit) -> None:
    page = visit("/?user=viewer-13")
    page.locator(".card .watch button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".said:not(:empty)")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#feed').contains(document.activeElement)")


def test_a_view_that_is_not_kept_is_told(visit: Visit) -> None:
    page = visit("/?user=viewer-14")
    page.locator(".card input[name=item]").first.evaluate("one => one.value = 'nobody'")
    page.locator(".card .watch button").first.click()
    page.wait_for_selector(".said:not(:empty)")
    assert page.get_by_role("status").inner_text().startswith("It was not kept.")


def test_the_first_stop_of_the_keyboard_leads_to_the_content(visit: Visit) -> None:
    page = visit("/catalogue")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_keyboard_passes_through_a_whole_page_and_shows_where_it_is(visit: Visit) -> None:
    page = visit("/items/i02")
    stops = []
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        stops.append(
            page.evaluate("[document.activeElement.tagName, document.activeElement.innerText]")
        )
    assert len(stops) < 80
    assert ["A", "API"] in stops


def test_long_words_open_and_close(visit: Visit) -> None:
    page = visit("/catalogue", 390)
    more = page.get_by_role("button", name="All the words").first
    words = page.locator(".card .words.cut").first
    low = words.bounding_box()["height"]
    more.click()
    assert words.bounding_box()["height"] > low
    fewer = page.get_by_role("button", name="Fewer words").first
    assert fewer.get_attribute("aria-expanded") == "true"
    fewer.click()
    assert words.bounding_box()["height"] == low


@pytest.mark.parametrize("width", [1280, 390])
def test_a_search_from_the_top_of_any_view(visit: Visit, width: int) -> None:
    page = visit("/quality", width)
    page.get_by_role("searchbox").fill("a foal in a meadow")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/search?q=*")
    assert page.locator("h1").inner_text() == "What fits “a foal in a meadow”"
    assert "a foal in a meadow" in page.locator(".card").first.inner_text()
    assert page.locator(".card mark").all_text_contents()[:2] == ["foal", "meadow"]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_video_plays_and_a_moment_seeks(visit: Visit, width: int) -> None:
    page = visit("/items/i02", width)
    page.wait_for_selector(".line .head", state="attached")
    page.evaluate("document.querySelector('video').play()")
    wait_until(page, f"{NOW} > 0.2")
    page.get_by_role("link", name="the picture becomes lighter").click()
    wait_until(page, f"{NOW} >= 2")
    page.wait_for_selector("[data-start='2.0'][aria-current=true]")
    page.get_by_role("link", name="come into view").focus()
    page.keyboard.press("Enter")
    wait_until(page, f"{NOW} < 1.5")


def test_the_time_line_has_a_bar_for_each_moment_and_seeks(visit: Visit) -> None:
    page = visit("/items/i02")
    page.wait_for_selector(".line .head", state="attached")
    bars = page.locator(".line .moment")
    assert bars.count() == 2
    film = page.locator("[data-film]").bounding_box()
    bar = bars.nth(1).bounding_box()
    assert abs((bar["x"] - film["x"]) / film["width"] - 2 / 4) < 0.03
    bars.nth(1).click()
    wait_until(page, f"{NOW} >= 2")
    page.evaluate("document.querySelector('video').pause()")
    page.mouse.click(film["x"] + film["width"] * 0.25, film["y"] + 10)
    wait_until(page, f"Math.abs({NOW} - 1) < 0.9")


def test_the_map_is_pointed_at_and_opened(visit: Visit) -> None:
    page = visit("/catalogue")
    page.wait_for_selector("[data-map][data-ready='28']")
    page.wait_for_selector("#pointed h3")
    before = page.locator("#pointed h3").inner_text()
    page.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    pointed = f"document.querySelector('#pointed h3').innerText !== {json.dumps(before)}"
    wait_until(page, pointed)
    after = page.locator("#pointed h3").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/items/**")
    assert page.locator("h1").inner_text() == after


def test_a_colour_of_the_map_is_chosen(visit: Visit) -> None:
    page = visit("/catalogue", 390)
    page.wait_for_selector("[data-map][data-ready='28']")
    button = page.get_by_role("button", name="horses")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert button.get_attribute("aria-pressed") == "false"


def test_the_table_of_figures_uses_the_width_of_the_page(visit: Visit) -> None:
    page = visit("/quality")
    table, main = page.locator(".scroll").bounding_box(), page.locator("main").bounding_box()
    assert table["width"] == pytest.approx(main["width"] - 40, abs=1)


def test_texts_run_in_their_own_direction(visit: Visit) -> None:
    page = visit("/items/i07")
    direction = "one => getComputedStyle(one).direction"
    assert page.locator("h1").evaluate(direction) == "rtl"
    assert page.locator(".words p").first.evaluate(direction) == "rtl"
    assert page.locator("h2").first.evaluate(direction) == "ltr"


def test_what_looks_like_a_script_does_nothing(visit: Visit) -> None:
    for path in ("/items/i08", "/search?q=cats", f"/?user={quote('<b>me</b>')}"):
        page = visit(path)
        assert page.title() != "broken"
    assert page.locator("h1").inner_text() == "That is not here"


def test_the_feed_works_without_scripts(visit: Visit) -> None:
    page = visit("/?user=viewer-15", java_script_enabled=False)
    first = page.locator(".card h3").first.inner_text()
    with page.expect_navigation():
        page.locator(".card .watch button").first.click()
    assert page.url.endswith("/?user=viewer-15")
    assert page.locator(".row .small").first.inner_text() == first
