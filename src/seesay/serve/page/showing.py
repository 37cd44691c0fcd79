"""What the templates show of an item: its words with the quoted spans, its poster, its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PIL import Image

from seesay.recommend.reasons import Reason, shortened
from seesay.serve.base import Item, Suggestion, UnknownItem

MOST_FRAMES = 16
LONGEST_LABEL = 18
# What two quotes of the same line of a description are about; the labels are those of
# `describe.render`.
ALIKE = {
    "Genre": "in genre",
    "Setting": "in their setting",
    "Shows": "in what they show",
    "What happens": "in what happens",
    "Mood": "in mood",
    "Intent": "in intent",
    "Humour": "in humour",
    "Refers to": "in what they refer to",
    "Text on screen": "in the text on screen",
    "Speech": "in what is said",
    "Sound": "in how they sound",
}


@dataclass(frozen=True)
class Line:
    """One line of a description: its label, and pieces of text that are marked or not."""

    label: str
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Strip:
    """A poster: frames of equal size side by side.

    Attributes:
        shape: `wide`, `square` or `tall`, of one frame.
        fit: which side of a frame fills its window, `width` or `height`; the other is cut off.
    """

    frames: int
    width: int
    height: int
    shape: str
    fit: str


@dataclass(frozen=True)
class Why:
    """A reason, ready to be shown.

    Attributes:
        other: the item on the other side, where there is one that is known.
        alike: wherein the two are alike, such as "in what they show"; empty without a quote.
        here: what is quoted of the item itself; the label is left out where both have the same.
        there: what is quoted of the other side.
    """

    reason: Reason
    other: Item | None
    alike: str = ""
    here: str = ""
    there: str = ""


@dataclass(frozen=True)
class Card:
    """An item as lists show it."""

    item: Item
    lines: tuple[Line, ...]
    strip: Strip | None
    why: Why | None

    @property
    def title(self) -> str:
        """The title, or the ID where there is none."""
        return self.item.title or self.item.item_id


def plain_card(item: Item) -> Card:
    """Return an item with nothing marked."""
    return Card(item, lines_of(item.words), strip_of(item), None)


def card_of(one: Suggestion, look_up: Callable[[str], Item], terms: Iterable[str] = ()) -> Card:
    """Return a suggestion; what its reason quotes, and whole words that equal a term, are marked.

    Args:
        look_up: gives the item on the other side of the reason, or raises `UnknownItem`.
    """
    quoted = [one.reason.quote.recommended] if one.reason and one.reason.quote else []
    lines = lines_of(one.item.words, quoted, terms)
    return Card(one.item, lines, strip_of(one.item), _why(one.reason, look_up))


def lines_of(words: str, quoted: Sequence[str] = (), terms: Iterable[str] = ()) -> tuple[Line, ...]:
    """Split a description into its lines; the first has no label."""
    terms = [term for term in terms if len(term) > 2]
    lines = []
    for number, whole in enumerate(line for line in words.splitlines() if line.strip()):
        label, text = _labelled(whole) if number else ("", whole)
        wanted = [_labelled(quote)[1] if label else quote for quote in quoted]
        lines.append(Line(label, _marked(text, wanted, terms)))
    return tuple(lines)


def strip_of(item: Item) -> Strip | None:
    """Return how to show a poster, or None where there is none that can be read."""
    if item.poster is None or not 1 <= item.poster_frames <= MOST_FRAMES:
        return None
    try:
        with Image.open(item.poster) as picture:
            width, height = picture.size
    except OSError:
        return None
    ratio = width / item.poster_frames / height
    shape, window = "wide", 16 / 9
    if ratio < 0.8:
        shape, window = "tall", 9 / 16
    elif ratio < 1.25:
        shape, window = "square", 1.0
    fit = "height" if ratio >= window else "width"
    return Strip(item.poster_frames, width, height, shape, fit)


def _why(reason: Reason | None, look_up: Callable[[str], Item]) -> Why | None:
    if reason is None or reason.because == "unknown":
        return None
    other = None
    if reason.other:
        try:
            other = look_up(reason.other)
        except UnknownItem:
            other = None
    if reason.quote is None:
        return Why(reason, other)
    quotes = reason.quote.recommended, reason.quote.other
    (label, here), (same, there) = map(_labelled, quotes)
    if label in ALIKE and label == same:
        return Why(reason, other, ALIKE[label], shortened(here), shortened(there))
    return Why(reason, other, "in their words", *map(shortened, quotes))


def _labelled(line: str) -> tuple[str, str]:
    """Return what stands before a line's first colon, where it is a label, and the rest."""
    head, colon, rest = line.partition(": ")
    return (head, rest) if colon and len(head) < LONGEST_LABEL else ("", line)


def _marked(text: str, quoted: Iterable[str], terms: Iterable[str]) -> tuple[tuple[str, bool], ...]:
    parts = [re.escape(quote) for quote in quoted if quote]
    parts += [rf"\b{re.escape(term)}\b" for term in terms]
    if not parts:
        return ((text, False),)
    pieces = re.split(f"({'|'.join(parts)})", text, flags=re.IGNORECASE)
    return tuple((piece, bool(at % 2)) for at, piece in enumerate(pieces) if piece)
