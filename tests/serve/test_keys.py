from __future__ import annotations

import stat
from pathlib import Path

import pytest

from seesay.core.errors import SeesayError
from seesay.serve.keys import Keys


def test_a_key_is_found_by_its_secret_and_kept_as_a_hash(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "served")
    reader, writer = keys.add("reader", "read"), keys.add("writer", "write")
    assert reader != writer
    held = keys.path.read_text()
    assert reader not in held
    assert reader.removeprefix("seesay_") not in held
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    found = Keys(tmp_path / "served").find(writer)
    assert found is not None
    assert (found.name, found.right) == ("writer", "write")
    assert keys.find("seesay_wrong") is None
    assert keys.find("") is None
    assert keys.find("\ud800") is None


def test_a_removed_key_is_unknown_to_who_reads_the_file_already(tmp_path: Path) -> None:
    keys, other = Keys(tmp_path), Keys(tmp_path)
    secret = keys.add("one", "read")
    assert other.find(secret) is not None
    keys.remove("one")
    assert other.find(secret) is None
    with pytest.raises(SeesayError, match="no key"):
        keys.remove("one")


def test_names(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    keys.add("one", "read")
    for name in ("one", "", "a b", "a/b", "x" * 65):
        with pytest.raises(SeesayError):
            keys.add(name, "read")
    (tmp_path / "keys.json").write_text('[{"nme": 1}]')
    with pytest.raises(SeesayError, match="does not hold keys"):
        Keys(tmp_path).all()
