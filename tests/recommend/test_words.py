"""Items found by words, with the real MiniLM."""

from dataclasses import replace
from pathlib import Path

import pytest

from seesay.core.errors import SeesayError
from seesay.encode.base import Source
from seesay.encode.features import FeatureTable, write_features
from seesay.encode.sentences import DescribedEncoder, SentenceSettings, TitleEncoder
from seesay.recommend.words import WordSearch

WORDS = {
    "bread": "A baker takes a loaf of bread out of the oven.",
    "cake": "A baker takes a chocolate cake out of the oven.",
    "rocket": "A rocket lifts off from its launch pad in a cloud of smoke.",
}


@pytest.fixture
def search(tmp_path: Path) -> WordSearch:
    def encoder_of(name: str) -> TitleEncoder | DescribedEncoder:
        return {"title": TitleEncoder, "described": DescribedEncoder}[name](SentenceSettings())

    return WordSearch(tmp_path, encoder_of, lambda: WORDS, lambda: WORDS)


def encode(search: WordSearch, name: str = "described") -> None:
    encoder = search.encoder_of(name)
    vectors = encoder.encode([Source(item, words, words) for item, words in WORDS.items()])
    made = {"fingerprint": encoder.fingerprint()}
    write_features(search.features / name, FeatureTable(name, list(WORDS), vectors, made))


def test_nothing_is_made_yet(search: WordSearch) -> None:
    assert search.feature == ""
    with pytest.raises(SeesayError, match="seesay encode described"):
        search.fitting("bread", 1)


def test_descriptions_go_before_titles(search: WordSearch) -> None:
    encode(search, "title")
    assert search.feature == "title"
    encode(search)
    assert search.feature == "described"


def test_what_fits_and_what_is_alike(search: WordSearch) -> None:
    encode(search)
    assert search.fitting("a journey into space", 1)[0].item_id == "rocket"
    alike = search.alike("cake", 2, explain=True)
    assert [one.item_id for one in alike] == ["bread", "rocket"]
    assert alike[0].reason.quote.recommended == WORDS["bread"]
    assert alike[1].reason.quote is None


def test_an_item_that_was_removed_since_is_not_found(search: WordSearch) -> None:
    encode(search)
    left = replace(search, items=lambda: {"cake", "rocket"})
    assert [one.item_id for one in left.fitting("a baker", 3)] == ["cake", "rocket"]
    assert [one.item_id for one in left.alike("cake", 3)] == ["rocket"]


def test_other_settings_are_told(search: WordSearch) -> None:
    encode(search)
    changed = replace(search, encoder_of=lambda _: DescribedEncoder(SentenceSettings(prefix="x ")))
    with pytest.raises(SeesayError, match="have changed since it was encoded"):
        changed.fitting("bread", 1)
