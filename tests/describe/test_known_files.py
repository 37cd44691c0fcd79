from __future__ import annotations

from pathlib import Path

import pytest

from seesay.describe.journal import Journal
from seesay.describe.known_files import keep_hashes, keep_pictures, known_hash, known_pictures


@pytest.fixture
def journal(tmp_path: Path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def test_hashes_of_files_are_kept_until_the_file_changes(journal):
    keep_hashes(journal, [("/v/a.mp4", 5, 1_000, "abc"), ("/v/a.mp4", 5, 1_000, "def")])
    assert known_hash(journal, "/v/a.mp4", 5, 1_000) == "def"
    assert known_hash(journal, "/v/a.mp4", 6, 1_000) is None
    assert known_hash(journal, "/v/a.mp4", 5, 1_001) is None


def test_looks_of_files_are_kept_for_one_version_of_the_method(journal):
    keep_pictures(journal, [("abc", 1, b"old"), ("abc", 2, b"new"), ("def", 2, b"other")])
    assert known_pictures(journal, ["abc", "none"], 2) == {"abc": b"new"}
    assert known_pictures(journal, ["abc", "def"], 1) == {}
