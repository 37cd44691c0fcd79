"""The examples of a report: what somebody watched, and what is recommended to them, and why."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from seesay.evaluate.report import Example, Shown
from seesay.media.thumbnail import Thumbnails
from seesay.recommend.answers import Answers

LAST = 6


def make_examples(
    answers: Answers, items: pl.DataFrame, users: Sequence[str], run: str = "", k: int = 4
) -> list[Example]:
    """Return for each user the last few items watched, and the best `k` of `run` with reasons."""
    titles = dict(items.select("item_id", "title").iter_rows())
    paths = dict(items.select("item_id", "path").iter_rows())

    examples = []
    with Thumbnails() as thumbnails:

        def shown(item_id: str, why: str = "") -> Shown:
            return Shown(item_id, titles[item_id], why, thumbnails.of(paths[item_id]))

        for user in users:
            watched = answers.log.filter(pl.col("user_id") == user)["item_id"].to_list()
            found = [
                shown(one.item_id, one.reason.sentence(titles.get(one.reason.other, "")))
                for one in answers.for_user(user, k, explain=True)
                if one.reason
            ]
            history = tuple(shown(item_id) for item_id in watched[-LAST:])
            examples.append(Example(user, history, tuple(found), run))
    return examples
