"""What carries each suggestion, as numbers and as a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seesay.recommend.reasons import Reason
from seesay.serve.base import Suggestion
from seesay.serve.shelf import Shelf


def reasons_of(
    shelf: Shelf, found: Sequence[tuple[int, float]], history: np.ndarray
) -> list[Reason]:
    """Say what carries each item of an answer to a history.

    How many watched it, where there is no history or the recommender takes no note of it; else
    the nearest item of the history; else the one that most users have too, if any has.
    """
    rows = np.array([row for row, _ in found], np.int64)
    if not len(rows):
        return []
    if shelf.scorer.recommender.takes == "nothing" or not len(history):
        return [Reason("popular", value=score) for _, score in found]
    if shelf.units is not None:
        cosines = shelf.units[rows] @ shelf.units[history].T
        nearest = cosines.argmax(axis=1)
        return [
            _alike(shelf, row, history[place], float(cosines[number, place]), shelf.feature)
            for number, (row, place) in enumerate(zip(rows, nearest, strict=True))
        ]
    return [_company(shelf, int(row), history) for row in rows]


def reasons_by_search(shelf: Shelf, found: Sequence[tuple[int, float]], row: int) -> list[Reason]:
    """Say how near each item is to one, by the vectors for search, whose cosine is the score."""
    return [_alike(shelf, other, row, score, shelf.search) for other, score in found]


def suggestions_of(
    shelf: Shelf, found: Sequence[tuple[int, float]], reasons: Sequence[Reason]
) -> list[Suggestion]:
    """Put items, scores and reasons together; no reasons where none were asked for."""
    why: Sequence[Reason | None] = reasons or [None] * len(found)
    return [
        Suggestion(shelf.item(row), score, reason, _sentence(shelf, reason))
        for (row, score), reason in zip(found, why, strict=True)
    ]


def _alike(shelf: Shelf, row: int, other: int, cosine: float, feature: str) -> Reason:
    # That of vectors of zeros: one of the two items has none.
    if cosine == 0:
        return Reason("unknown")
    quote = shelf.quote(int(row), int(other)) if feature.startswith("described") else None
    return Reason("similar", shelf.ids[other], feature, cosine, quote)


def _company(shelf: Shelf, row: int, history: np.ndarray) -> Reason:
    """Return which item of the history most users have with this one."""
    if shelf.together is None:
        return Reason("unknown")
    starts, others, counts = shelf.together
    place = slice(starts[row], starts[row + 1]) if row + 1 < len(starts) else slice(0, 0)
    company = dict(zip(others[place].tolist(), counts[place].tolist(), strict=True))
    users = [company.get(int(item), 0) for item in history]
    best = int(np.argmax(users))
    if not users[best]:
        return Reason("unknown")
    return Reason("together", shelf.ids[int(history[best])], value=float(users[best]))


def _sentence(shelf: Shelf, reason: Reason | None) -> str:
    if reason is None:
        return ""
    return reason.sentence(shelf.title(shelf.row_of[reason.other]) if reason.other else "")
