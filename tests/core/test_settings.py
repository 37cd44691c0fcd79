from __future__ import annotations

from pathlib import Path

import pytest

from seesay.core.errors import SeesayError
from seesay.core.settings import Section, parse_section, read_toml


class Sample(Section):
    count: int = 3
    name: str = ""


def test_defaults_and_values() -> None:
    assert parse_section(Sample, {}, "[sample]") == Sample(count=3)
    assert parse_section(Sample, {"count": 5}, "[sample]").count == 5


@pytest.mark.parametrize("values", [{"cuont": 1}, {"count": "many"}])
def test_what_does_not_fit_names_section_key_and_known_keys(values: dict[str, object]) -> None:
    with pytest.raises(SeesayError, match=rf"\[sample\].*{next(iter(values))}.*count, name"):
        parse_section(Sample, values, "[sample]")


def test_toml_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[sample]\nname = "é"\n', "utf-8")
    assert read_toml(tmp_path / "a.toml") == {"sample": {"name": "é"}}


@pytest.mark.parametrize("content", [None, b"[half", b"\xff"])
def test_what_is_no_toml_says_so(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(SeesayError, match=r"a\.toml cannot be read"):
        read_toml(tmp_path / "a.toml")


def test_none_is_said_where_a_key_may_be_nothing() -> None:
    class Some(Section):
        warmth: float | None = 0.5
        name: str = "x"

    parsed = parse_section(Some, {"warmth": "none", "name": "none"}, "[some]")
    assert parsed.warmth is None
    assert parsed.name == "none"
