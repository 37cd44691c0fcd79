"""Folders of files that are, or are not, videos."""

import os
from pathlib import Path

import pytest

from seesay.catalog.folder import items_from_folder, title_from_stem
from seesay.core.errors import SeesayError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_videos_become_items_named_after_their_stems(tmp_path: Path) -> None:
    touch(tmp_path, "sub/b_cat-video.MP4", "a.webm", "labels.csv", ".hidden.mp4", "0042.mov")
    items = items_from_folder(tmp_path)
    assert items["item_id"].to_list() == ["0042", "a", "b_cat-video"]
    assert items["title"].to_list() == ["", "a", "b cat video"]
    assert items["path"].to_list()[2] == str(tmp_path / "sub/b_cat-video.MP4")


def test_two_files_with_one_stem(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "other/a.mov")
    with pytest.raises(SeesayError, match=r"a\.mp4' and .*a\.mov' would both become the item 'a'"):
        items_from_folder(tmp_path)


def test_no_videos(tmp_path: Path) -> None:
    touch(tmp_path, "notes.txt")
    with pytest.raises(SeesayError, match="holds 1 files and none is a video"):
        items_from_folder(tmp_path)
    with pytest.raises(SeesayError, match="There is no folder"):
        items_from_folder(tmp_path / "absent")


def test_titles_of_stems() -> None:
    assert title_from_stem("__My.best - day__") == "My best day"
    assert title_from_stem("2024-01-01_12") == ""
    assert title_from_stem("猫_視頻") == "猫 視頻"


def test_a_name_that_is_not_unicode(tmp_path: Path) -> None:
    os.close(os.open(os.fsencode(tmp_path) + b"/caf\xe9.mp4", os.O_CREAT))
    with pytest.raises(SeesayError, match=r"caf\\udce9.mp4' is not in UTF-8"):
        items_from_folder(tmp_path)
    touch(tmp_path / "good", "👩\u200d🍳.mp4")
    assert items_from_folder(tmp_path / "good")["item_id"].to_list() == ["👩\u200d🍳"]
