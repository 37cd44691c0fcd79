"""Answers from one bundle and what was posted since."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from seesay.core.errors import SeesayError, unknown_name
from seesay.recommend.reasons import Reason
from seesay.serve.base import (
    NOTHING,
    BundleInfo,
    Item,
    NotHere,
    Suggestion,
    UnknownItem,
    UnknownUser,
)
from seesay.serve.bundle import Bundle
from seesay.serve.posted import Newcomer, Posted
from seesay.serve.reasons import reasons_by_search, reasons_of, suggestions_of
from seesay.serve.scoring import diverse, first
from seesay.serve.shelf import Arrival, Shelf

# Of how many candidates, for each item asked for, the diverse ones are chosen.
CANDIDATES = 10
QUERIES_HELD = 4096

Embed = Callable[[str], np.ndarray]
Describe = Callable[[Path, str, str], Newcomer]


class BundleEngine:
    """Implements `base.Engine`.

    Args:
        embed: gives the vector of words in the bundle's feature for search; None for BM25 alone.
        describe: makes a newcomer of a video file, a title and an ID; None where none may come.
    """

    def __init__(
        self,
        bundle: Bundle,
        posted: Posted,
        embed: Embed | None = None,
        describe: Describe | None = None,
    ) -> None:
        self._posted = posted
        self._describe = describe
        self._embed = lru_cache(QUERIES_HELD)(embed) if embed else None
        self._lock = threading.Lock()
        self._bundle = bundle
        shelf = Shelf(bundle)
        users = bundle.users
        self._user_row = {user_id: row for row, user_id in enumerate(users["user_id"].to_list())}
        self._starts = np.append(users["start"].to_numpy(), len(bundle.log))
        self._shelf = shelf
        self._shown = 0
        self.catch_up()
        self._mask = lru_cache(256)(self._column_mask)

    @property
    def bundle(self) -> BundleInfo:
        """What is being served."""
        info = self._bundle.info
        return replace(info, counts={**info.counts, "added": len(self._shelf.arrivals)})

    def recommend(
        self,
        history: Sequence[str],
        k: int,
        *,
        where: Mapping[str, str] = NOTHING,
        exclude: Sequence[str] = (),
        diversity: float = 0.0,
        explain: bool = True,
    ) -> list[Suggestion]:
        """Return the best `k` items for a history; see `base.Engine`.

        Raises:
            SeesayError: a column of `where` is not known, or there are no vectors for `diversity`.
        """
        shelf = self._shelf
        rows = [shelf.row_of[item] for item in history if item in shelf.row_of]
        seen = np.array(rows, np.int64)
        columns = shelf.column_of[seen]
        columns = columns[columns >= 0].astype(np.int32)
        barred = [shelf.row_of[item] for item in exclude if item in shelf.row_of]
        wanted = (CANDIDATES if diversity else 1) * k + len(seen) + len(barred)
        near = None if where else wanted
        scores = shelf.scorer.scores(columns, near) if len(columns) else self._popular(shelf)
        out = shelf.column_of[np.concatenate([seen, np.array(barred, np.int64)])]
        scores[out[out >= 0]] = -np.inf
        for column, value in where.items():
            scores[~self._allowed(shelf, column, value)[shelf.rows]] = -np.inf
        best = self._best(shelf, scores, k, diversity)
        found = [(int(shelf.rows[place]), float(scores[place])) for place in best]
        reasons = reasons_of(shelf, found, shelf.rows[columns]) if explain else []
        return suggestions_of(shelf, found, reasons)

    def _popular(self, shelf: Shelf) -> np.ndarray:
        return np.array(shelf.counts[shelf.rows], np.float32)

    def _best(self, shelf: Shelf, scores: np.ndarray, k: int, diversity: float) -> list[int]:
        if not diversity:
            return list(first(scores, k))
        candidates = first(scores, CANDIDATES * k)
        vectors = _likeness_vectors(shelf, candidates)
        chosen = diverse(scores[candidates], vectors, k, diversity)
        return list(candidates[chosen])

    def _allowed(self, shelf: Shelf, column: str, value: str) -> np.ndarray:
        mask = self._mask(column, value)
        return np.concatenate([mask, np.zeros(len(shelf.ids) - len(mask), bool)])

    def _column_mask(self, column: str, value: str) -> np.ndarray:
        columns = self._bundle.columns
        if column not in columns.columns:
            raise unknown_name("column of the items", column, columns.columns)
        same = columns[column].cast(pl.String) == value
        return same.fill_null(False).to_numpy()

    def similar(self, item_id: str, k: int, explain: bool = True) -> list[Suggestion]:
        """Return the `k` items nearest to one; see `base.Engine`.

        By the recommender's item vectors, else by those of its content, else by what it gives to
        somebody who watched that item; where it knows nothing of the item, by its words.
        """
        shelf = self._shelf
        row = shelf.row(item_id)
        column = int(shelf.column_of[row])
        scorer = shelf.scorer
        among = shelf.rows
        by_search = scorer.recommender.takes == "nothing" or column < 0
        if by_search:
            if shelf.found is None:
                raise NotHere(
                    "This bundle holds no vectors that say what is alike.",
                    "Encode the titles or descriptions, and bundle again.",
                )
            among, cosines = np.arange(len(shelf.ids)), shelf.found @ shelf.found[row]
        elif len(scorer.items):
            cosines = scorer.units @ scorer.units[column]
        elif shelf.units is not None:
            among, cosines = np.arange(len(shelf.ids)), shelf.units @ shelf.units[row]
        else:
            cosines = scorer.scores(np.array([column], np.int32))
        cosines = np.where(among == row, -np.inf, cosines)
        found = [(int(among[place]), float(cosines[place])) for place in first(cosines, k)]
        if not explain:
            return suggestions_of(shelf, found, [])
        reasons = (
            reasons_by_search(shelf, found, row)
            if by_search
            else reasons_of(shelf, found, np.array([row]))
        )
        return suggestions_of(shelf, found, reasons)

    def search(self, query: str, k: int) -> list[Suggestion]:
        """Return the `k` items that fit some words best; see `base.Engine`.

        The score is the mean of the cosine and of the part of the highest possible BM25: a convex
        combination (Bruch, Gai and Ingber 2023), in which a word that tells little weighs little.

        Raises:
            SeesayError: there is not one word in it.
        """
        if not query.strip():
            raise SeesayError("There is nothing to search for.", "Write a few words.")
        shelf = self._shelf
        late = [
            shelf.bm25.score_text(query, f"{arrival.newcomer.title}\n{arrival.newcomer.words}")
            for arrival in shelf.arrivals
        ]
        by_words = np.concatenate([shelf.bm25.scores(query), np.array(late, np.float32)])
        by_words /= max(shelf.bm25.most(query), 1e-12)
        fits, scores = by_words > 0, by_words
        cosines = None
        if self._embed is not None and shelf.found is not None:
            vector = self._embed(query)
            cosines = shelf.found @ (vector / max(float(np.linalg.norm(vector)), 1e-12))
            fits |= shelf.found.any(axis=1)
            scores = (by_words + cosines) / 2
        best = first(np.where(fits, scores, -np.inf), k)
        found = [(int(row), float(scores[row])) for row in best]
        reasons = []
        if cosines is not None:
            reasons = [
                Reason("fits", feature=shelf.search, value=float(cosines[row])) for row, _ in found
            ]
        return suggestions_of(shelf, found, reasons)

    def item(self, item_id: str) -> Item:
        """Return an item; raises `UnknownItem`."""
        shelf = self._shelf
        return shelf.item(shelf.row(item_id))

    def items(self, start: int, count: int) -> list[Item]:
        """Return items in the order of the catalogue."""
        shelf = self._shelf
        return [shelf.item(row) for row in range(len(shelf.ids))[start : start + count]]

    def history(self, user_id: str) -> list[str]:
        """Return what a user watched; see `base.Engine`."""
        row = self._user_row.get(user_id)
        posted = self._posted.history(user_id)
        if row is None and not posted:
            raise UnknownUser(user_id)
        if row is None:
            return posted
        log = self._bundle.log[self._starts[row] : self._starts[row + 1]]
        return [*(self._shelf.ids[item] for item in log), *posted]

    def users(self, count: int) -> list[str]:
        """Return those of whom something was posted, then some of the log, spread evenly."""
        posted = self._posted.users()[::-1][:count]
        known = [user for user in self._user_row if user not in set(posted)]
        step = max(1, len(known) // max(count - len(posted), 1))
        return [*posted, *known[::step]][:count]

    def watched(self, user_id: str, item_id: str) -> None:
        """Keep durably that a user watched an item; raises `UnknownItem`."""
        if item_id not in self._shelf.row_of:
            raise UnknownItem(item_id)
        self._posted.watched(user_id, item_id)

    def add(self, video: Path, title: str, item_id: str = "") -> Item:
        """Describe, encode and keep a new video; see `base.Engine`."""
        if self._describe is None:
            raise NotHere("No items are taken here.", "Start the service without --no-items.")
        if item_id in self._shelf.row_of:
            raise SeesayError(f"There is an item '{item_id}' already.", "Give another ID, or none.")
        newcomer = self._describe(video, title, item_id)
        self._posted.add(newcomer)
        self.catch_up()
        return self.item(newcomer.item_id)

    def catch_up(self) -> None:
        """Show what was posted, also by way of another engine on the same database."""
        with self._lock:
            if self._posted.items() == self._shown:
                return
            came = self._posted.newcomers()
            new = [one for one in came if one.item_id not in self._shelf.row_of]
            if new:
                self._shelf = self._shelf.with_arrivals([self._arrival(one) for one in new])
            self._shown = len(came)

    def _arrival(self, newcomer: Newcomer) -> Arrival:
        posted = self._posted
        return Arrival(newcomer, posted.video_of(newcomer), posted.poster_of(newcomer))

    def map(self) -> list[tuple[str, float, float]]:
        """Return a place for each item of the bundle."""
        places = self._bundle.map.tolist()
        return [(item_id, x, y) for item_id, (x, y) in zip(self._shelf.ids, places, strict=False)]

    def quality(self) -> Mapping[str, Any]:
        """Return what is known of how good this is; see `base.Engine`."""
        return self._bundle.quality


def _likeness_vectors(shelf: Shelf, columns: np.ndarray) -> np.ndarray:
    """Return vectors of length one of some columns, in which likeness is nearness."""
    rows = shelf.rows[columns]
    if shelf.units is not None:
        return np.asarray(shelf.units[rows])
    if len(shelf.scorer.items):
        return np.asarray(shelf.scorer.units[columns])
    if shelf.found is not None:
        return np.asarray(shelf.found[rows])
    raise NotHere("This bundle holds no vectors that say what is alike.", "Ask without diversity.")
