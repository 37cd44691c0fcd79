"""A data set of two groups of items and users, and words for it."""

import numpy as np
import polars as pl

from seesay.catalog.base import Catalog
from seesay.describe.base import Description, Facets
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.workspace import Workspace

ITEMS = 24
USERS = 40


def catalogue() -> Catalog:
    """Two groups of items and two groups of users, each of which watches one of them."""
    random = np.random.default_rng(0)
    events = []
    for user in range(USERS):
        mine = np.arange(ITEMS)[user % 2 :: 2]
        for time, item in enumerate(random.permutation(mine)[:8]):
            events.append((f"u{user}", f"i{item}", time))
    items = pl.DataFrame(
        {
            "item_id": [f"i{item}" for item in range(ITEMS)],
            "path": pl.Series([None] * ITEMS, dtype=pl.String),
            "title": [("cats at home", "rockets in space")[item % 2] for item in range(ITEMS)],
        }
    )
    schema = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}
    log = pl.DataFrame(events, schema=schema, orient="row")
    return Catalog(items, log.sort("user_id", "timestamp"), simulated=True)


class Groups:
    """A data set of the tests."""

    name = "groups"

    def load(self) -> Catalog:
        return catalogue()


def describe_by_hand(workspace: Workspace) -> None:
    with Journal(workspace.folder / "journal.sqlite") as journal:
        for item_id, title in workspace.titles().items():
            text = f"It shows {title}. The film is number {item_id}."
            journal.record(
                Attempt(f"key-{item_id}", item_id, "hand"),
                Description(item_id, text, Facets(summary=text), text),
            )
