"""A folder of clips, from the command line, to what is like a clip."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from integration.llama_server import LlamaServer
from seesay.workspace import Workspace

# Four processes that each load their libraries, on one core that may be busy.
pytestmark = pytest.mark.timeout(1800)


def test_from_clips_to_recommendations(
    server: LlamaServer, open_workspace: Callable[..., Workspace]
) -> None:
    folder = open_workspace(server.url, max_tokens=80).folder

    def seesay(*arguments: str) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-m", "seesay", *arguments, "--json"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert seesay("describe")["described"] == 3
    encoded = seesay("encode", "described")["features"]["described"]
    assert (encoded["rows"], encoded["left_out"]) == (3, {})
    found = seesay("recommend", "--like", "one", "-k", "2")["items"]
    assert {item["item_id"] for item in found} == {"two", "three"}
