"""Real clips through a real model server: the way is tested, not the words, which are nonsense.

The text model is real and small, the eyes and ears are random. It writes what the grammar of the
JSON schema lets it write, and seldom comes to an end: an answer is whole, or it is cut.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import openai  # noqa: F401  imported early, so that a server is asked while it still loads
import pytest
from pydantic_core import from_json

from integration.llama_server import ALIAS, LlamaServer, free_port
from seesay.core.errors import SeesayError
from seesay.describe.base import Facets
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import JournalEntry
from seesay.workspace import Workspace

Open = Callable[..., Workspace]
Launch = Callable[..., LlamaServer]

# One thread reads every prompt, and the machine may be busy.
pytestmark = pytest.mark.timeout(1800)


def entries(workspace: Workspace) -> list[JournalEntry]:
    with Journal(workspace.folder / "journal.sqlite") as journal:
        return journal.attempts()


def check_answer(row: JournalEntry) -> None:
    """As far as the answer goes it keeps to the schema, and if it goes not far, seesay says so."""
    answer = from_json(row.response, allow_partial="trailing-strings")
    names = list(Facets.model_fields)
    assert list(answer) == names[: len(answer)]
    if row.error:
        assert "cut at max_tokens" in row.error
    else:
        assert list(answer) == names
        assert Facets.model_validate(json.loads(row.response)) == row.facets


def test_clips_are_described_and_only_once(server: LlamaServer, open_workspace: Open) -> None:
    workspace = open_workspace(server.url, send_audio=True, max_tokens=160)
    report = workspace.describe()
    assert (report.described, report.failed) == (3, [])
    assert set(workspace.descriptions()) == {"one", "two", "three"}

    rows = entries(workspace)
    assert [row.state for row in rows] == ["described"] * 3
    for row in rows:
        check_answer(row)
        assert row.attempt.model == ALIAS
        assert row.usage.requests in (1, 2)
        assert row.usage.prompt_tokens > 500
        assert 0 < row.usage.completion_tokens <= 160 * row.usage.requests

    again = workspace.describe()
    assert (again.described, again.already_done, again.requests) == (0, 3, 0)
    assert len(entries(workspace)) == 3


def test_every_picture_and_sound_reaches_the_model(
    server: LlamaServer, open_workspace: Open
) -> None:
    """Each is worth tokens: 16 a picture and 47 the sound, beside the words around it."""

    def asked(name: str, count: int, send_audio: bool) -> dict[str, int]:
        """Return the prompt tokens of each clip; answers of one token are alike."""
        workspace = open_workspace(
            server.url, name=name, frames=count, send_audio=send_audio, max_tokens=1
        )
        workspace.describe()
        return {row.attempt.item_id: row.usage.prompt_tokens for row in entries(workspace)}

    one, three, heard = asked("one", 1, False), asked("three", 3, False), asked("heard", 3, True)
    for clip in ("one", "two", "three"):
        assert 2 * (16 + 4) <= three[clip] - one[clip] <= 2 * (16 + 20)
    for clip in ("one", "two"):
        assert 47 - 20 <= heard[clip] - three[clip] <= 47
    assert heard["three"] == three["three"]


def test_more_requests_at_once_than_the_server_has_places(
    server: LlamaServer, open_workspace: Open, clips: Path, make_clip: Callable[..., Path]
) -> None:
    for number in range(5):
        make_clip(clips / f"more {number}.mp4", seconds=1 + number / 5, sound=False)
    workspace = open_workspace(server.url, in_flight=6, max_tokens=16)
    report = workspace.describe()
    assert (report.described, report.failed) == (8, [])
    rows = entries(workspace)
    assert all(row.state == "described" and row.usage.completion_tokens for row in rows)
    assert report.requests == sum(row.usage.requests for row in rows)


def test_a_model_that_the_server_does_not_have(server: LlamaServer, open_workspace: Open) -> None:
    workspace = open_workspace(server.url, model="another-model")
    with pytest.raises(SeesayError, match="another-model") as error:
        workspace.describe()
    assert ALIAS in error.value.remedy
    assert not (workspace.folder / "journal.sqlite").exists()


def test_a_server_that_is_still_loading(launch: Launch, open_workspace: Open) -> None:
    workspace = open_workspace(f"http://127.0.0.1:{(port := free_port())}/v1", max_tokens=4)
    running = launch(port=port)
    with pytest.raises(SeesayError, match=r"not ready \(HTTP 503\)|No model server answers"):
        workspace.describe()
    running.wait()
    assert workspace.describe(limit=1).described == 1


def test_a_server_without_eyes_and_ears(launch: Launch, open_workspace: Open) -> None:
    running = launch(projector=False)
    running.wait()
    workspace = open_workspace(running.url, max_tokens=4, retries=0)
    report = workspace.describe()
    assert report.described == 0
    assert len(report.failed) == 3
    assert all("image input is not supported" in reason for _, reason in report.failed)


def test_a_question_that_is_too_long_is_asked_once(launch: Launch, open_workspace: Open) -> None:
    running = launch(context=512, slots=1)
    running.wait()
    workspace = open_workspace(running.url, max_tokens=4)
    report = workspace.describe()
    assert len(report.failed) == report.requests == 3
    assert all("exceeds the available context size" in reason for _, reason in report.failed)
    again = workspace.describe()
    assert (again.given_up, again.requests) == (3, 0)


def test_the_server_dies_in_the_middle(launch: Launch, open_workspace: Open) -> None:
    running = launch(slots=1, port=(port := free_port()))
    running.wait()
    # Without patience an endpoint that is away fails what was asked of it.
    workspace = open_workspace(running.url, in_flight=1, retries=1, patience=0, max_tokens=60)
    killer = threading.Thread(target=_kill_after_the_first, args=(workspace, running))
    killer.start()
    report = workspace.describe()
    killer.join()
    assert report.described >= 1
    assert report.failed
    assert report.described + len(report.failed) == 3
    assert all(f"127.0.0.1:{port}" in reason for _, reason in report.failed)

    launch(slots=1, port=port).wait()
    again = workspace.describe()
    assert (again.described, again.already_done) == (len(report.failed), report.described)
    described = [row.attempt.item_id for row in entries(workspace) if row.state == "described"]
    assert sorted(described) == ["one", "three", "two"]


def test_a_server_that_stays_away_ends_the_run(launch: Launch, open_workspace: Open) -> None:
    running = launch(slots=1, port=(port := free_port()))
    running.wait()
    workspace = open_workspace(running.url, in_flight=1, patience=3, max_tokens=8)
    assert workspace.describe(limit=1).described == 1
    running.kill()
    with pytest.raises(SeesayError, match=r"was away for 3 s|No model server answers"):
        workspace.describe()
    launch(slots=1, port=port).wait()
    assert workspace.describe().described == 2


def _kill_after_the_first(workspace: Workspace, server: LlamaServer) -> None:
    end = time.monotonic() + 250
    path = workspace.folder / "journal.sqlite"
    while time.monotonic() < end:
        if path.exists() and any(row.state == "described" for row in entries(workspace)):
            break
        time.sleep(0.05)
    server.kill()
