"""What every dataset gives: items and interactions as two tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import polars as pl


@dataclass(frozen=True)
class Catalog:
    """Items and interactions that have been checked against each other.

    Attributes:
        items: `item_id` (str, unique), `path` (str or null: the video file), `title` (str, may be
            empty), and whatever else the user has.
        interactions: `user_id` (str), `item_id` (str), `timestamp` (int64, larger is later; the
            row's number where the log has only an order), sorted by user and then by time.
        simulated: the interactions were made up, and whoever shows their numbers must say so.
        timed: the log has times, so that another with times can be added to it.
    """

    items: pl.DataFrame
    interactions: pl.DataFrame
    simulated: bool = False
    timed: bool = True


class Dataset(Protocol):
    """Reads or makes one catalogue."""

    name: str

    def load(self) -> Catalog:
        """Return the whole catalogue, checked."""
        ...
