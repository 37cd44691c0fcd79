from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

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


class Whole(Section):
    sample: Sample = Sample()
    share: float = Field(0.5, gt=0, le=1)
    mode: Literal["fast", "slow"] = "fast"
    steps: tuple[int, ...] = ()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            {"sample": {"cuont": 1}},
            "sample.cuont: there is no such key (did you mean 'count'?). "
            "Known keys of [sample]: count, name.",
        ),
        ({"sample": 3}, "sample: it must be a section"),
        ({"share": 0}, "share: it must be more than 0"),
        ({"share": 2}, "share: it must be at most 1"),
        ({"share": "half"}, "share: it must be a number"),
        ({"sample": {"count": 1.5}}, "sample.count: it must be a whole number"),
        ({"sample": {"name": 5}}, "sample.name: it must be text in quotes"),
        ({"mode": "quick"}, "mode: it must be 'fast' or 'slow'"),
        ({"steps": 3}, "steps: it must be a list"),
        ({"sampel": {}}, "did you mean 'sample'?). Known keys: sample, share, mode, steps."),
    ],
)
def test_faults_are_told_in_plain_words(values: dict[str, object], told: str) -> None:
    with pytest.raises(SeesayError) as raised:
        parse_section(Whole, values, "seesay.toml")
    assert told in str(raised.value)
    assert "Input" not in str(raised.value)


def test_no_value_is_shown() -> None:
    with pytest.raises(SeesayError) as raised:
        parse_section(Whole, {"api_key": "sk-1234", "share": "sk-5678"}, "seesay.toml")
    assert "sk-" not in str(raised.value)


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
