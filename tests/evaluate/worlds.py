"""A catalogue of two tastes, and a bench on it."""

from pathlib import Path

import numpy as np
import polars as pl

from seesay.catalog.base import Catalog
from seesay.catalog.split import SplitSettings
from seesay.catalog.store import CatalogStore
from seesay.encode.features import FeatureTable, write_features
from seesay.evaluate.bench import Bench

ITEMS, USERS = 20, 30
IDS = [f"i{item}" for item in range(ITEMS)]


def make_bench(folder: Path, **options) -> Bench:
    random = np.random.default_rng(0)
    rows = [
        (f"u{user:02}", f"i{item}", when)
        for user in range(USERS)
        for when, item in enumerate(random.permutation(np.arange(user % 2, ITEMS, 2))[:7])
    ]
    items = pl.DataFrame(
        {
            "item_id": IDS,
            "path": pl.Series([None] * ITEMS, dtype=pl.String),
            "title": ["even", "odd"] * (ITEMS // 2),
        }
    )
    schema = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}
    log = pl.DataFrame(rows, schema=schema, orient="row")
    store = CatalogStore(folder)
    store.put(Catalog(items, log, simulated=False), "tests")
    sides = np.array([[1, 0], [0, 1]] * (ITEMS // 2), np.float32)
    noise = random.normal(0, 0.01, sides.shape).astype(np.float32)
    write_features(folder / "features/sides", FeatureTable("sides", IDS, sides + noise, {}))
    return Bench(store, folder / "features", folder / "runs", SplitSettings(), options)
