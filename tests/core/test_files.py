from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seesay.core.errors import SeesayError
from seesay.core.files import read_json, replacing_file, replacing_folder, write_json

AGAIN = """
import sys
from pathlib import Path
from seesay.core.files import replacing_folder
for _ in range(300):
    with replacing_folder(Path(sys.argv[1])) as folder:
        (folder / "whole").write_text("x")
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file"
    for text in ("old", "new"):
        with replacing_file(target) as temporary:
            temporary.write_text(text)
    assert target.read_text() == "new"
    assert names(target.parent) == ["file"]


def test_a_fault_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(RuntimeError), replacing_file(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    for name in ("old", "new"):
        with replacing_folder(target) as temporary:
            (temporary / name).write_text(name)
    assert names(target) == ["new"]
    assert names(tmp_path) == ["folder"]


def test_a_fault_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    with replacing_folder(target) as temporary:
        (temporary / "old").write_text("old")
    with pytest.raises(RuntimeError), replacing_folder(target) as temporary:
        (temporary / "half").write_text("half")
        raise RuntimeError
    assert names(target) == ["old"]
    assert names(tmp_path) == ["folder"]


def test_two_processes_may_replace_one_folder(tmp_path: Path) -> None:
    again = [sys.executable, "-c", AGAIN, str(tmp_path / "folder")]
    both = [subprocess.Popen(again, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=100)[1] for process in both] == ["", ""]
    assert names(tmp_path / "folder") == ["whole"]
    assert names(tmp_path) == ["folder"]


def test_json_comes_back(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"ключ": [1, None]})
    assert read_json(tmp_path / "a.json") == {"ключ": [1, None]}


@pytest.mark.parametrize("content", [None, b"{half", b"\xff\xfe"])
def test_what_is_no_json_says_so(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(SeesayError, match=r"a\.json cannot be read as JSON"):
        read_json(tmp_path / "a.json")


def test_what_killed_processes_left_is_removed_a_day_later(tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in (".a.1x", ".a.2x", ".ab.1x"))
    for folder in (old, new, other):
        folder.mkdir()
    for folder in (old, other):
        os.utime(folder, (0, 0))
    with replacing_folder(tmp_path / "a") as temporary:
        (temporary / "file").write_text("x")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.2x", ".ab.1x", "a"]
