"""Scores of an outside model, ranked by the same rules on the same users."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from seesay.catalog.tables import place_of, read_table
from seesay.core.errors import SeesayError
from seesay.core.hashing import file_sha256
from seesay.evaluate.evaluation import evaluate_test
from seesay.evaluate.outcomes import Outcome
from seesay.recommend.interactions import Holdout
from seesay.recommend.ranking import ROUNDING, Ranking
from seesay.recommend.task import Task

COLUMNS = ("user_id", "item_id", "score")
GIVE = "Give a table with the columns user_id, item_id and score, one row a pair."


@dataclass(frozen=True)
class OutsideScores:
    """The scores that concern the tested users, sorted by user.

    Attributes:
        users, items, scores: the place of each row's user among those tested, its item's index, and
            its score, float64.
        without: tested users for whom there is no score.
        left_out: rows of other users or of items that are not in the catalogue.
        sha256: of the file.
    """

    name: str
    users: np.ndarray
    items: np.ndarray
    scores: np.ndarray
    without: int
    left_out: int
    sha256: str

    def ranked(self, holdout: Holdout, k: int) -> Ranking:
        """Return the targets' ranks and the first `k` items, by the rules of `recommend.ranking`.

        All items without a score tie, below every one that has a score.
        """
        histories, n_items = holdout.histories, holdout.histories.n_items
        people = histories.n_users
        among = np.ones(n_items, bool) if holdout.candidates is None else np.zeros(n_items, bool)
        if holdout.candidates is not None:
            among[holdout.candidates] = True
        lengths = np.diff(histories.offsets)
        seen = np.unique(np.repeat(np.arange(people), lengths) * n_items + histories.items)
        left = int(among.sum()) - np.bincount(
            seen // n_items, weights=among[seen % n_items], minlength=people
        ).astype(np.int64)
        counts = among[self.items] & ~np.isin(self.users * n_items + self.items, seen)
        users, items, scores = self.users[counts], self.items[counts], self.scores[counts]
        own = np.full(people, np.nan)
        hit = items == holdout.targets[users]
        own[users[hit]] = scores[hit]
        highest = np.full(people, -np.inf)
        np.maximum.at(highest, users, np.abs(scores))
        slack = ROUNDING * np.fmax(np.abs(own), highest)
        above = np.bincount(users[scores >= (own - slack)[users]], minlength=people)
        ranks = np.where(np.isnan(own), left, above)
        watched = np.isin(np.arange(people) * n_items + holdout.targets, seen)
        ranks[watched] = among.sum()
        order = np.lexsort((items, -scores, users))
        place = np.arange(len(order)) - np.searchsorted(users[order], users[order])
        first = place < k
        top = np.full((people, k), -1, np.int32)
        top[users[order][first], place[first]] = items[order][first]
        return Ranking(ranks, top)

    def outcome(self, task: Task) -> Outcome:
        """Return the line of the table."""
        tested = len(task.users)
        note = f"scores from outside, for {tested - self.without:,} of {tested:,} tested users"
        if self.without:
            note += "; for the others all items tie, and the right one ranks last"
        if self.left_out:
            note += f"; {self.left_out:,} rows of other users or unknown items were left out"
        note += ". What it was trained on is not known here"
        return Outcome(self.name, "-", {0: evaluate_test(self.ranked, task)}, None, note)


def read_scores(path: Path, task: Task) -> OutsideScores:
    """Read a table of `user_id`, `item_id` and `score`; the file's stem names it.

    Raises:
        SeesayError: it cannot be read, a score is no finite number, a pair is there twice, or no
            row is about a tested user and a known item.
    """
    table = read_table(path)
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise SeesayError(
            f"'{path}' has no column {', '.join(missing)}; its columns are: "
            f"{', '.join(table.columns)}.",
            GIVE,
        )
    nested = [name for name in COLUMNS if table.schema[name].is_nested()]
    if nested:
        raise SeesayError(f"'{path}' holds lists in the column {', '.join(nested)}.", GIVE)
    rows = table.select(
        pl.col("user_id", "item_id").cast(pl.String),
        pl.col("score").cast(pl.Float64, strict=False),
    )
    bad = ~rows["score"].is_finite().fill_null(False) | rows["user_id"].is_null()
    bad |= rows["item_id"].is_null()
    if bad.any():
        raise SeesayError(
            f"'{path}' has {bad.sum()} rows without IDs or without a finite score (the first is "
            f"{place_of(bad.arg_max() or 0, path)}).",
            "Leave out what has no score: it ranks last.",
        )
    known = _known(rows, task)
    if known.is_empty():
        raise SeesayError(
            f"None of the {rows.height} rows of '{path}' is about a tested user and a known item "
            f"(its first user is '{rows['user_id'][0]}', the first tested one '{task.users[0]}'; "
            f"its first item is '{rows['item_id'][0]}').",
            "Check that the IDs mean the same users and items as those of the workspace.",
        )
    twice = known.filter(pl.struct("user", "item").is_duplicated())
    if twice.height:
        user, item = twice.row(0)[:2]
        raise SeesayError(
            f"'{path}' scores item '{item}' for user '{user}' more than once.",
            "Give one score a pair.",
        )
    return OutsideScores(
        path.stem,
        known["user"].to_numpy(),
        known["item"].to_numpy(),
        known["score"].to_numpy(),
        len(task.users) - known["user"].n_unique(),
        rows.height - known.height,
        file_sha256(path),
    )


def _known(rows: pl.DataFrame, task: Task) -> pl.DataFrame:
    """Return the rows of tested users and known items, with their places."""
    users = pl.DataFrame({"user_id": task.users}).with_row_index("user")
    items = pl.DataFrame({"item_id": list(task.vocabulary.item_ids)}).with_row_index("item")
    joined = rows.join(users, on="user_id").join(items, on="item_id")
    return joined.with_columns(pl.col("user", "item").cast(pl.Int64)).sort("user", "item")
