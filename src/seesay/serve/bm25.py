"""BM25 over the words of the items (Robertson and Zaragoza 2009), computed once and kept."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

K1 = 1.2
B = 0.75
# Scripts without spaces are looked up letter by letter.
TERM = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")


def terms_of(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return TERM.findall(text.casefold())


@dataclass(frozen=True)
class BM25:
    """What each word says for each item.

    Attributes:
        terms: every word, in any order.
        starts: int64 [terms + 1]; the items with term t are `docs[starts[t]:starts[t + 1]]`.
        docs: int32 rows of items; `weights`: float32, what the word adds to the item's score.
        n_docs: how many items there are; `mean_length`: words an item.
    """

    terms: Sequence[str]
    starts: np.ndarray
    docs: np.ndarray
    weights: np.ndarray
    n_docs: int
    mean_length: float
    _row: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_row", {term: row for row, term in enumerate(self.terms)})

    @classmethod
    def build(cls, texts: Sequence[str]) -> BM25:
        """Count the words of all items."""
        counts = [Counter(terms_of(text)) for text in texts]
        mean = sum(map(Counter.total, counts)) / max(len(texts), 1)
        found: dict[str, list[tuple[int, int, int]]] = {}
        for doc, count in enumerate(counts):
            length = count.total()
            for term, times in count.items():
                found.setdefault(term, []).append((doc, times, length))
        sizes = np.fromiter((len(places) for places in found.values()), np.int64, len(found))
        starts = np.concatenate([[0], np.cumsum(sizes)])
        docs = np.array([doc for places in found.values() for doc, _, _ in places], np.int32)
        weights = [
            _idf(len(texts), len(places)) * _frequency(times, length, mean)
            for places in found.values()
            for _, times, length in places
        ]
        return cls(list(found), starts, docs, np.array(weights, np.float32), len(texts), mean)

    def scores(self, query: str) -> np.ndarray:
        """Return float32 [items]; 0 where no word of the query that tells anything is in it."""
        scores = np.zeros(self.n_docs, np.float32)
        for term in self._telling(query):
            row = self._row.get(term)
            if row is not None:
                place = slice(self.starts[row], self.starts[row + 1])
                scores[self.docs[place]] += self.weights[place]
        return scores

    def score_text(self, query: str, text: str) -> float:
        """Return the score of an item that was not there when the words were counted."""
        count = Counter(terms_of(text))
        length = count.total()
        return sum(
            self._rarity(term) * _frequency(count[term], length, self.mean_length)
            for term in self._telling(query)
            if term in count
        )

    def most(self, query: str) -> float:
        """Return what no item's score can exceed: each word of the query countless times."""
        return sum(self._rarity(term) * (K1 + 1) for term in self._telling(query))

    def _telling(self, query: str) -> list[str]:
        """Return the query's words; those of more than half of the items only if all are."""
        terms = list(dict.fromkeys(terms_of(query)))
        return [term for term in terms if 2 * self._found(term) <= self.n_docs] or terms

    def _found(self, term: str) -> int:
        row = self._row.get(term)
        return 0 if row is None else int(self.starts[row + 1] - self.starts[row])

    def _rarity(self, term: str) -> float:
        return _idf(max(self.n_docs, 1), max(self._found(term), 1))

    def save(self, folder: Path) -> None:
        """Write everything into a folder, which is made."""
        folder.mkdir()
        pl.DataFrame({"term": list(self.terms)}, schema={"term": pl.String}).write_parquet(
            folder / "terms.parquet"
        )
        np.save(folder / "starts.npy", self.starts)
        np.save(folder / "docs.npy", self.docs)
        np.save(folder / "weights.npy", self.weights)

    @classmethod
    def load(cls, folder: Path, n_docs: int, mean_length: float) -> BM25:
        """Read what `save` wrote."""
        starts, docs, weights = (
            np.load(folder / f"{name}.npy", allow_pickle=False)
            for name in ("starts", "docs", "weights")
        )
        terms = pl.read_parquet(folder / "terms.parquet")["term"].to_list()
        return cls(terms, starts, docs, weights, n_docs, mean_length)


def _idf(n_docs: int, found: int) -> float:
    return math.log(1 + (n_docs - found + 0.5) / (found + 0.5))


def _frequency(times: int, length: int, mean: float) -> float:
    return times * (K1 + 1) / (times + K1 * (1 - B + B * length / max(mean, 1e-9)))
