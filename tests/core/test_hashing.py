from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seesay.core.hashing import file_sha256, value_sha256

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_a_file_of_several_blocks(tmp_path: Path) -> None:
    content = b"seesay" * 500_000
    (tmp_path / "file").write_bytes(content)
    assert file_sha256(tmp_path / "file") == hashlib.sha256(content).hexdigest()


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    assert value_sha256(value) == value_sha256(dict(reversed(value.items())))


def test_values_that_differ_have_other_hashes() -> None:
    values = [{}, [], None, 1, "1", [1], [[1]], {"a": 1}, {"a": "1"}, True]
    assert len({value_sha256(value) for value in values}) == len(values)


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError):
        value_sha256({"path": Path("x")})
