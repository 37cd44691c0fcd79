"""Cutting a log into what is learned from, what decides when to stop, and what is guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field

from seesay.core.counts import counted
from seesay.core.errors import SeesayError
from seesay.core.settings import Section

COLUMNS = ["user_id", "item_id", "timestamp"]
HELD_OUT = ("validation", "test")
Kind = Literal["leave-one-out", "global-time", "cold-items"]
IN_SETTINGS = "under [split] in seesay.toml"


class SplitSettings(Section):
    """How the log is cut; by default leave-one-out as MicroLens publishes it.

    Attributes:
        kind: `leave-one-out` guesses each user's last interaction; `global-time` trains before a
            moment and guesses each user's next one after it; `cold-items` guesses items that are
            nowhere in training.
        core: users and items with fewer interactions are left out, again and again until none is
            left (the k-core); 1 leaves out nobody. Then only the items that stay are candidates.
        min_interactions: users with fewer, of what the core leaves, are left out of all parts.
        keep_last: only the last so many of each user count; for the two other kinds, of each
            sequence that is trained on and of each history.
        validation_share, test_share: of the interactions in order of time for `global-time`, of the
            items for `cold-items`; each user's last but one and last for `leave-one-out`.
        seed: draws the cold items.
    """

    kind: Kind = "leave-one-out"
    core: int = Field(default=1, ge=1)
    min_interactions: int = Field(default=5, ge=3)
    keep_last: int = Field(default=13, ge=3)
    validation_share: float = Field(default=0.1, gt=0, lt=0.5)
    test_share: float = Field(default=0.1, gt=0, lt=0.5)
    seed: int = Field(default=0, ge=0)

    def deciding(self) -> dict[str, Any]:
        """Return the settings that decide the split, as JSON values.

        For leave-one-out they are those of the first version, whose runs so stay current.
        """
        unused = {
            "leave-one-out": {"kind", "validation_share", "test_share", "seed"},
            "global-time": {"seed"},
            "cold-items": set(),
        }[self.kind]
        return self.model_dump(
            mode="json", exclude=unused | ({"core"} if self.core == 1 else set())
        )


@dataclass(frozen=True)
class Step:
    """How much of the log there is after a step, or in a part."""

    name: str
    users: int
    items: int
    interactions: int


@dataclass(frozen=True)
class Split:
    """Tables of `user_id`, `item_id`, `timestamp`, each sorted by user and then by time.

    `validation` and `test` hold one row a user, `validation_histories` and `test_histories` what
    these users had watched before it, one row at least. For each user the rows of `train` come
    before that of `validation`, and that before the one of `test`.

    Attributes:
        steps: what each filter leaves, then the parts.
        items: the candidates, where they are fewer than all items of the catalogue.
        moments: from when on is validation, and from when on is test, where time decides.
        cold, cold_validation: the items of `test` and of `validation` that are nowhere in training.
    """

    train: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame
    validation_histories: pl.DataFrame
    test_histories: pl.DataFrame
    steps: tuple[Step, ...] = ()
    items: tuple[str, ...] | None = None
    moments: tuple[float, float] | None = None
    cold: tuple[str, ...] = ()
    cold_validation: tuple[str, ...] = ()


def split_log(interactions: pl.DataFrame, settings: SplitSettings | None = None) -> Split:
    """Split by the kind that the settings name.

    Interactions with the same timestamp keep the order that they have in the table. One that stands
    there twice, to the timestamp, counts once.

    Raises:
        SeesayError: too little is left to train on, to decide when to stop, or to test.
    """
    settings = settings or SplitSettings()
    rows = interactions.select(COLUMNS).sort("user_id", "timestamp", maintain_order=True)
    steps = [_step("the log", rows)]
    rows = k_core(rows.unique(keep="first", maintain_order=True), settings.core)
    if settings.core > 1:
        steps.append(_step(f"its {settings.core}-core", rows))
    items = tuple(rows["item_id"].unique().sort()) if settings.core > 1 else None
    enough = pl.len().over("user_id") >= settings.min_interactions
    kept = rows.filter(enough)
    if kept.is_empty():
        first = steps[0]
        core = f" in its {settings.core}-core" if settings.core > 1 else ""
        raise SeesayError(
            f"Nothing is left to split: of {counted(first.users, 'user')} with "
            f"{counted(first.interactions, 'interaction')}, none has "
            f"{settings.min_interactions}{core}.",
            f"Add interactions, or lower min_interactions or core {IN_SETTINGS}.",
        )
    steps.append(_step(f"users with {settings.min_interactions} or more", kept))
    marked = _MARKS[settings.kind](kept, settings)
    if settings.kind == "leave-one-out":
        steps.append(_step(f"the last {settings.keep_last} of each", marked.rows))
    return _cut(marked, settings, steps, items)


def k_core(rows: pl.DataFrame, k: int) -> pl.DataFrame:
    """Return the rows whose users and items all have at least `k` rows among those returned."""
    before = -1
    while k > 1 and rows.height != before:
        before = rows.height
        rows = rows.filter(pl.len().over("user_id") >= k).filter(pl.len().over("item_id") >= k)
    return rows


@dataclass(frozen=True)
class _Marked:
    """The log with what a kind of split decides; what is before what then decides all the rest.

    Attributes:
        rows: with `number` (of each row among its user's), `validation` and `test` (the numbers of
            the user's rows that are guessed, or null), and `warm` (it may be in a history).
    """

    rows: pl.DataFrame
    moments: tuple[float, float] | None = None
    cold: tuple[str, ...] = ()
    cold_validation: tuple[str, ...] = ()


def _mark_last(rows: pl.DataFrame, settings: SplitSettings) -> _Marked:
    last = rows.filter(
        pl.int_range(pl.len(), 0, -1).over("user_id") <= settings.keep_last
    ).with_columns(_number(), warm=pl.lit(True))
    count = pl.len().over("user_id").cast(pl.Int64)
    return _Marked(last.with_columns(validation=count - 2, test=count - 1))


def _mark_by_time(rows: pl.DataFrame, settings: SplitSettings) -> _Marked:
    times = rows["timestamp"].sort()
    if _one_user_after_the_other(rows):
        raise SeesayError(
            "The log tells the order of each user's own interactions, but not who was first: "
            "a global time split needs times.",
            "Add interactions with a column of timestamps, or use --split leave-one-out.",
        )
    shares = 1 - settings.validation_share - settings.test_share, 1 - settings.test_share
    stop, end = (times[int(share * len(times))] for share in shares)
    now, number = pl.col("timestamp"), pl.col("number")
    marked = rows.with_columns(_number(), warm=pl.lit(True)).with_columns(
        validation=number.filter((now >= stop) & (now < end)).min().over("user_id"),
        test=number.filter(now >= end).min().over("user_id"),
    )
    return _Marked(marked, (stop, end))


def _mark_cold(rows: pl.DataFrame, settings: SplitSettings) -> _Marked:
    items = rows["item_id"].unique().sort()
    order = np.random.default_rng(settings.seed).permutation(len(items))
    shares = settings.test_share, settings.validation_share
    tests, stops = (max(1, round(share * len(items))) for share in shares)
    cold, stopping = items[order[:tests]].sort(), items[order[tests : tests + stops]].sort()
    item, number = pl.col("item_id"), pl.col("number")
    marked = rows.with_columns(
        _number(), warm=~(item.is_in(cold.implode()) | item.is_in(stopping.implode()))
    ).with_columns(test=number.filter(item.is_in(cold.implode())).max().over("user_id"))
    before = item.is_in(stopping.implode()) & (number < pl.col("test").fill_null(2**31))
    marked = marked.with_columns(validation=number.filter(before).max().over("user_id"))
    return _Marked(marked, None, tuple(cold), tuple(stopping))


_MARKS: dict[Kind, Callable[[pl.DataFrame, SplitSettings], _Marked]] = {
    "leave-one-out": _mark_last,
    "global-time": _mark_by_time,
    "cold-items": _mark_cold,
}


def _cut(
    marked: _Marked,
    settings: SplitSettings,
    steps: Sequence[Step],
    items: tuple[str, ...] | None,
) -> Split:
    rows = marked.rows
    number = pl.col("number")
    held_out = pl.min_horizontal("validation", "test")
    before = held_out.is_null() | (number < held_out)
    train = _history(rows, before, settings)
    histories = [_history(rows, number < pl.col(part), settings) for part in HELD_OUT]
    targets = [rows.filter(number == pl.col(part)).select(COLUMNS) for part in HELD_OUT]
    known = [
        target.filter(pl.col("user_id").is_in(history["user_id"].unique().implode()))
        for target, history in zip(targets, histories, strict=True)
    ]
    lost = targets[1].height - known[1].height
    whole = _step("before what is held out", rows.filter(before & pl.col("warm")))
    cut_short = [whole] if whole.interactions > train.height else []
    told = [*steps, *cut_short, _step("train", train), *map(_step, HELD_OUT, known)]
    if lost:
        told.append(Step("without a history, so not tested", lost, 0, lost))
    again = known[1].join(histories[1], on=("user_id", "item_id"), how="semi")
    if again.height:
        told.append(_step("tested on what they had watched before, which nobody finds", again))
    for name, part in (("train on", train), ("stop by", known[0]), ("test", known[1])):
        if part.is_empty():
            raise _nothing_left(name, settings, told)
    return Split(
        train,
        known[0],
        known[1],
        histories[0],
        histories[1],
        tuple(told),
        items,
        marked.moments,
        marked.cold,
        marked.cold_validation,
    )


def _history(rows: pl.DataFrame, condition: pl.Expr, settings: SplitSettings) -> pl.DataFrame:
    """Return the last of the rows that fulfil a condition and are not of a cold item."""
    from_end = pl.int_range(pl.len(), 0, -1).over("user_id")
    found = rows.filter(condition & pl.col("warm"))
    return found.filter(from_end <= settings.keep_last).select(COLUMNS)


def _nothing_left(what: str, settings: SplitSettings, steps: Sequence[Step]) -> SeesayError:
    told = "; ".join(
        f"{step.name}: {counted(step.users, 'user')}, {counted(step.interactions, 'interaction')}"
        for step in steps
    )
    return SeesayError(
        f"The split '{settings.kind}' leaves nothing to {what} ({told}).",
        f"Add interactions, or change the shares, min_interactions or core {IN_SETTINGS}.",
    )


def _number() -> pl.Expr:
    return pl.int_range(pl.len(), dtype=pl.Int64).over("user_id").alias("number")


def _one_user_after_the_other(rows: pl.DataFrame) -> bool:
    """Whether nobody's interactions lie between those of another: row numbers, not times."""
    users = rows.sort("timestamp", maintain_order=True)["user_id"]
    return users.n_unique() > 1 and bool((users != users.shift(1)).sum() == users.n_unique() - 1)


def _step(name: str, rows: pl.DataFrame) -> Step:
    return Step(name, rows["user_id"].n_unique(), rows["item_id"].n_unique(), rows.height)
