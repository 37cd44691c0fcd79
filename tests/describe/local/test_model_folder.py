from __future__ import annotations

from pathlib import Path

import pytest

from seesay.core.errors import SeesayError
from seesay.core.hashing import file_sha256
from seesay.describe.local.model_folder import model_folder, model_identity


def test_a_folder_is_taken_as_it_is_and_known_by_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    (folder / "deep").mkdir(parents=True)
    for name in ("model.safetensors", "deep/config.json", "README.md", "theirs.py"):
        (folder / name).write_text(name)
    assert model_folder(str(folder), "") == folder
    assert model_identity(str(folder), "ignored") == {
        "model": "small",
        "revision": "",
        "files": {
            name: file_sha256(folder / name) for name in ("deep/config.json", "model.safetensors")
        },
    }


def test_an_id_is_known_by_its_revision() -> None:
    known = {"model": "owner/name", "revision": "abc", "files": {}}
    assert model_identity("owner/name", "abc") == known


def test_what_is_neither_folder_nor_on_the_hub_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for name in (str(tmp_path / "no" / "such"), "no owner/no name", "owner/not-cached-here"):
        with pytest.raises(SeesayError, match="cannot be had") as caught:
            model_folder(name, "")
        assert "Name a folder" in caught.value.remedy


def test_no_model_is_not_the_folder_in_which_the_command_is_run(tmp_path, monkeypatch) -> None:
    (tmp_path / "notes.txt").write_text("not a model")
    monkeypatch.chdir(tmp_path)
    assert model_identity("", "") == {"model": "", "revision": "", "files": {}}
