from __future__ import annotations

from pathlib import Path

import pytest

from seesay.core.errors import SeesayError
from seesay.describe.api_key import ApiKey, hide


def test_a_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", " abc\n")
    assert ApiKey("SOME_KEY").read() == "abc"
    assert ApiKey("NO_SUCH_KEY").read() == ""
    assert ApiKey("SOME_KEY").place == "the environment variable SOME_KEY"


def test_a_file_goes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "abc")
    file = tmp_path / "key"
    file.write_text("def\n")
    file.chmod(0o600)
    key = ApiKey("SOME_KEY", str(file))
    assert key.read() == "def"
    file.chmod(0o400)
    assert key.read() == "def"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o700])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "key"
    file.write_text("secret-words")
    file.chmod(mode)
    with pytest.raises(SeesayError, match="chmod 600") as caught:
        ApiKey("", str(file)).read()
    assert "secret-words" not in str(caught.value)


def test_a_file_that_holds_no_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(SeesayError, match="cannot be read"):
        ApiKey("", str(tmp_path / "none")).read()
    file = tmp_path / "key"
    file.touch(0o600)
    with pytest.raises(SeesayError, match="is empty"):
        ApiKey("", str(file)).read()
    file.write_text("schlüssel")
    with pytest.raises(SeesayError, match="characters that no key has"):
        ApiKey("", str(file)).read()


def test_a_key_is_crossed_out_and_a_placeholder_is_not() -> None:
    assert hide("sk-0123456789", "it says sk-0123456789!") == "it says [key]!"
    assert hide("EMPTY", "EMPTY words") == "EMPTY words"
    assert hide("", "words") == "words"


@pytest.mark.parametrize(
    "spelled", ["sk-abc/def+1", "sk-abc\\/def+1", "sk\\u002dabc\\u002Fdef\\u002b1"]
)
def test_a_key_is_crossed_out_however_json_spells_it(spelled):
    assert hide("sk-abc/def+1", f'{{"said": "Bearer {spelled}."}}') == '{"said": "Bearer [key]."}'
