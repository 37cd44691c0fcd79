"""Folders of files that are, or are not, videos."""

import os
from pathlib import Path

import pytest

from seesay.catalog.folder import items_from_folder, titles_from_stems
from seesay.core.errors import SeesayError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_videos_become_items_named_after_their_stems(tmp_path: Path) -> None:
    touch(tmp_path, "sub/b_cat-video.MP4", "a.webm", "labels.csv", ".hidden.mp4", "0042.mov")
    items = items_from_folder(tmp_path)
    assert items["item_id"].to_list() == ["0042", "a", "b_cat-video"]
    assert items["title"].to_list() == ["", "", "b cat video"]
    assert items["path"].to_list()[2] == str((tmp_path / "sub/b_cat-video.MP4").resolve())


def test_two_files_with_one_stem(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "other/a.mov")
    with pytest.raises(SeesayError, match=r"a\.mp4' and .*a\.mov' would both become the item 'a'"):
        items_from_folder(tmp_path)


def test_no_videos(tmp_path: Path) -> None:
    touch(tmp_path, "notes.txt")
    with pytest.raises(SeesayError, match=r"holds no video among its 1 file\."):
        items_from_folder(tmp_path)
    with pytest.raises(SeesayError, match="There is no folder"):
        items_from_folder(tmp_path / "absent")


def test_titles_of_stems() -> None:
    stems = ["__My.best - day__", "2024-01-01_12", "猫_視頻", "v2"]
    assert titles_from_stems(stems) == ["My best day", "", "猫 視頻", ""]
    assert titles_from_stems(["holiday"]) == ["holiday"]
    assert titles_from_stems([]) == []


def test_what_all_stems_say_is_no_title() -> None:
    assert titles_from_stems(["clip 001", "clip-002", "Clip_003"]) == ["", "", ""]
    assert titles_from_stems(["clip 001", "clip cat", "clip 003"]) == ["", "clip cat", ""]
    assert titles_from_stems(["IMG_1", "IMG_2 rocket"]) == ["", "IMG 2 rocket"]


def test_a_link_out_of_the_folder_needs_the_other_folder_to_be_named(tmp_path: Path) -> None:
    touch(tmp_path / "far", "cat.mp4")
    touch(tmp_path / "near", "dog.mp4")
    (tmp_path / "near/linked.mp4").symlink_to(tmp_path / "far/cat.mp4")
    (tmp_path / "near/again.mp4").symlink_to(tmp_path / "near/dog.mp4")
    with pytest.raises(SeesayError, match=r"1 file outside .*linked\.mp4.*--videos .*far"):
        items_from_folder(tmp_path / "near")
    items = items_from_folder(tmp_path / "near", [tmp_path / "far"])
    paths = dict(items.select("item_id", "path").iter_rows())
    assert paths["linked"] == str((tmp_path / "far/cat.mp4").resolve())
    assert paths["again"] == paths["dog"]


def test_a_name_that_is_not_unicode(tmp_path: Path) -> None:
    os.close(os.open(os.fsencode(tmp_path) + b"/caf\xe9.mp4", os.O_CREAT))
    with pytest.raises(SeesayError, match=r"caf\\udce9.mp4' is not in UTF-8"):
        items_from_folder(tmp_path)
    touch(tmp_path / "good", "👩\u200d🍳.mp4")
    assert items_from_folder(tmp_path / "good")["item_id"].to_list() == ["👩\u200d🍳"]
