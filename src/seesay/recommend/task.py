"""A split as a recommender sees it: indices, sequences and the two holdouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from seesay.catalog.split import Split
from seesay.recommend.interactions import Holdout, Interactions, Vocabulary


@dataclass(frozen=True)
class Task:
    """What is learned from and what is guessed.

    Attributes:
        users: the ID of each row of `train`, `validation` and `test`.
        validation: guesses the last but one item from `train`.
        test: guesses the last item from `train` and the last but one.
    """

    vocabulary: Vocabulary
    users: list[str]
    train: Interactions
    validation: Holdout
    test: Holdout


def make_task(item_ids: Sequence[str], split: Split) -> Task:
    """Index a split; the vocabulary is every item given, in that order."""
    vocabulary = Vocabulary(tuple(item_ids))
    train, users = Interactions.from_table(split.train, vocabulary)
    seen, _ = Interactions.from_table(pl.concat([split.train, split.validation]), vocabulary)

    def targets(part: pl.DataFrame) -> Holdout:
        rows = part.sort("user_id")["item_id"].to_list()
        return Holdout(train if part is split.validation else seen, vocabulary.indices(rows))

    return Task(vocabulary, users, train, targets(split.validation), targets(split.test))
