"""Every encoder that is installed keeps to the contract."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from contracts.encoder_contract import EncoderContract
from describe import tiny_models
from seesay.core.plugins import build_plugin, plugin_names
from seesay.encode.base import Encoder

NAMES = plugin_names("encoder")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small random model that sees."""
    return tiny_models.smolvlm(tmp_path_factory.mktemp("model"))


@cache
def built(name: str, model: str) -> Encoder:
    encoder: Encoder = build_plugin("encoder", name, {"model": model} if model else {})
    return encoder


def test_the_six_of_the_first_release_are_installed() -> None:
    assert {"title", "described", "video", "audio", "random", "shuffled"} <= set(NAMES)


class TestEncoders(EncoderContract):
    @pytest.fixture(params=NAMES)
    def name(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def options(self, name: str, tiny: Path) -> dict[str, Any]:
        return {"model": str(tiny)} if name == "hidden" else {}

    @pytest.fixture
    def encoder(self, name: str, options: dict[str, Any]) -> Encoder:
        return built(name, options.get("model", ""))
