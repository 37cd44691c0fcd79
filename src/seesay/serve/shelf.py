"""All that one bundle holds, ready to be asked, with the items that came after it."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from seesay.core.errors import SeesayError
from seesay.core.plugins import build_plugin
from seesay.encode.base import unit_rows
from seesay.recommend.answers import explaining_feature
from seesay.recommend.base import FeatureSet, FeatureSpec, Recommender
from seesay.recommend.geometry import fillings
from seesay.recommend.interactions import Interactions
from seesay.recommend.reasons import Quote, nearest_sentences
from seesay.recommend.run import NOTHING, version_of
from seesay.serve.base import Item, Moment, UnknownItem
from seesay.serve.bm25 import BM25
from seesay.serve.bundle import MODEL, POSTERS, REMEDY, Bundle
from seesay.serve.forward import NumpyUsers
from seesay.serve.posted import Newcomer
from seesay.serve.scoring import Scorer

QUOTES_HELD = 65_536
ITEMS_HELD = 65_536


@dataclass(frozen=True)
class Arrival:
    """A newcomer with its files, as the shelf shows it."""

    newcomer: Newcomer
    video: Path
    poster: Path


class Shelf:
    """Items by row, a scorer over those that can be recommended, and what explains.

    Nothing in it changes; `with_arrivals` gives another one.

    Attributes:
        ids: the item of each row: those of the bundle, then those that came later.
        scorer: ranks columns; `rows` says which row each column is, `column_of` the reverse, -1
            where an item cannot be recommended.
        feature: the content feature that explains; empty for none. `units` are its vectors, rows of
            length one.
        search: the feature in which words are looked up; `found` are its vectors.
    """

    def __init__(self, bundle: Bundle) -> None:
        """Load everything.

        Raises:
            SeesayError: the recommender has changed since, or cannot be loaded.
        """
        self.bundle = bundle
        self._table = {name: bundle.items[name].to_list() for name in bundle.items.columns}
        self.ids: list[str] = list(self._table["item_id"])
        self.row_of = {item_id: row for row, item_id in enumerate(self.ids)}
        spec = _spec(bundle)
        content = {name: bundle.vectors(name) for name in spec.content}
        known = {name: np.ascontiguousarray(rows[: bundle.known]) for name, rows in content.items()}
        features = FeatureSet(spec, known, bundle.manifest["layers"])
        self.scorer = Scorer(_recommender(bundle, features), bundle.known, bundle.index())
        self.rows = np.arange(bundle.known)
        self.arrivals: list[Arrival] = []
        self.feature = explaining_feature(features)
        self.units = _units(bundle, self.feature) if self.feature else None
        self.search: str = bundle.manifest["search"]
        self.found = _units(bundle, self.search) if self.search else None
        self.together = bundle.together()
        self.bm25: BM25 = bundle.words()
        said, self._rarity, self._vectors = bundle.sentences()
        self._sentence = {sentence: row for row, sentence in enumerate(said)}
        self._new_sentences: dict[str, np.ndarray] = {}
        offsets = np.append(bundle.users["start"].to_numpy(), len(bundle.log))
        self.counts = Interactions(bundle.log, offsets, len(self.ids)).viewers()
        self._settle()

    def _settle(self) -> None:
        self.column_of = np.full(len(self.ids), -1)
        self.column_of[self.rows] = np.arange(len(self.rows))
        self.quote = lru_cache(QUOTES_HELD)(self._quote)
        self.item = lru_cache(ITEMS_HELD)(self._item)

    def with_arrivals(self, arrivals: Sequence[Arrival]) -> Shelf:
        """Return a shelf that holds more items; those are ranked whose content allows that."""
        grown, start = copy.copy(self), len(self.ids)
        new = [arrival.newcomer for arrival in arrivals]
        grown.ids = [*self.ids, *(one.item_id for one in new)]
        grown.row_of = {item_id: row for row, item_id in enumerate(grown.ids)}
        grown.arrivals = [*self.arrivals, *arrivals]
        grown.counts = np.append(self.counts, np.zeros(len(new), self.counts.dtype))
        grown.units = _with_rows(self.units, [one.vectors.get(self.feature) for one in new])
        grown.found = _with_rows(self.found, [one.vectors.get(self.search) for one in new])
        grown._new_sentences = dict(self._new_sentences)
        for one in new:
            grown._new_sentences |= one.sentences
        widths = {name: self.bundle.vectors(name).shape[1] for name in _spec(self.bundle).content}
        whole = [place for place, one in enumerate(new) if widths and _covers(one, widths)]
        if whole:
            content = {name: np.stack([new[one].vectors[name] for one in whole]) for name in widths}
            scorer = self.scorer.with_items(content, len(whole))
            if scorer is not None:
                grown.scorer = scorer
                grown.rows = np.append(self.rows, start + np.array(whole))
        grown._settle()
        return grown

    def row(self, item_id: str) -> int:
        """Return the row of an item; raises `UnknownItem`."""
        row = self.row_of.get(item_id)
        if row is None:
            raise UnknownItem(item_id)
        return row

    def title(self, row: int) -> str:
        """Return what the owner calls an item."""
        arrival = self.arrival(row)
        return arrival.newcomer.title if arrival else self._table["title"][row] or ""

    def words(self, row: int) -> str:
        """Return the description of an item."""
        arrival = self.arrival(row)
        return arrival.newcomer.words if arrival else self._table["words"][row]

    def arrival(self, row: int) -> Arrival | None:
        """Return the item of a row where it came after the bundle."""
        later = row - len(self._table["item_id"])
        return self.arrivals[later] if later >= 0 else None

    def _item(self, row: int) -> Item:
        """Return all that is known of an item."""
        arrival = self.arrival(row)
        recommended = bool(self.column_of[row] >= 0)
        if arrival:
            came = arrival.newcomer
            facets, moments = _facets(came.facets)
            return Item(
                came.item_id,
                came.title,
                came.words,
                facets,
                moments,
                arrival.poster if came.poster_frames else None,
                came.poster_frames,
                arrival.video,
                {},
                recommended,
            )
        folder, frames = self.bundle.folder, self._table["poster_frames"][row]
        video = self._table["video"][row]
        facets, moments = _facets(json.loads(self._table["facets"][row]))
        return Item(
            self.ids[row],
            self.title(row),
            self.words(row),
            facets,
            moments,
            folder / POSTERS / f"{row}.jpg" if frames else None,
            frames,
            folder / video if video else None,
            self.bundle.columns.row(row, named=True) if self.bundle.columns.width else {},
            recommended,
        )

    def _quote(self, row: int, other: int) -> Quote | None:
        """Return the two sentences of two items that say most nearly the same."""
        if not self._sentence:
            return None
        return nearest_sentences(self.words(row), self.words(other), self._embed, self._rare)

    def _embed(self, sentences: Sequence[str]) -> np.ndarray:
        return np.stack([self._vector(sentence) for sentence in sentences])

    def _vector(self, sentence: str) -> np.ndarray:
        row = self._sentence.get(sentence)
        if row is not None:
            return np.asarray(self._vectors[row])
        # One that nobody has encoded, or another model has, is like no other.
        nothing = np.zeros(self._vectors.shape[1], np.float32)
        vector = self._new_sentences.get(sentence, nothing)
        return vector if vector.shape == nothing.shape else nothing

    def _rare(self, sentence: str) -> float:
        row = self._sentence.get(sentence)
        return 1.0 if row is None else float(self._rarity[row])


def _spec(bundle: Bundle) -> FeatureSpec:
    label = bundle.manifest["features"]
    return NOTHING if label == "-" else FeatureSpec.parse(label)


def _recommender(bundle: Bundle, features: FeatureSet) -> Recommender | NumpyUsers:
    name, options = bundle.manifest["recommender"], bundle.manifest["options"]
    model = bundle.folder / MODEL

    @cache
    def trained() -> Recommender:
        if version_of(name) != bundle.manifest["version"]:
            raise SeesayError(
                f"{name} has changed since the bundle '{bundle.folder}' was made.",
                f"Train it again. {REMEDY}",
            )
        built: Recommender = build_plugin("recommender", name, options)
        return built.load(model, features)

    items = bundle.item_vectors()
    return trained() if items is None else NumpyUsers(name, options, model, items, trained)


def _covers(newcomer: Newcomer, widths: Mapping[str, int]) -> bool:
    """Whether it has a vector of each feature, of the width that the bundle has."""
    held = newcomer.vectors
    return all(name in held and held[name].shape == (width,) for name, width in widths.items())


def _units(bundle: Bundle, feature: str) -> np.ndarray:
    """Return a feature's vectors, rows of length one, or of zeros where an item has none."""
    rows = np.asarray(bundle.vectors(feature))
    units = unit_rows(rows)
    units[: bundle.known][fillings(rows[: bundle.known])] = 0
    return units


def _with_rows(units: np.ndarray | None, vectors: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """Put vectors behind the others; zeros, which are like nothing, where there is none."""
    if units is None:
        return None
    new = np.zeros((len(vectors), units.shape[1]), np.float32)
    for row, vector in enumerate(vectors):
        if vector is not None and vector.shape == units.shape[1:]:
            new[row] = vector
    return np.vstack([units, unit_rows(new)])


def _facets(values: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Moment, ...]]:
    moments = tuple(
        Moment(one["start"], one["end"], one["what"]) for one in values.get("moments", ())
    )
    return {name: value for name, value in values.items() if name != "moments"}, moments
