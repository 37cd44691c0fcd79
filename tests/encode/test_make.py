"""From what an encoder reads to the table on disk, and when that has to be made anew."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seesay.core.errors import SeesayError
from seesay.encode.audio import AudioEncoder
from seesay.encode.features import FeatureTable, read_features, write_features
from seesay.encode.make import Material, is_stale, make_feature
from seesay.encode.placebos import RandomEncoder, RandomSettings, ShuffledEncoder, ShuffledSettings
from seesay.encode.sentences import TagEncoder, TagSettings
from seesay.media.base import MediaSettings

IDS = ["a", "b", "c"]


@pytest.fixture
def material(tmp_path: Path) -> Material:
    items = pl.DataFrame(
        {"item_id": IDS, "title": IDS, "path": pl.Series([None] * 3, dtype=pl.String)}
    )
    return Material(items, {}, MediaSettings(), tmp_path / "features")


def test_it_is_made_once_and_again_when_its_settings_or_items_change(material: Material) -> None:
    assert not is_stale(RandomEncoder(), material)
    assert make_feature(RandomEncoder(), material).fresh
    assert not make_feature(RandomEncoder(), material).fresh
    assert not is_stale(RandomEncoder(), material)
    other = RandomEncoder(RandomSettings(seed=1))
    more = replace(material, items=pl.concat([material.items, material.items[:1]]))
    assert is_stale(other, material)
    assert is_stale(RandomEncoder(), more)
    assert make_feature(other, material).fresh


def test_what_was_not_made_here_is_never_stale(material: Material) -> None:
    table = FeatureTable("random", IDS, np.eye(3, dtype=np.float32), {})
    write_features(material.features / "random", table)
    assert not is_stale(RandomEncoder(), material)


def test_the_shuffled_placebo_follows_the_feature_that_it_shuffles(material: Material) -> None:
    shuffled = ShuffledEncoder(ShuffledSettings(of="random"))
    with pytest.raises(SeesayError, match="seesay encode random"):
        make_feature(shuffled, material)
    make_feature(RandomEncoder(), material)
    assert make_feature(shuffled, material).fresh
    one, other = (read_features(material.features / name) for name in ("random", "shuffled"))
    assert one.item_ids == other.item_ids
    assert not (one.vectors == other.vectors).all(axis=1).any()
    assert np.array_equal(np.sort(one.vectors, axis=0), np.sort(other.vectors, axis=0))
    make_feature(RandomEncoder(RandomSettings(seed=1)), material)
    assert is_stale(shuffled, material)


def test_a_video_that_changed(
    material: Material, tmp_path: Path, make_clip: Callable[..., Path]
) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=1)
    items = material.items.with_columns(pl.lit(str(path)).alias("path"))
    material = replace(material, items=items)
    made = make_feature(AudioEncoder(), material)
    assert (made.manifest["rows"], made.manifest["left_out"]) == (3, {})
    make_clip(tmp_path / "a.mp4", seconds=2)
    assert is_stale(AudioEncoder(), material)


def test_what_has_nothing_to_encode_is_no_progress(
    material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    tags = pl.Series("tag", ["cats", "", "rockets"])
    made = make_feature(TagEncoder(), replace(material, items=material.items.with_columns(tags)))
    assert list(made.manifest["left_out"]) == ["b"]
    assert "encode tag: 2 of 2, " in capsys.readouterr().err


def test_nothing_to_read(material: Material, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SeesayError, match=r"of 3 items the first, 'a', .*no video file.*Add items"):
        make_feature(AudioEncoder(), material)
    assert not (material.features / "audio").exists()
    assert capsys.readouterr().err == ""


def test_the_tag_comes_from_the_column_that_the_settings_name(material: Material) -> None:
    with pytest.raises(SeesayError, match="No item could be encoded for 'tag'") as failed:
        make_feature(TagEncoder(), material)
    assert "[encoders.tag]" in failed.value.remedy
    topics = pl.Series("topic", ["cooking", None, "cooking"])
    encoder = TagEncoder(TagSettings(column="topic"))
    made = make_feature(encoder, replace(material, items=material.items.with_columns(topics)))
    table = read_features(material.features / "tag")
    assert made.fresh
    assert table.item_ids == ["a", "c"]
    assert np.array_equal(table.vectors[0], table.vectors[1])
    assert is_stale(encoder, replace(material, items=material.items.with_columns(topic=pl.lit(7))))
