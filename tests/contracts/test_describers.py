"""Every describer that is installed keeps to the contract."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from contracts.describer_contract import Case, DescriberContract
from model_server import MODEL, ModelServer
from seesay.core.plugins import plugin_names


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    running = ModelServer()
    yield running
    running.close()


class TestDescribers(DescriberContract):
    @pytest.fixture(params=plugin_names("describer"))
    def case(self, request: pytest.FixtureRequest, server: ModelServer) -> Case:
        if request.param == "openai":
            nowhere = f"http://127.0.0.1:{closed_port()}/v1"
            return Case(
                "openai",
                {"base_url": server.url, "model": MODEL, "retries": 0},
                [({"base_url": nowhere}, "--base-url"), ({"model": "another"}, MODEL)],
            )
        return Case(request.param)
