"""Loads an export by RecTools's own `Dataset` and prints what it found. Runs in `.venvs/rectools`.

That environment reads no parquet, so the tables come as JSON of columns on standard input.
"""

import json
import sys

import pandas as pd
from rectools.dataset import Dataset

given = json.load(sys.stdin)
tables = {name: pd.DataFrame(columns) for name, columns in given.items()}
log = tables["interactions"]
log["datetime"] = pd.to_datetime(log["datetime"], utc=True).dt.tz_localize(None)
long = tables["item_features"]
sparse = Dataset.construct(log, item_features_df=long, cat_item_features=long["feature"].unique())
dense = Dataset.construct(log, item_features_df=tables["vectors"], make_dense_item_features=True)
raw = sparse.get_raw_interactions().sort_values(["user_id", "datetime"], kind="stable")
matrix = sparse.item_features.values.toarray()
known = sparse.item_id_map.external_ids
json.dump(
    {
        "log": raw[["user_id", "item_id"]].to_numpy().tolist(),
        "nanoseconds": raw["datetime"].astype("int64").tolist(),
        "weights": sorted(raw["weight"].unique()),
        "features": sorted(
            [known[item], *map(str, sparse.item_features.names[column])]
            for item, column in zip(*matrix.nonzero(), strict=True)
        ),
        "vectors": dict(
            zip(dense.item_id_map.external_ids, dense.item_features.values.tolist(), strict=True)
        ),
    },
    sys.stdout,
)
