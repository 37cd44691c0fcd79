"""What templates show of an item."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from seesay.recommend.reasons import Quote, Reason
from seesay.serve.base import Item, Suggestion, UnknownItem
from seesay.serve.page.showing import card_of, lines_of, strip_of

WORDS = "A cat waits. It looks at you.\nShows: cat, sofa.\nSound: A voice: hello there."


def known(item_id: str) -> Item:
    if item_id != "b":
        raise UnknownItem(item_id)
    return Item("b", "The other")


def test_the_first_line_has_no_label_and_the_others_their_own() -> None:
    lines = lines_of(WORDS)
    assert [line.label for line in lines] == ["", "Shows", "Sound"]
    assert lines[2].pieces == (("A voice: hello there.", False),)


def test_a_long_head_before_a_colon_is_no_label() -> None:
    (_, second) = lines_of("One.\nThis is only a sentence with a colon: no label.")
    assert second.label == ""
    assert second.pieces[0][0].startswith("This is only")


@pytest.mark.parametrize(
    ("quote", "line", "marked"),
    [
        ("It looks at you.", 0, "It looks at you."),
        ("Shows: cat, sofa.", 1, "cat, sofa."),
        ("A cat waits.", 0, "A cat waits."),
    ],
)
def test_what_is_quoted_is_marked_without_its_label(quote: str, line: int, marked: str) -> None:
    lines = lines_of(WORDS, [quote])
    hits = [(at, text) for at, one in enumerate(lines) for text, hit in one.pieces if hit]
    assert hits == [(line, marked)]


def test_every_text_is_kept_when_something_is_marked() -> None:
    whole = ["".join(text for text, _ in line.pieces) for line in lines_of(WORDS, ["(", "A cat"])]
    assert whole == [
        "A cat waits. It looks at you.",
        "cat, sofa.",
        "A voice: hello there.",
    ]


def test_words_searched_for_are_marked_where_they_are_whole() -> None:
    (line,) = lines_of("A cat on a catamaran, Cat!", terms=["cat", "a"])
    assert [text for text, hit in line.pieces if hit] == ["cat", "Cat"]


def test_a_reason_names_the_other_item_where_it_is_known() -> None:
    reason = Reason("similar", "b", "described", 0.7, Quote("Shows: cat.", "Shows: dog.", 0.9))
    card = card_of(Suggestion(Item("a", "", WORDS), 1.0, reason), known)
    assert card.title == "a"
    assert card.why is not None
    assert card.why.other == Item("b", "The other")
    assert (card.why.alike, card.why.here, card.why.there) == (
        "in what they show",
        "cat.",
        "dog.",
    )


def test_quotes_of_different_lines_keep_their_labels() -> None:
    reason = Reason("similar", "b", "described", 0.7, Quote("Shows: cat.", "A cat sat.", 0.9))
    card = card_of(Suggestion(Item("a", "", WORDS), 1.0, reason), known)
    assert card.why is not None
    assert (card.why.alike, card.why.here) == ("in their words", "Shows: cat.")


def test_a_reason_whose_other_item_is_gone_still_stands() -> None:
    card = card_of(Suggestion(Item("a", "A"), 1.0, Reason("together", "gone", value=3)), known)
    assert card.why is not None
    assert card.why.other is None


def test_no_reason_is_shown_where_none_was_computed() -> None:
    for reason in (None, Reason("unknown")):
        assert card_of(Suggestion(Item("a", "A"), 1.0, reason), known).why is None


@pytest.mark.parametrize(
    ("size", "shape", "fit"),
    [
        ((320, 180), "wide", "height"),
        ((320, 240), "wide", "width"),
        ((320, 120), "wide", "height"),
        ((200, 200), "square", "height"),
        ((180, 200), "square", "width"),
        ((180, 320), "tall", "height"),
        ((100, 320), "tall", "width"),
    ],
)
def test_a_frame_fills_a_window_of_its_shape(
    tmp_path: Path, size: tuple[int, int], shape: str, fit: str
) -> None:
    path = tmp_path / "strip.jpg"
    Image.new("RGB", (3 * size[0], size[1])).save(path)
    strip = strip_of(Item("a", "A", poster=path, poster_frames=3))
    assert strip is not None
    assert (strip.shape, strip.fit, strip.frames) == (shape, fit, 3)


def test_a_poster_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"no picture")
    for item in (
        Item("a", "A"),
        Item("a", "A", poster=tmp_path / "gone.jpg", poster_frames=6),
        Item("a", "A", poster=damaged, poster_frames=6),
    ):
        assert strip_of(item) is None
