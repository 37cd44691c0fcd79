from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import polars as pl
import pytest

from seesay.catalog.base import Catalog
from seesay.catalog.datasets import demo_sound
from seesay.catalog.datasets.demo import Demo, DemoSettings, plan
from seesay.core.hashing import file_sha256
from seesay.core.plugins import build_plugin

CLIPS = 5


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Catalog]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, Demo(DemoSettings(folder=folder, clips=CLIPS, viewers=30)).load()


def hashes(catalog: Catalog) -> list[str]:
    return [file_sha256(Path(path)) for path in catalog.items["path"]]


def test_the_catalogue_has_the_agreed_columns_and_says_that_it_is_simulated(
    made: tuple[Path, Catalog],
) -> None:
    _, catalog = made
    assert catalog.simulated
    assert catalog.items.columns == ["item_id", "path", "title", "topic"]
    assert catalog.items["item_id"].to_list() == [f"clip-00{n}" for n in range(1, CLIPS + 1)]
    assert catalog.interactions.schema == pl.Schema(
        {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}
    )
    assert set(catalog.interactions["item_id"]) <= set(catalog.items["item_id"])


def test_every_clip_decodes_to_what_its_shot_asks_for(made: tuple[Path, Catalog]) -> None:
    _, catalog = made
    for path, (_, shot) in zip(catalog.items["path"], plan(CLIPS), strict=True):
        with av.open(path) as container:
            frames = list(container.decode(video=0))
        assert len(frames) == round(shot.seconds * shot.rate)
        assert max(frame.to_ndarray(format="gray").std() for frame in frames) > 10
        if not (shot.music or shot.speech):
            continue
        with av.open(path) as container:
            sound = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)
        assert sound.shape[1] / demo_sound.RATE == pytest.approx(shot.seconds, abs=0.05)
        assert np.sqrt((sound**2).mean()) > 0.02


def test_whole_clips_are_kept_and_cut_off_ones_made_again(tmp_path: Path) -> None:
    settings = DemoSettings(folder=tmp_path, clips=2, viewers=3)
    first = Demo(settings).load()
    before = hashes(first)
    kept, cut = (Path(path) for path in first.items["path"])
    os.truncate(cut, cut.stat().st_size // 2)
    stamp = kept.stat().st_mtime_ns
    again = Demo(settings).load()
    assert kept.stat().st_mtime_ns == stamp
    assert hashes(again) == before
    assert sorted(path.name for path in kept.parent.iterdir()) == ["clip-001.mp4", "clip-002.mp4"]


def test_two_folders_get_the_same_clips_and_views(
    made: tuple[Path, Catalog], tmp_path: Path
) -> None:
    _, catalog = made
    other = Demo(DemoSettings(folder=tmp_path, clips=CLIPS, viewers=30)).load()
    assert hashes(other) == hashes(catalog)
    assert other.interactions.equals(catalog.interactions)


def test_another_seed_draws_other_viewers_for_the_same_clips(made: tuple[Path, Catalog]) -> None:
    folder, catalog = made
    other = Demo(DemoSettings(folder=folder, clips=CLIPS, viewers=30, seed=1)).load()
    assert other.items.equals(catalog.items)
    assert not other.interactions.equals(catalog.interactions)


def test_without_the_synthesiser_a_speaking_clip_gets_music_and_that_is_said(
    tmp_path: Path,
) -> None:
    program = (
        "import sys; sys.modules['espeakng_loader'] = None\n"
        "from pathlib import Path\n"
        "from seesay.catalog.datasets.demo import Demo, DemoSettings\n"
        "Demo(DemoSettings(folder=Path(sys.argv[1]), clips=2, viewers=1)).load()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "espeakng_loader is not installed" in run.stderr
    assert plan(2)[1][1].speech
    with av.open(str(tmp_path / "videos" / "clip-002.mp4")) as container:
        assert len(container.streams.audio) == 1


def test_the_entry_point_builds_it_with_checked_options(tmp_path: Path) -> None:
    demo = build_plugin("dataset", "demo", {"folder": tmp_path, "clips": 3})
    assert demo.settings == DemoSettings(folder=tmp_path, clips=3)
