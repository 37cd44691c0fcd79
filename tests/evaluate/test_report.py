"""The report holds what it must, loads nothing, and opens in a real browser."""

import io
import re
import subprocess
import threading
from dataclasses import replace
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from evaluate.conftest import CHROMIUM
from seesay.catalog.split import Kind
from seesay.evaluate.codebook import Codebook, Collisions
from seesay.evaluate.comparison import MAIN, Cell, Comparison, KnockOut
from seesay.evaluate.contrasts import Contrasts
from seesay.evaluate.item_map import ItemMap, Place, TagFact
from seesay.evaluate.report import (
    SPLITS,
    Case,
    Example,
    Pictures,
    Shown,
    WordsAtWork,
    describer_sentence,
    plain,
    write_report,
)
from seesay.evaluate.significance import Interval
from seesay.evaluate.slices import SliceRow, Slices
from seesay.recommend.semantic_ids import CodebookUse

ATTACK = "<script>document.title='owned'</script><img src='{}' onerror=\"document.title='owned'\">"


class Page(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        names = ("src", "href", "srcset", "data", "action", "poster")
        self.links += [value for name, value in attrs if name in names]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def examples():
    picture = io.BytesIO()
    Image.fromarray(np.full((9, 16, 3), 200, np.uint8)).save(picture, "JPEG")
    return [
        Example(
            "viewer-1",
            (Shown("a", "Two cats"),),
            (
                Shown("b", ATTACK.format("http://127.0.0.1:9/x"), "both show cats & dogs"),
                Shown("c", "", "", picture.getvalue()),
            ),
        )
    ]


@pytest.fixture
def page(tmp_path, comparison, examples):
    path = tmp_path / "report.html"
    write_report(path, comparison, Pictures(examples))
    return path.read_text("utf-8")


def test_the_kind_of_split_stands_at_the_top(tmp_path, comparison):
    for kind in get_args(Kind):
        facts = {**comparison.dataset, "split: kind": kind}
        write_report(tmp_path / "one.html", replace(comparison, dataset=facts))
        assert SPLITS[kind] in (tmp_path / "one.html").read_text("utf-8")


def test_nothing_is_loaded_from_elsewhere(page):
    outside = [link for link in Page(page).links if not link.startswith("#")]
    assert len(outside) == 1
    assert outside[0].startswith("data:image/jpeg;base64,/9j/")
    assert not re.search(r"@import|url\(", page)
    assert "default-src 'none'" in page


def test_titles_are_text(page):
    parsed = Page(page)
    assert "script" not in parsed.tags
    assert parsed.tags.count("img") == 1
    assert "<script>document.title='owned'</script>" in parsed.text
    assert "both show cats & dogs" in parsed.text


def test_every_text_of_the_comparison_is_text(tmp_path, comparison):
    bad = "<b>\"'&x</b>"
    cells = tuple(
        replace(cell, recommender=bad, features=bad, note=bad) for cell in comparison.cells
    )
    gains = tuple(replace(gain, recommender=bad, features=bad) for gain in comparison.gains)
    odd = replace(
        comparison,
        cells=cells,
        gains=gains,
        dataset={bad: bad},
        describer=bad,
        settings={bad: {bad: bad}},
        command=bad,
        machine=bad,
        versions={bad: bad},
    )
    write_report(tmp_path / "odd.html", odd, title=bad)
    parsed = Page((tmp_path / "odd.html").read_text("utf-8"))
    assert "b" not in parsed.tags
    assert parsed.text.count(bad) > 15


def test_it_holds_the_figures_and_how_they_were_made(page):
    text = Page(page).text
    assert "SIMULATED" in text
    assert "It does not understand" in text
    for label in ("HR", "nDCG", "MRR", "coverage", "12,345", "seesay compare --recommenders"):
        assert label in text
    for fact in ("2.13.0", "2 cores", "51.5 s", "dim: 64, bias: yes, layers: 1, 2, path: none"):
        assert fact in text
    assert "content-knn × id, id+title: content-knn has no ID part" in text
    assert re.search(r'class="first">1\.0000', page)
    assert "What the features add to nDCG@10" in text


def test_a_note_has_its_number_in_both_tables(page):
    table, figures = page.split('<section id="figures">')
    assert table.count("<sup>1</sup>") == figures.count("<sup>1</sup>") == 2


def test_figures_that_read_alike_are_all_best(tmp_path):
    means = {"a": 0.1 + 0.2, "b": 0.3, "c": 0.1}
    cells = tuple(
        Cell(name, "id", (0,), {MAIN: mean}, interval={MAIN: Interval(mean, 0.0, 1.0)})
        for name, mean in means.items()
    )
    write_report(tmp_path / "alike.html", Comparison(cells))
    figures = (tmp_path / "alike.html").read_text("utf-8").split('<section id="figures">')[1]
    assert figures.count('class="first">.3000') == 2
    assert figures.count('class="row strong"') == 2


def test_it_shows_how_the_descriptions_were_graded(tmp_path, comparison):
    grades = {
        "descriptions": 1300,
        "mean": 0.954,
        "without_fault": 1250,
        "tenths": [10, 0, 0, 0, 0, 0, 40, 0, 0, 1250],
        "faults": {"near copy": 40, "empty": 10},
        "unchecked": {"speech": 7},
    }
    write_report(tmp_path / "graded.html", replace(comparison, grades=grades))
    page = (tmp_path / "graded.html").read_text("utf-8")
    text = " ".join(Page(page).text.split())
    assert "1,300 descriptions" in text
    assert "1,250 without a fault, mean grade 0.95 of 1" in text
    assert "it does not say whether the words are true" in text
    assert "0.9 to 1.01,250" in text
    assert "near copy40 empty10" in text
    assert "speech 7." in text
    assert page.count('class="grade"') == 3
    write_report(tmp_path / "none.html", comparison)
    assert "descriptions look" not in (tmp_path / "none.html").read_text("utf-8")


def everything(comparison, text):
    """A comparison and pictures with every part, `text` wherever there is one."""
    one = Interval(0.2, 0.1, 0.3)
    rows = (SliceRow(text, text, (one, None)), SliceRow("sasrec", "id", (one, one)))
    full = replace(
        comparison,
        cells=(replace(comparison.cells[0], recommender=text, features=text), *comparison.cells),
        preset="paper",
        slices=(Slices(text, ("0", text), (20, 5), 3, rows),),
        unsliced={text: text},
        knock_outs=(KnockOut(text, text, text, "ndcg@10", 0.1, one),),
        codebooks={text: Codebook((CodebookUse(256, 200, 150.4),), Collisions(6, 1, 6))},
        audit={text: {"passed": False, "detail": text}, "other": {"passed": True, "detail": ""}},
        split={text: {"users": 10, "items": 20, "interactions": 1234}},
        tuning={text: {text: text}},
    )
    places = (Place(0.5, 0.25, 0, text, text, text), Place(1.0, 1.0, -1, "", "plain", ""))
    item_map = ItemMap("title", text, 2500, text, (text,), places, (TagFact(text, 1, 0.5, 0.1),))
    case = Case(text, (Shown(text, text),), Shown(text, text, text), 2, 1900)
    contrasts = Contrasts(text, text, text, 11, 22, 33, 44, (), ())
    shown = Shown(text, text, text)
    words = WordsAtWork(contrasts, (case,), (case,))
    return full, Pictures([Example(text, (shown,), (shown,))], item_map, words)


def test_every_part_is_there(tmp_path, comparison):
    write_report(tmp_path / "full.html", *everything(comparison, "some text"))
    page = (tmp_path / "full.html").read_text("utf-8")
    text = " ".join(Page(page).text.split())
    for fact in (
        "FEW USERS: only 4 were tested",
        "of groups of users",
        "Left out: some text (some text)",
        "Which part of a fusion",
        ".0489",
        "Another protocol",
        "150 of 256",
        "6 items share all codes with another one, in 1 group; the largest has 6",
        "✗ FAILED some text",
        "✓ passed",
        "some text10201,234",
        "2 of 2,500 items",
        "Rank 2 with some text, 1,900 with some text",
        "only with some text22",
    ):
        assert fact in text
    for anchor in re.findall(r'<a href="#([^"]+)"', page):
        assert page.count(f'id="{anchor}"') == 1
    for tag in ("table", "section", "svg", "details", "tbody", "ul", "div", "span", "td", "tr"):
        assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>"), tag


def test_slices_of_groups_that_are_all_small_are_named_and_not_drawn(tmp_path, comparison):
    def page_of(drawn, *slices):
        told = {"speech": "nothing says it"}
        one = replace(comparison, slices=slices, unsliced=told, drawn=drawn)
        write_report(tmp_path / "one.html", one)
        return " ".join((tmp_path / "one.html").read_text("utf-8").split())

    small = (SliceRow("sasrec", "id", (None, None)),)
    views = Slices("views", ("0", "1"), (9, 3), 0, small)
    seconds = replace(views, name="seconds")
    page = page_of("users", views, seconds)
    assert (
        "Left out: views, seconds (every group has fewer than 10 users); speech (nothing says it)."
        in page
    )
    for part in ("<figure>", "By views", 'class="legend"', "of groups of users"):
        assert part not in page
    assert 'href="#slices"' in page
    large = replace(seconds, rows=(SliceRow("sasrec", "id", (None, Interval(0.2, 0.1, 0.3))),))
    page = page_of("items", views, large)
    assert (
        "Left out: views (every group has fewer than 10 items); speech (nothing says it)." in page
    )
    assert (page.count("<figure>"), page.count("<h3>By seconds</h3>")) == (1, 1)


def test_parts_without_content_are_left_out(page):
    for anchor in ("slices", "knock-outs", "published", "codebook", "audit", "map", "words"):
        assert f'id="{anchor}"' not in page
        assert f'href="#{anchor}"' not in page
    assert "script-src" not in page


def test_real_viewers_have_no_banner(tmp_path, comparison):
    write_report(tmp_path / "real.html", replace(comparison, simulated=False, describer=""))
    page = (tmp_path / "real.html").read_text("utf-8")
    assert "SIMULATED" not in page
    assert "described by" not in page
    assert "Examples" not in page


def test_a_comparison_without_any_result_has_a_report(tmp_path):
    write_report(tmp_path / "empty.html", Comparison(()))
    assert "Figures" in (tmp_path / "empty.html").read_text("utf-8")


def test_a_model_is_named_with_a_caution():
    assert "'openai'" in describer_sentence("openai")
    assert "can be wrong" in describer_sentence("openai")


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (1234, "1,234"), (0.001, "0.001"), ("", "none"), ([], "none"), ({}, "none")],
)
def test_values_are_written_for_people(value, text):
    assert plain(value) == text


def browse(path, folder, *options):
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += ["--disable-dev-shm-usage", f"--user-data-dir={folder / 'profile'}", *options]
    done = subprocess.run(
        [*command, path.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


@pytest.fixture
def counting_server():
    """A loopback server that keeps the path of every request."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_runs_no_script_of_a_title_and_asks_nobody(tmp_path, comparison, counting_server):
    address, asked = counting_server
    attack = ATTACK.format(f"{address}/leak")
    control = tmp_path / "control.html"
    control.write_text(f"<title>harmless</title>{attack}", "utf-8")
    assert "<title>owned</title>" in browse(control, tmp_path, "--dump-dom")
    assert "/leak" in asked
    asked.clear()

    report = tmp_path / "report.html"
    write_report(report, *everything(comparison, attack), title="harmless")
    dom = browse(report, tmp_path, "--dump-dom")
    assert "<title>harmless</title>" in dom
    assert asked == []
    parsed = Page(dom)
    assert parsed.tags.count("script") == 1
    assert parsed.text.count(attack) > 30


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_draws_it_dark_and_light(tmp_path, comparison, examples):
    report = tmp_path / "report.html"
    write_report(report, comparison, Pictures(examples))
    paper = {}
    for theme, option in (("light", "--disable-extensions"), ("dark", "--force-dark-mode")):
        picture = tmp_path / f"{theme}.png"
        browse(report, tmp_path, "--window-size=500,900", f"--screenshot={picture}", option)
        pixels = np.asarray(Image.open(picture).convert("L"))
        paper[theme] = int(pixels[2, 2])
        assert pixels.std() > 5
    assert paper["light"] == 255
    assert paper["dark"] < 40


def test_it_says_who_described_and_who_recommended(tmp_path, comparison):
    both = replace(comparison, describer="openai, perception")
    example = Example("u", (), (), "sasrec_id_s0_12345678")
    write_report(tmp_path / "both.html", both, Pictures([example]))
    text = Page((tmp_path / "both.html").read_text("utf-8")).text
    assert "described by 'openai' and 'perception'." in text
    assert "It does not understand" in text
    assert "nobody checked" in text
    assert "Recommended by sasrec_id_s0_12345678" in text
