"""Why an item is recommended: computed from vectors and counts, never made up."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from seesay.encode.base import unit_rows

# Two sentences that are less alike than this are no evidence, whichever is the nearest pair. In
# the demo, with the embedded encoder, "tennis ball" is beside "tripod" below it, for the labels of
# two lines are alike already; above it pairs are about the same thing.
LEAST_COSINE = 0.65
LONGEST_QUOTE = 120
# "Sound: No sound track." is said of a video that has none: that nothing is there is no evidence.
NOTHING = re.compile(
    r"(?:[^\W\d_][\w -]*:\s*)?(?:no|none|nothing|not|without|unknown)\b", re.IGNORECASE
)
SENTENCE_END = re.compile(r"\n+|(?<=[.!?…。！？])\s+")


@dataclass(frozen=True)
class Quote:
    """The two sentences of two descriptions that say most nearly the same."""

    recommended: str
    other: str
    cosine: float


Quoting = Callable[[str, str], Quote | None]


@dataclass(frozen=True)
class Reason:
    """What carries one recommendation.

    Attributes:
        because: `similar` (the cosine of two vectors of `feature`), `together` (how many other
            users have both items), `popular` (how many users have the item), `fits` (the cosine
            of a feature with the words asked for) or `unknown`.
        other: the item on the other side: one of the history, or the item that was asked for.
    """

    because: Literal["similar", "together", "popular", "fits", "unknown"]
    other: str = ""
    feature: str = ""
    value: float = 0.0
    quote: Quote | None = None

    def sentence(self, title: str = "") -> str:
        """Return the reason in words; `title` is that of the other item."""
        name = f"'{title}' ({self.other})" if title else f"'{self.other}'"
        if self.because == "similar":
            words = f"like {name}: cosine {self.value:.2f} of the {self.feature} vectors"
            if self.quote:
                words += f'; "{shortened(self.quote.recommended)}"'
                words += f' beside "{shortened(self.quote.other)}"'
            return words
        if self.because == "together":
            return f"{_users(self.value, 'other ')} watched both this and {name}"
        if self.because == "popular":
            return f"{_users(self.value)} watched it"
        if self.because == "fits":
            return f"cosine {self.value:.2f} of its {self.feature} vector with the words"
        return "no single item of the history explains it"


def shortened(quote: str) -> str:
    """Return a quote to be read: cut at a word where it is long, and no comma follows another."""
    quote = re.sub(r"([,;])(\s*[,;])+", r"\1", quote)
    if len(quote) <= LONGEST_QUOTE:
        return quote
    head, space, _ = quote[:LONGEST_QUOTE].rpartition(" ")
    return (head if space else quote[: LONGEST_QUOTE - 1]).rstrip(" ,;:") + "…"


def _users(count: float, which: str = "") -> str:
    return f"{count:.0f} {which}user{'' if count == 1 else 's'}"


def by_similarity(
    vectors: np.ndarray, items: Sequence[int], history: Sequence[int]
) -> list[tuple[int, float]]:
    """Return for each item the item of the history with the nearest vector, and the cosine."""
    unit = unit_rows(vectors)
    cosines = unit[np.asarray(items)] @ unit[np.asarray(history)].T
    best = cosines.argmax(axis=1)
    return [(int(history[column]), float(cosines[row, column])) for row, column in enumerate(best)]


def by_company(
    matrix: sparse.csr_array, items: Sequence[int], history: Sequence[int]
) -> list[tuple[int, int]]:
    """Return for each item the item of the history that most users have with it, and how many.

    Args:
        matrix: binary [users, items].
        items: the recommended item indices.
        history: the user's item indices.
    """
    columns = sparse.csc_array(matrix)
    counts = (columns[:, np.asarray(items)].T @ columns[:, np.asarray(history)]).toarray()
    best = counts.argmax(axis=1)
    return [(int(history[column]), int(counts[row, column])) for row, column in enumerate(best)]


def sentences(words: str) -> list[str]:
    """Split a description into its lines and their sentences; what stands in quotes stays whole."""
    parts = [""]
    start = 0
    for end in SENTENCE_END.finditer(words):
        parts[-1] += words[start : end.end()]
        start = end.end()
        if "\n" in end[0] or parts[-1].count('"') % 2 == 0:
            parts.append("")
    parts[-1] += words[start:]
    return [part.strip() for part in parts if len(part.split()) > 1]


def rarity_of(descriptions: Iterable[str]) -> Callable[[str], float]:
    """Return what says, from 0 to 1, how much a sentence tells one description from the others.

    It is the mean over the sentence's words of log(n / descriptions with the word) / log n, the
    inverse document frequency of Spärck Jones (1972) scaled to 1.
    """
    counts: Counter[str] = Counter()
    total = 0
    for words in descriptions:
        counts.update(set(_words(words)))
        total += 1

    def rarity(sentence: str) -> float:
        values = [math.log(total / max(counts[word], 1)) for word in _words(sentence)]
        return sum(values) / len(values) / math.log(total) if values and total > 1 else 1.0

    return rarity


def nearest_sentences(
    recommended: str,
    other: str,
    embed: Callable[[list[str]], np.ndarray],
    rarity: Callable[[str], float] = lambda _: 1.0,
) -> Quote | None:
    """Return the pair of sentences, one of each description, that say most nearly the same.

    Args:
        embed: gives the vectors [n, dim] of n sentences.
        rarity: weighs the cosine of a pair down where one of them is said of most items.

    Returns:
        None where one of the two descriptions holds no sentence that says what is there, or no two
        sentences are alike.
    """
    first, second = (
        [sentence for sentence in sentences(words) if not NOTHING.match(sentence)]
        for words in (recommended, other)
    )
    if not first or not second:
        return None
    unit = unit_rows(embed(first + second))
    cosines = unit[: len(first)] @ unit[len(first) :].T
    rare = [np.array([rarity(sentence) for sentence in side]) for side in (first, second)]
    weighed = cosines * np.minimum.outer(*rare)
    row, column = np.unravel_index(int(weighed.argmax()), cosines.shape)
    # No other pair takes its place: what is left is alike in most items, such as their format.
    if cosines[row, column] < LEAST_COSINE:
        return None
    return Quote(first[row], second[column], float(cosines[row, column]))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())
