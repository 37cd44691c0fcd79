from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seesay.core.errors import SeesayError
from seesay.describe.senses import efficientnet
from seesay.encode.base import Source
from seesay.encode.video import FRAMES_AT_ONCE, VideoEncoder, VideoSettings
from seesay.media.base import Media, MediaManifest

NOISE = np.random.default_rng(5)
FRAMES = tuple(NOISE.integers(0, 256, (48, 64, 3), dtype=np.uint8) for _ in range(3))


@pytest.fixture(scope="module")
def raw() -> VideoEncoder:
    return VideoEncoder(VideoSettings(normalize=False))


def item(frames: tuple[np.ndarray, ...]) -> Source:
    manifest = MediaManifest(len(frames), len(frames), 1.0, "h264", 64, 48, 0, False, False)
    times = tuple(float(at) for at in range(len(frames)))
    return Source("a", media=Media(Path("a.mp4"), frames, times, np.empty(0, "f4"), manifest))


def test_a_vector_is_the_mean_of_the_penultimate_layer_over_the_frames(raw: VideoEncoder) -> None:
    model = efficientnet.load()
    penultimate, _ = efficientnet.features(model, efficientnet.preprocess(FRAMES))
    (vector,) = raw.encode([item(FRAMES)])
    np.testing.assert_allclose(vector, penultimate.numpy().mean(axis=0), atol=1e-5)


def test_many_frames_are_taken_in_parts(raw: VideoEncoder) -> None:
    many = (FRAMES * FRAMES_AT_ONCE)[: 2 * FRAMES_AT_ONCE + 1]
    assert len(many) % 3 == 0
    np.testing.assert_allclose(raw.encode([item(many)]), raw.encode([item(FRAMES)]), atol=1e-5)


def test_vectors_are_scaled_to_length_one_by_default(raw: VideoEncoder) -> None:
    (unit,), (plain,) = VideoEncoder().encode([item(FRAMES)]), raw.encode([item(FRAMES)])
    assert np.linalg.norm(unit) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(unit, plain / np.linalg.norm(plain), atol=1e-6)


def test_a_video_without_frames_is_an_error_that_names_it(raw: VideoEncoder) -> None:
    with pytest.raises(SeesayError, match="'bare' has no frames"):
        raw.encode([replace(item(()), item_id="bare")])
