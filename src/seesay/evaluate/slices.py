"""Figures of groups of users: by how often the target was watched, how long it is, and so on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seesay.evaluate.significance import FEWEST_UNITS, Interval, resample

GROUPS = 5
LEAST_SHARE = 0.02
OTHERS = "others"
SAMPLES = 1_000


@dataclass(frozen=True)
class Cut:
    """One way to sort the tested users into groups.

    Attributes:
        labels: of the groups, in the order in which they are shown.
        groups: int64 [users], the place of each user's label; -1 where nothing is known.
    """

    name: str
    labels: tuple[str, ...]
    groups: np.ndarray


@dataclass(frozen=True)
class SliceRow:
    """A cell's figure in each group; None where the group is too small to say anything."""

    recommender: str
    features: str
    intervals: tuple[Interval | None, ...]


@dataclass(frozen=True)
class Slices:
    """What all cells come to in the groups of one cut.

    Attributes:
        users: how many are in each group.
        unknown: how many are in none.
    """

    name: str
    labels: tuple[str, ...]
    users: tuple[int, ...]
    unknown: int
    rows: tuple[SliceRow, ...]

    @property
    def empty(self) -> bool:
        """Whether every group is too small to say anything."""
        return not any(one for row in self.rows for one in row.intervals)


def cut_by_number(
    name: str, values: Sequence[float] | np.ndarray, most: int = GROUPS
) -> Cut | None:
    """Sort users by a number into groups of about the same size; None where all are alike.

    Zero is a group of its own: an item that nobody has watched is another thing than a rare one.

    Args:
        values: one a user; NaN where it is not known. Whole numbers are shown as such.
    """
    numbers = np.asarray(values, np.float64)
    known = numbers[np.isfinite(numbers)]
    positive = known[known > 0]
    zeros = bool((known == 0).any())
    if len(np.unique(known)) < 2 or not len(positive):
        return None
    wanted = most - zeros
    inner = np.quantile(positive, np.arange(1, wanted) / wanted, method="higher")
    starts = np.unique([positive.min(), *inner])
    whole = bool((known == np.round(known)).all())
    edges = [*([0.0] if zeros else []), *starts]
    labels = [_range(edges, place, float(known.max()), whole) for place in range(len(edges))]
    groups = np.searchsorted(edges, numbers, side="right") - 1
    groups[~np.isfinite(numbers)] = -1
    return Cut(name, tuple(labels), groups.astype(np.int64))


def cut_by_kind(name: str, kinds: Sequence[str | None], most: int = GROUPS) -> Cut | None:
    """Sort users by a word, the commonest first; None where there are not two words.

    Args:
        kinds: one a user; None where it is not known. Those beyond `most`, and those of less than
            2% of the users whose word is known, are put together.
    """
    counts = Counter(kind for kind in kinds if kind is not None)
    if len(counts) < 2:
        return None
    common = [kind for kind, count in counts.most_common() if count >= LEAST_SHARE * counts.total()]
    named = common[: most if len(counts) <= most else most - 1]
    labels = [*named, *([OTHERS] if len(counts) > len(named) else [])]
    place = {kind: min(row, len(labels) - 1) for row, kind in enumerate([*named, *counts])}
    place |= {kind: row for row, kind in enumerate(named)}
    groups = [-1 if kind is None else place[kind] for kind in kinds]
    return Cut(name, tuple(labels), np.array(groups, np.int64))


def slice_cells(
    cells: Sequence[tuple[str, str]],
    values: np.ndarray,
    cut: Cut,
    samples: int = SAMPLES,
    together: np.ndarray | None = None,
) -> Slices:
    """Return each cell's mean in each group with its 95% interval over what is drawn there.

    Args:
        cells: recommender and features of each row of `values`.
        values: one metric, [cells, users], in the order of the cut's users.
        together: which users are drawn as one; see `resample`.
    """
    columns: list[list[Interval | None]] = []
    for group in range(len(cut.labels)):
        members = np.flatnonzero(cut.groups == group)
        lots = None if together is None else together[members]
        if (len(members) if lots is None else len(np.unique(lots))) < FEWEST_UNITS:
            columns.append([None] * len(cells))
            continue
        drawn = resample(values[:, members], samples, together=lots)
        columns.append([drawn.interval(row) for row in range(len(cells))])
    return Slices(
        cut.name,
        cut.labels,
        tuple(int((cut.groups == group).sum()) for group in range(len(cut.labels))),
        int((cut.groups < 0).sum()),
        tuple(
            SliceRow(*cell, tuple(column[row] for column in columns))
            for row, cell in enumerate(cells)
        ),
    )


def cuts_of_users(
    targets: Sequence[str],
    target_views: np.ndarray,
    user_views: np.ndarray,
    facts: Mapping[str, Mapping[str, float | str | bool]],
) -> tuple[list[Cut], dict[str, str]]:
    """Return every cut that the data allow, and why each of the others is left out.

    Args:
        targets: the item that each user is tested on.
        target_views: how often that item is in training, [users].
        user_views: how long each user's history is, [users].
        facts: what is known of items, by their IDs; see `item_facts`.
    """

    def known(fact: str) -> list[float | str | bool | None]:
        return [facts.get(item, {}).get(fact) for item in targets]

    seconds = [np.nan if value is None else float(value) for value in known("seconds")]
    speech = [None if value is None else _SPEECH[bool(value)] for value in known("speech")]
    language = [None if value is None else str(value) for value in known("language")]
    tried = {
        "views of the target in training": cut_by_number("", target_views),
        "views of the user": cut_by_number("", user_views),
        "seconds that the target lasts": cut_by_number("", seconds),
        "speech in the target": cut_by_kind("", speech),
        "language of the target": cut_by_kind("", language),
    }
    why = {
        "seconds that the target lasts": (np.isfinite(seconds).any(), "how long the videos are"),
        "speech in the target": (any(speech), "in which videos somebody speaks"),
        "language of the target": (any(language), "which language the items are in"),
    }
    cuts = [Cut(name, cut.labels, cut.groups) for name, cut in tried.items() if cut is not None]
    left_out = {}
    for name, cut in tried.items():
        if cut is None:
            told, what = why.get(name, (True, ""))
            left_out[name] = "all are alike" if told else f"nothing says {what}"
    return cuts, left_out


_SPEECH = {True: "speech", False: "no speech"}


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _range(edges: Sequence[float], place: int, highest: float, whole: bool) -> str:
    low = edges[place]
    last = place == len(edges) - 1
    if not whole:
        return f"{_short(low)} or more" if last else f"{_short(low)} to {_short(edges[place + 1])}"
    high = highest if last else edges[place + 1] - 1
    return f"{low:,.0f}" if high <= low else f"{low:,.0f} to {high:,.0f}"
