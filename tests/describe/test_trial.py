"""Trying a prompt against a real server, and the page that shows what came of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from model_server import MODEL, ModelServer, Reply, completion, facets
from seesay.core.errors import SeesayError
from seesay.describe.journal import Journal
from seesay.describe.openai import OpenAIDescriber, OpenAISettings
from seesay.describe.plan import ItemFile
from seesay.describe.prompting import load_prompt
from seesay.describe.run import describe_items
from seesay.describe.trial import (
    Trial,
    choose_items,
    frames_of,
    options_for,
    try_on,
    write_page,
)
from seesay.media.base import MediaSettings

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)
MEDIA = MediaSettings(count=2)


@pytest.fixture
def server():
    with_server = ModelServer()
    yield with_server
    with_server.close()


@pytest.fixture(scope="module")
def clips(tmp_path_factory, make_clip):
    folder = tmp_path_factory.mktemp("clips")
    return [
        ItemFile(name, make_clip(folder / f"{name}.mp4", seconds=1.0), title=f"The clip {name}")
        for name in "abcd"
    ]


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def describer(server, **settings) -> OpenAIDescriber:
    return OpenAIDescriber(
        OpenAISettings(**{"base_url": server.url, "model": MODEL, "retries": 0, **settings})
    )


def tried(server, clips, journal, prompt, **settings) -> Trial:
    asking = describer(server, prompt=str(prompt), in_flight=1, **settings)
    return try_on(clips, load_prompt(str(prompt)), asking, MEDIA, journal)


@pytest.fixture
def short(tmp_path):
    file = tmp_path / "short.txt"
    file.write_text("version: 3\nSay in one sentence what it is.")
    return file


def test_a_trial_shows_words_and_frames_and_changes_no_description(server, clips, journal, short):
    server.replies += [Reply(completion(facets(f"In earnest {n}."))) for n in range(2)]
    describe_items(clips[:2], describer(server, in_flight=1), MEDIA, journal)
    earnest = journal.descriptions()
    server.replies += [Reply(completion(facets(f"A trial of {n}."))) for n in range(2)]
    trial = tried(server, clips[:2], journal, short)
    said = {one.entry.facets.summary for one in trial.tried}
    assert said == {"A trial of 0.", "A trial of 1."}
    assert {one.item.item_id: one.before for one in trial.tried} == earnest
    assert [len(one.frames) for one in trial.tried] == [2, 2]
    assert (trial.describer, trial.model, trial.kind) == ("openai", MODEL, "both")
    assert "Say in one sentence" in server.asked[-1].texts
    assert journal.descriptions() == earnest


def test_what_was_tried_is_not_paid_for_again(server, clips, journal, short):
    tried(server, clips[:2], journal, short)
    asked = len(server.asked)
    again = tried(server, clips[:2], journal, short)
    assert all(one.entry.copied_from for one in again.tried)
    describe_items(clips[:2], describer(server, prompt=str(short)), MEDIA, journal)
    assert len(server.asked) == asked
    assert set(journal.descriptions()) == {"a", "b"}


def test_an_edit_of_the_prompt_is_another_request(server, clips, journal, short):
    tried(server, clips[:1], journal, short)
    short.write_text("version: 4\nSay in two sentences what it is.")
    tried(server, clips[:1], journal, short)
    rows = journal.trials(0)
    assert [row.attempt.prompt_version for row in rows] == ["3", "4"]
    assert rows[0].attempt.request_key != rows[1].attempt.request_key
    assert [row.copied_from for row in rows] == [None, None]


def test_what_fails_is_said(server, clips, journal, short):
    server.replies.append(Reply({"error": {"message": "too hot"}}, status=400))
    trial = tried(server, clips[:1], journal, short)
    assert "too hot" in trial.tried[0].fault
    assert trial.tried[0].entry.state == "failed"


def test_a_video_that_ends_its_decoder_has_no_frames_on_the_page(clips, tmp_path):
    dying = Path(shutil.copy(clips[0].path, tmp_path / "segfault.mp4"))
    paths = [clips[0].path, dying, clips[1].path]
    shown = frames_of(paths, MEDIA, "crashing_worker")
    assert [len(frames) for frames in shown] == [2, 0, 2]


def test_which_items(clips):
    assert [file.item_id for file in choose_items(clips, ["c", "a", "c"], 3)] == ["c", "a"]
    assert [file.item_id for file in choose_items(clips, None, 2)] == ["b", "d"]
    assert choose_items(clips, None, 9) == clips
    with pytest.raises(SeesayError, match="no item 'x'"):
        choose_items(clips, ["x"], 1)


def test_the_kind_comes_with_the_prompt():
    assert options_for("describe-audio", "openai", {"model": "m"}) == {
        "kind": "audio",
        "model": "m",
        "prompt": "describe-audio",
    }
    assert options_for("/my.txt", "openai", {"kind": "video"})["kind"] == "video"
    with pytest.raises(SeesayError, match=r"'perception' takes no prompt.*openai"):
        options_for("describe", "perception", {})


@pytest.fixture
def page(server, clips, journal, short, tmp_path):
    attack = "<script>document.title='owned'</script><img src='http://127.0.0.1:9/x'>"
    server.replies.append(Reply(completion(facets(attack, speech="He says " + attack))))
    server.replies.append(Reply({"error": {"message": attack}}, status=400))
    odd = [ItemFile(file.item_id, file.path, attack) for file in clips[:2]]
    trial = tried(server, odd, journal, short, prompt_price=1e6)
    write_page(tmp_path / "page.html", trial)
    return tmp_path / "page.html"


def test_the_page_shows_what_was_said_as_text(page):
    text = page.read_text("utf-8")
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert text.count('src="') == text.count('src="data:image/jpeg;base64,/9j/') == 4
    assert "Say in one sentence" in text
    assert "It cost 1000" in text


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_runs_nothing_of_it(page, tmp_path):
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += ["--disable-dev-shm-usage", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    assert "<title>The prompt short, version 3</title>" in done.stdout
