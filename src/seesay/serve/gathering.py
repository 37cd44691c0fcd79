"""What of a workspace goes into a bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from seesay.core.files import read_json
from seesay.describe.journal_rows import JournalEntry
from seesay.describe.review import Review
from seesay.describe.words import text_of
from seesay.encode.base import Encoder
from seesay.encode.features import FeatureTable, read_features
from seesay.evaluate.bench import Bench
from seesay.recommend.answers import explaining_feature
from seesay.recommend.run import Run, run_vocabulary
from seesay.serve.making import Contents
from seesay.serve.making_items import Described

WORST = 20


def gather(
    bench: Bench,
    run: Run,
    entries: Mapping[str, list[JournalEntry]],
    review: Review,
    search: str,
    encoder_of: Callable[[str], Encoder],
    ways: Mapping[str, Any],
) -> Contents:
    """Put together what `make_bundle` writes.

    Args:
        entries: what the words of each item are made of.
        search: the feature that words are looked up in; empty for none.
    """
    vocabulary = run_vocabulary(run)
    catalogue = bench.catalog.items()
    order = {item_id: row for row, item_id in enumerate(vocabulary.item_ids)}
    places = [order.get(item_id, len(order)) for item_id in catalogue["item_id"].to_list()]
    items = (
        catalogue.with_columns(pl.Series("place", places))
        .filter(pl.col("item_id").is_in(list(order)) | (pl.col("place") == len(order)))
        .sort("place", maintain_order=True)
        .drop("place")
    )
    known = sum(place < len(order) for place in places)
    features = bench.feature_set(run.spec, vocabulary.item_ids)
    ids = items["item_id"].to_list()
    found = _rows(read_features(bench.features / search), ids) if search else np.empty((0, 0))
    quoted = explaining_feature(features).startswith("described") or search == "described"
    return Contents(
        run=run,
        items=items,
        known=known,
        features=features,
        search=(search, found),
        log=bench.catalog.interactions(),
        described={item_id: described(some) for item_id, some in entries.items()},
        simulated=bench.simulated,
        quality=_quality(bench, run, review, catalogue),
        encoder=encoder_of("described") if quoted and entries else None,
        ways=ways,
    )


def _rows(table: FeatureTable, item_ids: Sequence[str]) -> np.ndarray:
    """Return the vectors of items; a row of zeros for those that have none."""
    row_of = {item_id: row for row, item_id in enumerate(table.item_ids)}
    rows = np.zeros((len(item_ids), table.vectors.shape[1]), np.float32)
    for place, item_id in enumerate(item_ids):
        if item_id in row_of:
            rows[place] = table.vectors[row_of[item_id]]
    return rows


def described(entries: list[JournalEntry]) -> Described:
    """Take the fields of the first description; moments of all of them."""
    facets = [entry.facets for entry in entries if entry.facets is not None]
    moments = [moment for one in facets for moment in one.moments]
    ordered = sorted(moments, key=lambda moment: moment.start)
    return Described(text_of(entries), facets[0].model_copy(update={"moments": ordered}))


def _quality(bench: Bench, run: Run, review: Review, items: pl.DataFrame) -> dict[str, Any]:
    titles = dict(items.select("item_id", "title").iter_rows())
    compared = sorted(
        bench.runs.glob("compare-*/comparison.json"), key=lambda path: path.stat().st_mtime
    )
    worst = [{**row.as_dict(), "title": titles.get(row.item_id, "")} for row in review.rows[:WORST]]
    return {
        "comparison": read_json(compared[-1]) if compared else None,
        "run": {"id": run.id, **run.metrics},
        "worst": worst,
        "grades": review.spread() if review.rows else {},
    }
