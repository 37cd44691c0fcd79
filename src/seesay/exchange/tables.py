"""Plain tables and arrays: parquet for whatever reads tables, npy for numpy alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seesay.core.errors import SeesayError
from seesay.core.files import write_json
from seesay.exchange.package import Package, vector_blocks, write_blocks


def write_parquet(folder: Path, package: Package) -> None:
    """Write items, interactions, descriptions, `features/NAME` and `split/PART` as parquet."""
    package.items.write_parquet(folder / "items.parquet")
    if package.interactions.height:
        package.interactions.write_parquet(folder / "interactions.parquet")
    write_blocks(folder / "descriptions.parquet", package.word_blocks())
    (folder / "features").mkdir()
    for table in package.features:
        write_blocks(folder / "features" / f"{table.name}.parquet", vector_blocks(table))
    if package.split:
        (folder / "split").mkdir()
    for name, part in package.parts().items():
        part.write_parquet(folder / "split" / f"{name}.parquet")


def write_npy(folder: Path, package: Package) -> None:
    """Write `NAME.npy` (float32, a row an item) and `NAME.item_ids.json`, in the same order.

    Raises:
        SeesayError: there is no feature.
    """
    if not package.features:
        raise SeesayError("There are no vectors to write.", "Run: seesay encode title")
    for table in package.features:
        np.save(folder / f"{table.name}.npy", table.vectors)
        write_json(folder / f"{table.name}.item_ids.json", table.item_ids)
