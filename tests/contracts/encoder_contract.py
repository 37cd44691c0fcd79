"""What every encoder must keep to; a plug-in of your own can be put through the same checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seesay.core.errors import SeesayError
from seesay.core.hashing import value_sha256
from seesay.core.plugins import build_plugin, plugin_class
from seesay.encode.base import LACKS, Encoder, Source
from seesay.media.base import Media, MediaManifest

WORDS = (
    "A dog runs through a garden and somebody laughs.",
    "How to bake bread at home",
    "x",
    "Two friends sing on a stage in the rain, and the crowd sings with them until the end. " * 3,
    "猫が箱に入る #cat",
)


def media(seed: int, sound: bool = True) -> Media:
    """Return a decoded video of three frames of noise, and a tone."""
    noise = np.random.default_rng(seed)
    frames = tuple(noise.integers(0, 256, (60, 80, 3), dtype=np.uint8) for _ in range(3))
    seconds = np.arange(16_000 if sound else 0) / 16_000
    audio = (0.3 * np.sin(2 * np.pi * 200 * (seed + 1) * seconds)).astype(np.float32)
    manifest = MediaManifest(3, 3, 1.0, "h264", 80, 60, 0, sound, False)
    return Media(Path(f"{seed}.mp4"), frames, (0.2, 0.5, 0.8), audio, manifest)


def sources() -> list[Source]:
    """Return items that have all that any encoder may read."""
    vectors = np.random.default_rng(7).standard_normal((len(WORDS), 6)).astype(np.float32)
    return [
        Source(f"item-{row}", text, text[::-1] + text, media(row, row != 2), vectors[row], text)
        for row, text in enumerate(WORDS)
    ]


class EncoderContract:
    """The checks; a subclass gives the fixtures `name`, `options`, and `encoder` built of both."""

    def test_it_has_its_own_name_and_settings(self, name: str, encoder: Encoder) -> None:
        assert encoder.name == name
        assert encoder.reads in LACKS
        assert encoder.batch_size is None or encoder.batch_size >= 1
        assert plugin_class("encoder", name).Settings.__doc__

    def test_it_builds_from_defaults(self, name: str) -> None:
        built = build_plugin("encoder", name)
        assert built.settings == type(built).Settings()

    def test_its_settings_survive_a_round_trip(self, name: str, options: dict[str, Any]) -> None:
        built = build_plugin("encoder", name, options)
        again = build_plugin("encoder", name, json.loads(built.settings.model_dump_json()))
        assert again.settings == built.settings
        assert again.fingerprint() == built.fingerprint()

    def test_a_setting_that_it_does_not_know_is_an_error_with_a_remedy(self, name: str) -> None:
        with pytest.raises(SeesayError, match="Known keys"):
            build_plugin("encoder", name, {"no_such_setting": 1})

    def test_its_fingerprint_is_json_and_does_not_change(
        self, name: str, options: dict[str, Any], encoder: Encoder
    ) -> None:
        encoder.encode(sources())
        fresh = build_plugin("encoder", name, options)
        assert value_sha256(encoder.fingerprint()) == value_sha256(fresh.fingerprint())

    def test_one_finite_float32_row_an_item(self, encoder: Encoder) -> None:
        vectors = encoder.encode(sources())
        assert vectors.shape == (len(WORDS), encoder.dim)
        assert vectors.dtype == np.float32
        assert vectors.flags.c_contiguous
        assert np.isfinite(vectors).all()
        assert len(np.unique(vectors, axis=0)) == len(WORDS)

    def test_the_same_items_give_the_same_vectors(
        self, name: str, options: dict[str, Any], encoder: Encoder
    ) -> None:
        first, again = encoder.encode(sources()), encoder.encode(sources())
        fresh: Encoder = build_plugin("encoder", name, options)
        np.testing.assert_array_equal(first, again)
        np.testing.assert_array_equal(first, fresh.encode(sources()))

    def test_one_at_a_time_or_together_is_the_same(self, encoder: Encoder) -> None:
        if encoder.batch_size is None:
            pytest.skip("it must see all items together")
        together = encoder.encode(sources())
        alone = np.concatenate([encoder.encode([source]) for source in sources()])
        np.testing.assert_allclose(alone, together, atol=1e-5)

    def test_the_order_of_the_items_changes_nothing(self, encoder: Encoder) -> None:
        forward = encoder.encode(sources())
        backward = encoder.encode(sources()[::-1])[::-1]
        np.testing.assert_allclose(backward, forward, atol=1e-5)

    def test_no_items_give_no_rows(self, encoder: Encoder) -> None:
        vectors = encoder.encode([])
        assert vectors.shape == (0, encoder.dim)
        assert vectors.dtype == np.float32

    def test_an_item_that_lacks_what_is_read_is_an_error_with_a_remedy(
        self, encoder: Encoder
    ) -> None:
        bare = Source("" if encoder.reads == "item_id" else "bare")
        with pytest.raises(SeesayError) as caught:
            encoder.encode([*sources(), bare])
        assert f"'{bare.item_id}'" in caught.value.problem
        assert caught.value.remedy
