"""What is asked, what it would cost, and what it did cost, from the command line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from model_server import MODEL, Asked, ModelServer, Reply, completion, facets

Run = Callable[..., subprocess.CompletedProcess[str]]
EACH = (1000 * 2.0 + 50 * 10.0) / 1e6


@pytest.fixture
def server() -> Iterator[ModelServer]:
    running = ModelServer()
    yield running
    running.close()


def settings(server: ModelServer) -> str:
    return f"""
[defaults]
describer = "openai"
[describers.openai]
base_url = "{server.url}"
model = "{MODEL}"
max_tokens = 200
[describers.openai.prices]
"{MODEL}" = {{ prompt = 2.0, completion = 10.0 }}
"""


def test_money_from_the_estimate_to_the_sum(
    tmp_path: Path, seesay: Run, make_clip: Callable[..., Path], server: ModelServer
) -> None:
    (tmp_path / "clips").mkdir()
    for number, name in enumerate(("cat", "dog", "owl")):
        make_clip(tmp_path / f"clips/{name}.mp4", seconds=1 + 0.2 * number, sound=False)
    assert seesay("init", cwd=tmp_path).returncode == 0
    (tmp_path / "seesay.toml").write_text(settings(server))
    assert seesay("add", "items", "clips", cwd=tmp_path).returncode == 0

    planned = seesay("describe", "--dry-run", "--json", cwd=tmp_path)
    assert planned.returncode == 0, planned.stderr
    assert json.loads(planned.stdout)["videos"] == 3
    assert server.asked == []
    assert not list(tmp_path.glob("journal*"))

    def usual(asked: Asked) -> Reply:
        refusal = Reply(completion(None, refusal="No."))
        return refusal if asked.title == "owl" else Reply(completion(facets()))

    server.usual = usual
    done = seesay("describe", "--budget", "1", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "2 described, 0 were done before, 1 failed" in done.stdout
    assert f"It cost {3 * EACH:.4f}, in 3 requests." in done.stdout

    again = seesay("describe", "--budget", "0.00001", cwd=tmp_path)
    assert again.returncode == 3
    assert "not asked again: the model refused: No." in again.stdout
    assert "1 of them were not asked again. To ask: --retry" in again.stdout
    asked = seesay("describe", "--retry", "--budget", "0.00001", cwd=tmp_path)
    assert asked.returncode == 3
    assert "1 were left: the budget is used up." in asked.stdout
    assert len(server.asked) == 3

    summed = json.loads(seesay("costs", "--json", cwd=tmp_path).stdout)
    assert summed["total"]["cost"] == pytest.approx(3 * EACH)
    assert summed["by_model"][MODEL]["described"] == 2
    shown = seesay("costs", cwd=tmp_path).stdout
    assert shown.splitlines()[1].split()[:4] == [MODEL, "3", "2", "1"]


def test_a_refused_command_leaves_nothing_behind(
    tmp_path: Path, seesay: Run, make_clip: Callable[..., Path], server: ModelServer
) -> None:
    (tmp_path / "clips").mkdir()
    make_clip(tmp_path / "clips/a.mp4", seconds=1, sound=False)
    seesay("init", cwd=tmp_path)
    seesay("add", "items", "clips", cwd=tmp_path)
    (tmp_path / "seesay.toml").write_text(settings(server))
    server.close()
    before = sorted(path.name for path in tmp_path.iterdir())
    refused = seesay("describe", cwd=tmp_path)
    assert refused.returncode == 2
    assert "No model server answers" in refused.stderr
    unpriced = seesay("describe", "--describer", "perception", "--budget", "1", cwd=tmp_path)
    assert unpriced.returncode == 2
    assert "does not count money" in unpriced.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert "Nothing was described here yet." in seesay("costs", cwd=tmp_path).stdout
