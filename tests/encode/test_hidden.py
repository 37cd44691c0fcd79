from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import making
from contracts.encoder_contract import media, sources
from describe import tiny_models
from seesay.core.errors import SeesayError
from seesay.encode.base import Source
from seesay.encode.features import FeatureTable, read_features
from seesay.encode.hidden import HiddenEncoder, HiddenSettings
from seesay.encode.make import Material, make_feature
from seesay.media.base import MediaSettings

WIDTH = tiny_models.TEXT["hidden_size"]
PROMPT = str(Path(tiny_models.__file__).parent / "short_prompt.txt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.qwen3_vl(tmp_path_factory.mktemp("qwen3"))


def encoder(folder: Path, **options: Any) -> HiddenEncoder:
    settings = {"model": str(folder), "prompt": PROMPT, **options}
    return HiddenEncoder(HiddenSettings.model_validate(settings))


def test_layers_stand_side_by_side_in_the_order_asked_for(folder: Path) -> None:
    both = encoder(folder, layers=[0, 1]).encode(sources())
    assert both.shape == (len(sources()), 2 * WIDTH)
    first, last = (encoder(folder, layers=[part]).encode(sources()) for part in (0, 1))
    np.testing.assert_allclose(both, np.hstack([first, last]), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-5)
    loose = encoder(folder, layers=[1], normalize=False).encode(sources()[:1])
    np.testing.assert_allclose(loose[0] / np.linalg.norm(loose[0]), last[0], atol=1e-5)


def test_its_vectors_are_of_the_frames_alone(folder: Path) -> None:
    model = encoder(folder, layers=[0.5])
    one = Source("a", "title", "words", media(1))
    other = Source("b", "another", "", replace(media(1, sound=False), path=Path("b.mp4")))
    rows = model.encode([one, other, Source("c", media=media(2))])
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-5)
    assert np.abs(rows[0] - rows[2]).max() > 1e-3


def test_a_video_that_the_model_cannot_take_is_not_finite_and_alone(folder: Path) -> None:
    sliver = replace(media(1), frames=(np.zeros((2, 900, 3), np.uint8),), times=(0.0,))
    rows = encoder(folder, layers=[1]).encode([Source("bad", media=sliver), sources()[0]])
    assert np.isnan(rows[0]).all()
    assert np.isfinite(rows[1]).all()


def test_a_video_without_frames_is_named(folder: Path) -> None:
    with pytest.raises(SeesayError, match="'empty' has no frames"):
        encoder(folder).encode([Source("empty", media=replace(media(1), frames=(), times=()))])


def test_the_count_of_layers_is_in_the_manifest_of_the_table(folder: Path, tmp_path: Path) -> None:
    paths = [str(making.make_clip(tmp_path / f"{name}.mp4")) for name in "ab"]
    items = pl.DataFrame({"item_id": ["a", "b"], "title": ["", ""], "path": paths})
    material = Material(items, {}, MediaSettings(count=2, frame_pixels=64), tmp_path / "features")
    made = make_feature(encoder(folder, layers=[0.3, 0.6, 1]), material)
    assert made.fresh
    table = read_features(tmp_path / "features" / "hidden")
    assert table.layers == 3
    assert table.manifest["dim"] == 3 * WIDTH
    assert not make_feature(encoder(folder, layers=[0.3, 0.6, 1]), material).fresh
    assert make_feature(encoder(folder, layers=[0.3, 1]), material).fresh
    assert FeatureTable("x", ["a"], np.ones((1, 2), np.float32), {}).layers == 1


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(SeesayError, match=r"no layer at 1\.5"):
        HiddenEncoder(HiddenSettings(layers=(0.5, 1.5)))
    with pytest.raises(SeesayError, match="No model is named for 'hidden'"):
        HiddenEncoder().encode(sources())
    with pytest.raises(SeesayError, match="does not see"):
        encoder(tiny_models.qwen2_audio(tmp_path / "deaf")).encode(sources())
