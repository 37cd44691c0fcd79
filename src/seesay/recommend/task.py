"""A split as a recommender sees it: indices, sequences and the two holdouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from seesay.catalog.split import Split
from seesay.recommend.interactions import Holdout, Interactions, Vocabulary


@dataclass(frozen=True)
class Task:
    """What is learned from and what is guessed.

    Attributes:
        users: the ID of each row of `test`.
        train: sequences, none of which reaches what is guessed for the same user.
        validation: decides when to stop, and which settings are best.
        cold: int32 indices of the items of `test` that are nowhere in training; empty but for a
            split of cold items.
    """

    vocabulary: Vocabulary
    users: list[str]
    train: Interactions
    validation: Holdout
    test: Holdout
    cold: np.ndarray


def make_task(item_ids: Sequence[str], split: Split) -> Task:
    """Index a split; the vocabulary is every item given, in that order."""
    vocabulary = Vocabulary(tuple(item_ids))
    candidates = None if split.items is None else np.sort(vocabulary.indices(split.items))

    def holdout(histories: pl.DataFrame, targets: pl.DataFrame) -> Holdout:
        rows = vocabulary.indices(targets["item_id"].to_list())
        return Holdout(Interactions.from_table(histories, vocabulary)[0], rows, candidates)

    return Task(
        vocabulary,
        split.test["user_id"].to_list(),
        Interactions.from_table(split.train, vocabulary)[0],
        holdout(split.validation_histories, split.validation),
        holdout(split.test_histories, split.test),
        np.sort(vocabulary.indices(split.cold)),
    )
