"""What the API and the page ask of a loaded bundle, and what they get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from seesay.core.errors import SeesayError
from seesay.recommend.reasons import Reason

NOTHING: Mapping[str, str] = MappingProxyType({})


class UnknownItem(SeesayError):  # noqa: N818 - it is the question's fault
    """Nobody knows the item; 404 over HTTP."""

    def __init__(self, item_id: str) -> None:
        super().__init__(f"There is no item '{item_id}'.", "Check the ID.")


class UnknownUser(SeesayError):  # noqa: N818 - it is the question's fault
    """Nothing is known of the user; 404 over HTTP."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            f"Nothing is known of a user '{user_id}'.", "Give a history, or post interactions."
        )


class NotHere(SeesayError):  # noqa: N818 - it is the question's fault
    """The bundle lacks what the question needs, such as vectors of words; 409 over HTTP."""


class Busy(SeesayError):  # noqa: N818 - it is nobody's fault
    """There is no room for the question now; 503 over HTTP."""


@dataclass(frozen=True)
class Moment:
    """Something that happens between two seconds of a video."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Item:
    """What the bundle knows of an item.

    Attributes:
        words: its description as one text; empty where it has none.
        facets: the description's fields, as `describe.base.Facets` names them, without `moments`;
            empty ones are left out.
        poster: a JPEG strip of `poster_frames` frames of equal width side by side; None for none.
        video: the file itself, to be played; None where the bundle does not know it.
        columns: what else the items table says; values of JSON.
        recommended: whether the recommender can give it: an item that was added while serving
            may be one that only search and likeness find.
    """

    item_id: str
    title: str
    words: str = ""
    facets: Mapping[str, Any] = field(default_factory=dict)
    moments: Sequence[Moment] = ()
    poster: Path | None = None
    poster_frames: int = 0
    video: Path | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    recommended: bool = True


@dataclass(frozen=True)
class Suggestion:
    """One item of an answer, best first; `sentence` is the reason in words."""

    item: Item
    score: float
    reason: Reason | None = None
    sentence: str = ""


@dataclass(frozen=True)
class BundleInfo:
    """What a bundle is.

    Attributes:
        id: the name of its folder; another content has another.
        made: when, as ISO 8601 in UTC.
        features: the set of features of its run, such as `id+described`.
        simulated: the viewers are made up; whoever shows its answers must say so.
        metrics: those of the run: `validation`, and `test` where it was tested.
        counts: `items`, `users`, `interactions`, `described`, `posters`; where it is served, those
            `added` since.
    """

    id: str
    made: str
    recommender: str
    features: str
    simulated: bool
    metrics: Mapping[str, Any]
    counts: Mapping[str, int]
    run: str = ""


class Engine(Protocol):
    """Answers from one bundle and from what was posted since; safe to call from threads."""

    @property
    def bundle(self) -> BundleInfo:
        """What is being served."""
        ...

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
        """Return the best `k` items for a history, oldest first, without those in it.

        An empty history gets what most people watch. Items of the history that nobody knows are
        passed over.

        Args:
            where: column -> the value that an item must have there, as text.
            exclude: items that must not come.
            diversity: from 0 (by score alone) to 1 (by unlikeness alone): maximal marginal
                relevance (Carbonell and Goldstein 1998).
        """
        ...

    def similar(self, item_id: str, k: int, explain: bool = True) -> list[Suggestion]:
        """Return the `k` items nearest to one; raises `UnknownItem`."""
        ...

    def search(self, query: str, k: int) -> list[Suggestion]:
        """Return the `k` items that fit some words best, by vectors and by BM25 together."""
        ...

    def item(self, item_id: str) -> Item:
        """Return an item; raises `UnknownItem`."""
        ...

    def items(self, start: int, count: int) -> list[Item]:
        """Return items in the order of the catalogue."""
        ...

    def history(self, user_id: str) -> list[str]:
        """Return what a user watched, oldest first, posted ones included; raises `UnknownUser`."""
        ...

    def users(self, count: int) -> list[str]:
        """Return some viewers, to choose among."""
        ...

    def watched(self, user_id: str, item_id: str) -> None:
        """Keep durably that a user watched an item; raises `UnknownItem`."""
        ...

    def add(self, video: Path, title: str, item_id: str = "") -> Item:
        """Describe, encode and keep a new video; it is found and recommended from now on.

        Takes seconds. The file is copied; it is decoded in a process with limits.

        Args:
            item_id: by default a new one.

        Raises:
            SeesayError: the file cannot be decoded, the ID is taken, or adding is switched off.
        """
        ...

    def map(self) -> list[tuple[str, float, float]]:
        """Return for each item its ID and a place, x and y in 0..1, where likeness is nearness."""
        ...

    def quality(self) -> Mapping[str, Any]:
        """Return what is known of how good this is.

        `comparison`: what `evaluate.comparison.Comparison.as_dict` gave, or None; `run`: the run's
        metrics; `worst`: the worst descriptions, a list of what `describe.review.Reviewed.as_dict`
        gives, with the `title` added; `grades`: what `describe.review.Review.spread` gives.
        """
        ...
