"""Every describer that is installed keeps to the contract."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.describer_contract import Case, DescriberContract
from describe import tiny_models
from model_server import MODEL, ModelServer
from seesay.core.plugins import plugin_names

SHORT_PROMPT = Path(tiny_models.__file__).parent / "short_prompt.txt"


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    running = ModelServer()
    yield running
    running.close()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small random model that sees."""
    return tiny_models.smolvlm(tmp_path_factory.mktemp("model"))


class TestDescribers(DescriberContract):
    @pytest.fixture(params=plugin_names("describer"))
    def case(self, request: pytest.FixtureRequest, server: ModelServer, tiny: Path) -> Case:
        if request.param == "openai":
            nowhere = f"http://127.0.0.1:{closed_port()}/v1"
            return Case(
                "openai",
                {"base_url": server.url, "model": MODEL, "retries": 0},
                [({"base_url": nowhere}, "--base-url"), ({"model": "another"}, MODEL)],
            )
        if request.param == "transformers":
            options = {"model": str(tiny), "max_tokens": 8, "prompt": str(SHORT_PROMPT)}
            nowhere = str(tiny / "nowhere" / "at" / "all")
            return Case(
                "transformers",
                options,
                [({"model": ""}, "--model"), ({"model": nowhere}, "folder")],
            )
        if request.param == "vllm":
            pytest.skip("vLLM needs a GPU; tests/describe/test_vllm.py tests what goes in and out")
        return Case(request.param)
