"""A new video from the upload to the recommendation, with the embedded models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from making import make_clip
from seesay.media.base import MediaError, MediaSettings
from seesay.media.pool import DecoderPool
from seesay.serve.api import _file_name
from seesay.workspace import Workspace


def test_a_clip_is_taken_found_recommended_and_kept(
    workspace: Workspace, starting: Any, tmp_path: Path
) -> None:
    client, process = starting(workspace.folder)
    fake = tmp_path / "../fake.mp4"
    fake.write_bytes(b"this is no video" * 100)
    refused = client.upload(fake, title="fake")
    assert refused.status == 400
    assert "cannot be taken for a video (fake.mp4: " in refused.json["detail"]
    assert not list((workspace.folder / "served/videos").iterdir())

    clip = make_clip(tmp_path / "mine.mp4", seconds=2, size=(96, 64))
    added = client.upload(clip, title="My zeppelin over the lake", item_id="zeppelin")
    assert added.status == 201, added.body
    item = added.json
    assert item["recommended"]
    assert item["note"] == ""
    assert item["words"]
    assert client.ask(item["poster"]).body[:2] == b"\xff\xd8"
    assert client.ask(item["video"]).body == clip.read_bytes()
    found = client.ask("/v1/search?q=zeppelin&k=1").json["items"]
    assert [one["item_id"] for one in found] == ["zeppelin"]
    every = client.ask("/v1/recommend", {"history": ["i1"], "k": 100}).json["items"]
    assert "zeppelin" in [one["item_id"] for one in every]
    assert client.ask("/v1/similar/zeppelin?k=2").status == 200
    again = client.upload(clip, title="again", item_id="zeppelin")
    assert (again.status, client.upload(clip, title="own", item_id="i1").status) == (400, 400)
    assert len(list((workspace.folder / "served/videos").iterdir())) == 1

    nameless = client.upload(make_clip(tmp_path / "Emma at sea.mov", seconds=1, size=(96, 64)))
    assert nameless.json["title"] == "Emma at sea"
    assert client.ask("/v1/ready").json["counts"]["added"] == 2
    assert "seesay_items 26" in client.ask("/v1/metrics").body.decode()
    assert "24 items and 2 added" in client.ask("/").body.decode()

    workspace.bundle()
    process.kill()
    process.wait()
    later, _ = starting(workspace.folder)
    assert later.ask("/v1/items/zeppelin").json["title"] == "My zeppelin over the lake"
    assert later.ask("/v1/search?q=zeppelin&k=1").json["items"][0]["item_id"] == "zeppelin"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Emma at sea.MOV", "Emma at sea.MOV"),
        ("C:\\clips\\a.mp4", "a.mp4"),
        ("../../etc/passwd", "passwd"),
        ("..", "video"),
        ("", "video"),
        ("\ud800\x00.mp4", "mp4"),
        ("é" * 300 + ".mp4", "é" * 50 + ".mp4"),
    ],
)
def test_a_name_leads_to_no_other_folder(given: str, name: str) -> None:
    assert _file_name(given) == name


def test_decoding_takes_no_more_memory_than_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1, size=(96, 64))
    settings = MediaSettings(count=2)
    with DecoderPool(settings, 1) as pool:
        assert len(pool.submit(clip).result().frames) == 2
    monkeypatch.setenv("SEESAY_DECODER_MEMORY", "100000000")
    with DecoderPool(settings, 1) as pool, pytest.raises(MediaError):
        pool.submit(clip).result()
