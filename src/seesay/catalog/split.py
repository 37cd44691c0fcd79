"""Cutting a log into what is learned from, what decides when to stop, and what is guessed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from pydantic import Field

from seesay.core.errors import SeesayError
from seesay.core.settings import Section

COLUMNS = ["user_id", "item_id", "timestamp"]


class SplitSettings(Section):
    """Leave-one-out as MicroLens publishes it.

    Attributes:
        min_interactions: users with fewer are left out of all three parts.
        keep_last: only the last so many of each user count.
    """

    min_interactions: int = Field(default=5, ge=3)
    keep_last: int = Field(default=13, ge=3)


@dataclass(frozen=True)
class Split:
    """Three tables of `user_id`, `item_id`, `timestamp`, each sorted by user and then by time.

    `validation` and `test` hold one row a user, and all three hold the same users in the same
    order. What a user has seen before the test row is `train` and then `validation`.
    """

    train: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame


def leave_one_out(interactions: pl.DataFrame, settings: SplitSettings | None = None) -> Split:
    """Split each user's last interactions: the last is for test, the one before for validation.

    Interactions with the same timestamp keep the order that they have in the table.

    Raises:
        SeesayError: no user has enough interactions.
    """
    settings = settings or SplitSettings()
    users = interactions["user_id"].n_unique()
    ordered = (
        interactions.select(COLUMNS)
        .sort("user_id", "timestamp", maintain_order=True)
        .with_columns(
            pl.len().over("user_id").alias("count"),
            pl.int_range(pl.len(), 0, -1).over("user_id").alias("from_end"),
        )
        .filter(
            pl.col("count") >= settings.min_interactions,
            pl.col("from_end") <= settings.keep_last,
        )
    )
    if ordered.is_empty():
        raise SeesayError(
            f"Nothing is left to split: of {users} users with {interactions.height} interactions, "
            f"none has {settings.min_interactions}.",
            "Add interactions, or lower min_interactions under [split] in seesay.toml.",
        )

    def part(condition: pl.Expr) -> pl.DataFrame:
        return ordered.filter(condition).select(COLUMNS)

    from_end = pl.col("from_end")
    return Split(part(from_end > 2), part(from_end == 2), part(from_end == 1))
