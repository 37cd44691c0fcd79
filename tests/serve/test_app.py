"""The API over HTTP, as real processes on loopback."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import subprocess
import sys
import threading
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from seesay.serve.holder import state_folder
from seesay.serve.keys import Keys
from seesay.serve.posted import Posted
from seesay.workspace import Workspace
from serve.conftest import ITEMS, Client, run_of, until


def ids(answer: Any) -> list[str]:
    assert answer.status == 200, answer.body
    return [one["item_id"] for one in answer.json["items"]]


def test_it_recommends_with_reasons(client: Client) -> None:
    answer = client.ask("/v1/recommend?user=u01&k=3")
    assert len(ids(answer)) == 3
    reason = answer.json["items"][0]["reason"]
    assert reason["because"] == "similar"
    assert reason["quote"]["recommended"]
    assert reason["sentence"].startswith("like 'cat number")
    posted = client.ask("/v1/recommend", {"user": "u01", "k": 3})
    assert posted.json == answer.json
    plain = client.ask("/v1/recommend", {"history": ["i1"], "k": 1, "explain": False})
    assert plain.json["items"][0]["reason"] is None
    assert len(ids(client.ask("/v1/recommend", {"history": []}))) == 10
    assert len(ids(client.ask("/v1/recommend", {}))) == 10
    some = {"history": ["i1"], "where": {"topic": "rockets"}, "exclude": ["i0"], "diversity": 0.5}
    assert {int(item[1:]) % 2 for item in ids(client.ask("/v1/recommend", some))} == {0}


def test_what_the_next_recommendation_knows(client: Client) -> None:
    (first,) = ids(client.ask("/v1/recommend?user=u03&k=1"))
    assert client.ask("/v1/interactions", {"user": "u03", "item": first}).status == 201
    assert first not in ids(client.ask("/v1/recommend?user=u03&k=24"))


def test_items_and_files(client: Client) -> None:
    item = client.ask("/v1/items/i1").json
    assert item["title"] == "cat number 1"
    assert item["columns"]["topic"] == "cats"
    strip = client.ask(item["poster"])
    assert strip.headers["Content-Type"] == "image/jpeg"
    video = client.ask(item["video"], headers={"Range": "bytes=4-7"})
    assert (video.status, video.body) == (206, b"ftyp")
    assert video.headers["Content-Type"] == "video/mp4"
    assert client.ask("/v1/items/i9/video").status == 409
    assert [one["item_id"] for one in client.ask("/v1/items?start=22").json["items"]] == [
        "i22",
        "i23",
    ]


def test_searching(client: Client) -> None:
    assert ids(client.ask("/v1/search?q=number+7&k=1")) == ["i7"]
    # Not one of these words is in any description.
    found = ids(client.ask("/v1/search?q=spacecraft+lifting+off&k=4"))
    assert {int(item[1:]) % 2 for item in found} == {0}
    assert client.ask("/v1/search?q=").status == 422
    assert client.ask("/v1/search?q=%20").status == 400


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/recommend?user=nobody", None, 404),
        ("/v1/recommend?user=u01&k=0", None, 422),
        ("/v1/recommend?user=u01&k=1000000", None, 422),
        ("/v1/recommend?user=u01&k=1000", None, 200),
        ("/v1/recommend?user=u01&k=ten", None, 422),
        ("/v1/recommend", {"k": 0}, 422),
        ("/v1/recommend", {"user": "u01", "history": []}, 400),
        ("/v1/recommend", {"user": 7}, 422),
        ("/v1/recommend", {"users": "u01"}, 422),
        ("/v1/recommend", {"history": "i1"}, 422),
        ("/v1/recommend", {"history": ["i1"], "where": {"none": "x"}}, 400),
        ("/v1/recommend", {"history": ["i1"], "diversity": 2}, 422),
        ("/v1/recommend", {"history": ["i1"] * 1001}, 422),
        ("/v1/recommend", b"{", 422),
        ("/v1/recommend", b'{"user": "\\ud800"}', 422),
        ("/v1/recommend", b"\xff\xfe", 422),
        ("/v1/similar/none", None, 404),
        ("/v1/items/none", None, 404),
        ("/v1/items/none/video", None, 404),
        ("/v1/items?start=-1", None, 422),
        ("/v1/items/..%2f..%2f..%2fetc%2fpasswd", None, 404),
        ("/v1/items/%2e%2e/%2e%2e/seesay.toml/video", None, 404),
        ("/v1/items/i1%00/poster", None, 404),
        ("/v1/interactions", {"user": "u01", "item": "none"}, 404),
        ("/v1/interactions", {"user": "", "item": "i1"}, 422),
        ("/v1/interactions", {"user": "x" * 513, "item": "i1"}, 422),
        ("/v1/items", {"file": "no form"}, 422),
        ("/v1/none", None, 404),
    ],
)
def test_bad_questions_are_problems(client: Client, path: str, body: Any, status: int) -> None:
    answer = client.ask(path, body)
    assert answer.status == status, answer.body
    if status != 200:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json["status"] == status
        assert answer.json["detail"]
        assert b"Traceback" not in answer.body


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: Client) -> None:
    connection = HTTPConnection(client.address.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", "/v1/interactions")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "1000001")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    connection.close()


def test_a_body_without_a_length_is_counted(client: Client) -> None:
    connection = HTTPConnection(client.address.removeprefix("http://"), timeout=30)
    blocks = (b"x" * 65_536 for _ in range(17))
    connection.request(
        "POST", "/v1/recommend", blocks, {"Content-Type": "application/json"}, encode_chunked=True
    )
    assert connection.getresponse().status == 413
    connection.close()


def test_headers_and_names(client: Client) -> None:
    answer = client.ask("/v1/health")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Server" not in answer.headers
    port = client.address.rsplit(":", 1)[1]
    for name, status in (
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        (f"localhost:{port}", 200),
        (f"[::1]:{port}", 200),
    ):
        assert client.ask("/v1/health", headers={"Host": name}).status == status


def test_another_site_may_not_post(client: Client) -> None:
    watched = {"user": "u05", "item": "i1"}
    own = client.address
    for headers, status in (
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": own, "Sec-Fetch-Site": "same-origin"}, 201),
        ({"Origin": own}, 201),
    ):
        assert client.ask("/v1/interactions", watched, headers).status == status, headers
    seen = client.ask("/v1/recommend?user=u01&k=1", headers={"Origin": "http://evil.example"})
    assert "Access-Control-Allow-Origin" not in seen.headers


def test_metrics_and_readiness(client: Client) -> None:
    ready = client.ask("/v1/ready").json
    assert ready["recommender"] == "item-knn"
    assert ready["counts"]["items"] == ITEMS
    client.ask("/v1/items/i1")
    told = client.ask("/v1/metrics").body.decode()
    assert 'seesay_answers_total{route="/v1/items/{item_id:path}",status="200"}' in told
    assert f"seesay_items {ITEMS}" in told or "seesay_items" in told
    assert ready["bundle"] in told


def test_a_forwarded_request_and_another_address_need_a_key(
    workspace: Workspace, starting: Any
) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "seesay", "-w", str(workspace.folder), "serve", "--host", "0.0.0.0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 2
    assert "seesay keys add" in refused.stderr
    keys = Keys(state_folder(workspace.folder / "bundle"))
    reader, writer = keys.add("reader", "read"), keys.add("writer", "write")
    client, _ = starting(workspace.folder, "--host", "0.0.0.0")
    assert client.ask("/v1/health").status == 200
    assert client.ask("/").status == 401
    assert "Basic" in client.ask("/").headers["WWW-Authenticate"]
    asked = "/v1/recommend?user=u01&k=1"
    password = base64.b64encode(f"me:{reader}".encode()).decode()
    for headers, status in (
        ({}, 401),
        ({"X-API-Key": "seesay_wrong"}, 401),
        ({"X-API-Key": reader}, 200),
        ({"Authorization": f"Bearer {reader}"}, 200),
        ({"Authorization": f"Basic {password}"}, 200),
        ({"Authorization": "Basic %%%"}, 401),
    ):
        assert client.ask(asked, headers=headers).status == status, headers
    watched = {"user": "u01", "item": "i1"}
    for secret, status in ((reader, 403), (writer, 201)):
        answer = client.ask("/v1/interactions", watched, {"X-API-Key": secret})
        assert answer.status == status
    assert client.ask("/v1/recommend", {"k": 1}, {"X-API-Key": reader}).status == 200
    keys.remove("reader")
    assert client.ask(asked, headers={"X-API-Key": reader}).status == 401


def test_each_folder_of_bundles_has_its_own_state_and_keys(tmp_path: Path) -> None:
    assert state_folder(tmp_path / "bundle") == tmp_path / "served"
    assert state_folder(tmp_path / "bundle" / ".." / "other") == tmp_path / "other-served"
    secret = Keys(state_folder(tmp_path / "bundle")).add("reader", "read")
    assert Keys(state_folder(tmp_path / "bundle")).find(secret)
    assert not Keys(state_folder(tmp_path / "other")).all()


def test_on_loopback_a_proxy_is_asked_for_a_key(client: Client) -> None:
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert client.ask("/v1/ready", headers={header: "203.0.113.9"}).status == 200
        assert client.ask("/v1/metrics", headers={header: "203.0.113.9"}).status == 401


def test_further_names_and_other_sites_are_let_in_where_the_settings_say_so(
    workspace: Workspace, starting: Any
) -> None:
    (workspace.folder / "seesay.toml").write_text(
        '[serve]\nhosts = ["videos.example"]\ncors_origins = ["https://page.example"]\n'
    )
    secret = Keys(state_folder(workspace.folder / "bundle")).add("reader", "read")
    client, _ = starting(workspace.folder)
    ready, outside = "/v1/metrics", {"Host": "videos.example:443"}
    assert client.ask(ready).status == 200
    assert client.ask(ready, headers=outside).status == 401
    assert client.ask(ready, headers={**outside, "X-API-Key": secret}).status == 200
    assert client.ask(ready, headers={"Host": "other.example"}).status == 421
    site = {"Origin": "https://page.example"}
    asks = {**site, "Access-Control-Request-Method": "POST"}
    allowed = client.ask("/v1/interactions", headers=asks, method="OPTIONS")
    assert allowed.headers["Access-Control-Allow-Origin"] == site["Origin"]
    posted = client.ask("/v1/interactions", {"user": "u01", "item": "i1"}, site)
    assert posted.status == 201
    assert posted.headers["Access-Control-Allow-Origin"] == site["Origin"]
    other = client.ask("/v1/health", headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


def test_who_asks_too_much_has_to_wait(workspace: Workspace, starting: Any) -> None:
    (workspace.folder / "seesay.toml").write_text("[serve]\nrate = 0.01\nburst = 3\n")
    client, _ = starting(workspace.folder)
    got = [client.ask("/v1/health") for _ in range(5)]
    assert [one.status for one in got] == [200, 200, 200, 429, 429]
    assert int(got[-1].headers["Retry-After"]) > 60


def test_a_new_bundle_is_taken_up_under_load_without_a_failure(
    workspace: Workspace, starting: Any
) -> None:
    client, process = starting(workspace.folder)
    before = client.ask("/v1/ready").json["bundle"]
    statuses: list[int] = []
    done = threading.Event()

    def load() -> None:
        while not done.is_set():
            statuses.append(client.ask("/v1/recommend?user=u01&k=3").status)

    askers = [threading.Thread(target=load) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        workspace.bundle(run_of(workspace, "ease", "id"))
        process.send_signal(signal.SIGHUP)
        until(lambda: client.ask("/v1/ready").json["bundle"] != before)
        second = client.ask("/v1/ready").json
        assert second["recommender"] == "ease"
        folder = workspace.bundle(run_of(workspace, "content-knn", "described"))
        broken = workspace.folder / "bundle" / "broken"
        folder.rename(broken)
        (broken / "items.parquet").write_bytes(b"broken")
        (workspace.folder / "bundle" / "current").write_text("broken\n")
        until(lambda: b"seesay_bundle_refused_total 1.0" in client.ask("/v1/metrics").body)
        assert client.ask("/v1/ready").json == second
    finally:
        done.set()
        for asker in askers:
            asker.join()
    assert len(statuses) > 10
    assert set(statuses) == {200}


def test_nothing_that_was_acknowledged_is_lost_by_a_kill(
    workspace: Workspace, starting: Any
) -> None:
    client, process = starting(workspace.folder)
    taken: list[tuple[str, str]] = []

    def post(user: int) -> None:
        number = 0
        while True:
            row = (f"new{user}", f"i{number % ITEMS}")
            try:
                if client.ask("/v1/interactions", {"user": row[0], "item": row[1]}).status != 201:
                    return
            except (OSError, HTTPException):
                return
            taken.append(row)
            number += 1

    posters = [threading.Thread(target=post, args=(user,)) for user in range(3)]
    for poster in posters:
        poster.start()
    until(lambda: len(taken) > 60)
    process.kill()
    process.wait()
    for poster in posters:
        poster.join()
    kept = Posted(workspace.folder / "served")
    for user in range(3):
        acknowledged = [item for who, item in taken if who == f"new{user}"]
        # One more may have been written whose answer the kill cut off.
        assert kept.history(f"new{user}")[: len(acknowledged)] == acknowledged
        assert len(kept.history(f"new{user}")) - len(acknowledged) in (0, 1)
    kept.close()
    again, _ = starting(workspace.folder)
    assert again.ask("/v1/recommend?user=new0&k=1").status == 200
    assert again.ask("/v1/recommend?user=nobody&k=1").status == 404


@pytest.mark.parametrize(
    ("recommender", "features"),
    [
        ("item-knn", "id"),
        ("content-knn", "described"),
        ("ease", "id"),
        ("popularity", "-"),
        ("sasrec", "id+described"),
    ],
)
def test_no_torch_is_needed(workspace: Workspace, recommender: str, features: str) -> None:
    workspace.bundle(run_of(workspace, recommender, features))
    script = """
import sys
from pathlib import Path
from seesay.serve.app import create_app
app = create_app(Path(sys.argv[1]))
engine = app.state.engine()
assert engine.recommend(engine.history("u01"), 3)
assert engine.similar("i1", 3)
assert engine.search("a cat", 3)
assert "torch" not in sys.modules, "torch"
assert "sentence_transformers" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(workspace.folder / "bundle")],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_document_names_what_there_is(client: Client) -> None:
    document = client.ask("/v1/openapi.json").json
    assert {path for path in document["paths"] if not path.startswith("/v1/")} == set()
    assert "Problem" in document["components"]["schemas"]
    for path in ("/docs", "/redoc"):
        assert client.ask(path).status == 404
    assert json.dumps(document).count("application/problem+json") > 5


def test_ctrl_c_ends_it_and_a_taken_port_is_told(
    workspace: Workspace, starting: Any, tmp_path: Path
) -> None:
    client, process = starting(workspace.folder)
    port = client.address.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "seesay", "-w", str(workspace.folder), "serve"]
    taken = subprocess.run(
        [*command, "--port", port], capture_output=True, text=True, timeout=60, check=False
    )
    assert taken.returncode == 2
    assert "Choose another one" in taken.stderr
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 0
    assert told.strip().endswith("stopped")
    assert "Traceback" not in told
    none = subprocess.run(
        [*command, "--port", "0", "--bundle", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert none.returncode == 2
    assert "seesay bundle" in none.stderr


def test_without_a_bundle_it_makes_one_or_says_what_is_missing(
    workspace: Workspace, starting: Any
) -> None:
    shutil.rmtree(workspace.folder / "bundle")
    client, _ = starting(workspace.folder)
    assert client.ask("/v1/ready").json["counts"]["items"] == ITEMS
    shutil.rmtree(workspace.folder / "bundle")
    shutil.rmtree(workspace.folder / "runs")
    none = subprocess.run(
        [sys.executable, "-m", "seesay", "-w", str(workspace.folder), "serve", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert none.returncode == 2
    assert "seesay train" in none.stderr
    assert "Traceback" not in none.stderr
