from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from seesay.core.errors import SeesayError
from seesay.core.files import MANIFEST
from seesay.encode.features import FeatureTable, read_features, write_features

WRITER = """
import sys
from pathlib import Path
import numpy as np
from seesay.encode.features import FeatureTable, write_features
ids = [str(row) for row in range(20_000)]
print("ready", flush=True)
for turn in range(1, 100_000):
    table = FeatureTable("title", ids, np.full((20_000, 8), turn, np.float32), {"turn": turn})
    write_features(Path(sys.argv[1]), table)
"""


def table(vectors: np.ndarray, *item_ids: str) -> FeatureTable:
    return FeatureTable("title", list(item_ids), vectors, {"encoder": "title"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "features" / "title"
    write_features(folder, table(np.arange(6.0).reshape(3, 2), "a", "b", "c"))
    return folder


def test_what_is_written_is_read(folder: Path) -> None:
    read = read_features(folder)
    assert read.name == "title"
    assert read.item_ids == ["a", "b", "c"]
    np.testing.assert_array_equal(read.vectors, [[0, 1], [2, 3], [4, 5]])
    assert (read.manifest["rows"], read.manifest["dim"]) == (3, 2)
    assert read.manifest["encoder"] == "title"


@pytest.mark.parametrize(
    ("about", "made_by"),
    [
        ({"encoder": "title", "fingerprint": {"model": "org/words"}}, "org/words"),
        ({"encoder": "random", "fingerprint": {"seed": 0}}, "random"),
        ({"outside": {"file": "mine.npy", "sha256": "12"}}, "mine.npy"),
        ({}, "title"),
    ],
)
def test_a_feature_says_what_made_it(tmp_path: Path, about: dict, made_by: str) -> None:
    write_features(tmp_path / "title", FeatureTable("title", ["a"], np.ones((1, 2)), about))
    made = read_features(tmp_path / "title")
    assert made.source == f"{made_by}, vectors {made.manifest['vectors_sha256'][:12]}"


def test_rows_come_in_the_order_asked_as_contiguous_float32(folder: Path) -> None:
    rows = read_features(folder).rows(["c", "a", "c"])
    np.testing.assert_array_equal(rows, [[4, 5], [0, 1], [4, 5]])
    assert rows.dtype == np.float32
    assert rows.flags.c_contiguous
    assert rows.flags.writeable
    assert read_features(folder).rows([]).shape == (0, 2)


def test_only_some_items_keep_their_vectors(folder: Path) -> None:
    table = read_features(folder)
    some = table.only({"c", "a", "x"})
    assert (some.item_ids, some.manifest["rows"]) == (["a", "c"], 2)
    assert some.vectors.tolist() == [table.vectors[0].tolist(), table.vectors[2].tolist()]
    assert table.only("abc") is table


def test_items_without_a_vector_are_counted_and_the_command_is_named(folder: Path) -> None:
    with pytest.raises(SeesayError, match=r"2 of 3 items.*'x'") as caught:
        read_features(folder).rows(["a", "x", "y"])
    assert caught.value.remedy == "Run: seesay encode title"


def test_other_layouts_and_types_are_written_as_float32(tmp_path: Path) -> None:
    wide = np.asfortranarray(np.arange(12, dtype=np.float64).reshape(3, 4))[:, ::2]
    write_features(tmp_path / "f", table(wide, "a", "b", "c"))
    stored = np.load(tmp_path / "f" / "vectors.npy")
    assert stored.dtype == np.float32
    assert stored.flags.c_contiguous
    np.testing.assert_array_equal(stored, wide)


@pytest.mark.parametrize(
    ("vectors", "item_ids", "words"),
    [
        (np.empty((0, 4)), [], "no rows"),
        (np.ones((2, 3)), ["a", "a"], "'a' 2 times"),
        (np.array([[1.0], [np.nan]]), ["a", "b"], "the first: 'b'"),
        (np.array([[1.0], [np.inf]]), ["a", "b"], "the first: 'b'"),
        (np.array([[1.0], [1e300]]), ["a", "b"], "the first: 'b'"),
        (np.ones((3, 2)), ["a", "b"], r"\[3, 2\] for 2 items"),
        (np.ones(2), ["a", "b"], r"\[2\] for 2 items"),
        (np.ones((2, 0)), ["a", "b"], r"\[2, 0\]"),
    ],
)
def test_a_bad_table_is_refused_and_the_old_one_stays(
    folder: Path, vectors: np.ndarray, item_ids: list[str], words: str
) -> None:
    with pytest.raises(SeesayError, match=words):
        write_features(folder, table(vectors, *item_ids))
    assert read_features(folder).item_ids == ["a", "b", "c"]
    assert [path.name for path in folder.parent.iterdir()] == ["title"]


def test_no_table_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(SeesayError, match=r"no feature 'audio' yet\. Run: seesay encode audio"):
        read_features(tmp_path / "audio")


def test_a_folder_without_its_manifest_does_not_exist(folder: Path) -> None:
    (folder / MANIFEST).unlink()
    with pytest.raises(SeesayError, match="no feature 'title' yet"):
        read_features(folder)


@pytest.mark.parametrize("name", ["vectors.npy", "item_ids.parquet"])
def test_a_file_that_changed_on_disk_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(SeesayError, match=r"not those it was made of.*seesay encode title"):
        read_features(folder)


@pytest.mark.parametrize("name", ["vectors.npy", "item_ids.parquet"])
def test_a_file_that_is_gone_is_an_error_with_a_remedy(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(SeesayError, match="seesay encode title"):
        read_features(folder)


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"name": "title"})])
def test_a_broken_manifest_is_an_error_with_a_remedy(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text)
    with pytest.raises(SeesayError) as caught:
        read_features(folder)
    assert caught.value.remedy


def test_a_table_that_was_read_outlives_its_replacement(folder: Path) -> None:
    old = read_features(folder)
    write_features(folder, table(np.zeros((1, 2)), "z"))
    np.testing.assert_array_equal(old.rows(["b"]), [[2, 3]])
    assert read_features(folder).item_ids == ["z"]


def test_a_writer_killed_at_any_moment_leaves_no_half_table(tmp_path: Path) -> None:
    folder = tmp_path / "features" / "title"
    write_features(folder, FeatureTable("title", ["a"], np.zeros((1, 8)), {"turn": 0}))
    dice = random.Random(3)
    whole = 0
    for _ in range(6):
        command = [sys.executable, "-c", WRITER, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(dice.uniform(0.0, 0.3))
            os.kill(writer.pid, signal.SIGKILL)
        if not folder.exists():
            continue
        read = read_features(folder)
        assert read.vectors.shape == (20_000 if read.manifest["turn"] else 1, 8)
        assert len(read.item_ids) == len(read.vectors)
        assert (read.vectors == read.manifest["turn"]).all()
        whole += 1
    assert whole
