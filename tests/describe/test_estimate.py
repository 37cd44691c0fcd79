"""What a dry run says, against what a run then takes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from making import make_clip
from model_server import MODEL, ModelServer
from seesay.describe.estimate import ASSUMED_SECONDS, Estimate, estimate_items
from seesay.describe.journal import Journal
from seesay.describe.openai import OpenAIDescriber, OpenAISettings
from seesay.describe.perception import PerceptionDescriber
from seesay.describe.run import ItemFile, describe_items
from seesay.media.base import MediaSettings

MEDIA = MediaSettings(count=1)


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> list[ItemFile]:
    folder = tmp_path_factory.mktemp("clips")
    clip = make_clip(folder / "clip.mp4", seconds=1).read_bytes()
    found = []
    for number in range(12):
        mark = f"{number:04}".encode()
        path = folder / f"v{number}.mp4"
        path.write_bytes(clip + struct.pack(">I", 8 + len(mark)) + b"free" + mark)
        found.append(ItemFile(f"v{number}", path, "a title"))
    return found


@pytest.fixture
def server():
    running = ModelServer()
    yield running
    running.close()


@pytest.fixture
def journal(tmp_path: Path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def quiet(things, label, total):
    return things


def asker(server: ModelServer, **settings) -> OpenAIDescriber:
    prices = {MODEL: {"prompt": 2.0, "completion": 10.0}}
    given = {"base_url": server.url, "model": MODEL, "in_flight": 2, "prices": prices}
    return OpenAIDescriber(OpenAISettings(**{**given, **settings}))


def estimate(items, describer, journal, **more) -> Estimate:
    return estimate_items(items, describer, MEDIA, journal, progress=quiet, **more)


def test_tokens_are_counted_by_rule_where_nothing_is_known(items, server, journal):
    found = estimate(items, asker(server), journal)
    assert (found.videos, found.sampled, found.unreadable, found.past) == (12, 8, 0, 0)
    assert 12 * 300 < found.prompt_tokens < 12 * 3000
    assert found.completion_tokens == 12 * 400
    cost = found.prompt_tokens * 2e-6 + found.completion_tokens * 10e-6
    assert (found.cost, found.priced) == (pytest.approx(cost, rel=1e-3), True)
    assert found.hours is not None
    assert found.hours >= 12 * ASSUMED_SECONDS / 2 / 3600
    assert (server.asked, journal.attempts()) == ([], [])
    assert not estimate(items, asker(server, prices={}), journal).priced


def test_descriptions_of_before_are_worth_more_than_a_rule(items, server, journal):
    describe_items(items[:6], asker(server), MEDIA, journal, progress=quiet)
    rows = len(journal.attempts())
    found = estimate(items, asker(server), journal)
    assert (found.videos, found.already_done, found.past) == (6, 6, 6)
    assert (found.prompt_tokens, found.completion_tokens) == (6000, 300)
    assert found.cost == pytest.approx(6 * (1000 * 2.0 + 50 * 10.0) / 1e6)
    assert len(journal.attempts()) == rows
    assert estimate(items, asker(server, revision="2"), journal, limit=3).videos == 3


def test_descriptions_with_other_frames_say_nothing_of_these(items, server, journal):
    describe_items(items, asker(server), MEDIA, journal, progress=quiet)
    more = MediaSettings(count=8)
    found = estimate_items(items, asker(server), more, journal, progress=quiet)
    assert (found.videos, found.past) == (12, 0)


def test_a_file_that_cannot_be_decoded_is_counted(items, server, journal, tmp_path):
    (tmp_path / "bad.mp4").write_text("no video")
    found = estimate([ItemFile("bad", tmp_path / "bad.mp4"), items[0]], asker(server), journal)
    assert (found.videos, found.sampled, found.unreadable) == (2, 2, 1)


def test_nothing_to_do_takes_nothing(server, journal):
    found = estimate([], asker(server), journal)
    assert (found.videos, found.cost, found.hours) == (0, 0, 0)


def test_nothing_is_known_of_a_describer_that_was_never_used(items, journal):
    found = estimate(items[:2], PerceptionDescriber(), journal)
    assert (found.hours, found.cost, found.prompt_tokens, found.priced) == (None, 0, 0, False)


def test_a_long_video_is_counted_with_its_pieces_and_their_summary(server, journal, tmp_path):
    item = ItemFile("long", make_clip(tmp_path / "long.mp4", seconds=6), "a title")
    whole = estimate_items([item], asker(server), MediaSettings(count=1), journal, progress=quiet)
    cut = MediaSettings(count=1, segment_seconds=2)
    found = estimate_items([item], asker(server), cut, journal, progress=quiet)
    assert (whole.completion_tokens, found.completion_tokens) == (400, 4 * 400)
    # Three questions with a frame each, and one with three answers of 400 tokens.
    assert found.prompt_tokens > 3 * whole.prompt_tokens + 3 * 400
    assert found.hours == pytest.approx(4 * ASSUMED_SECONDS / 2 / 3600)
