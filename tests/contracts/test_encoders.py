"""Every encoder that is installed keeps to the contract."""

from __future__ import annotations

from functools import cache

import pytest

from contracts.encoder_contract import EncoderContract
from seesay.core.plugins import build_plugin, plugin_names
from seesay.encode.base import Encoder

NAMES = plugin_names("encoder")


@cache
def built(name: str) -> Encoder:
    encoder: Encoder = build_plugin("encoder", name)
    return encoder


def test_the_six_of_the_first_release_are_installed() -> None:
    assert {"title", "described", "video", "audio", "random", "shuffled"} <= set(NAMES)


class TestEncoders(EncoderContract):
    @pytest.fixture(params=NAMES)
    def name(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def encoder(self, name: str) -> Encoder:
        return built(name)
