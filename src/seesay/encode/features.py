"""The table of vectors on disk: one float32 row an item, its manifest written last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from seesay.core.errors import SeesayError, unknown_name
from seesay.core.files import MANIFEST, read_json, replacing_folder, write_json
from seesay.core.hashing import file_sha256
from seesay.core.plugins import plugin_names

VECTORS = "vectors.npy"
ITEM_IDS = "item_ids.parquet"


@dataclass(frozen=True)
class FeatureTable:
    """Vectors of one feature.

    Attributes:
        item_ids: one a row of `vectors`.
        vectors: [n, dim] float32; mapped from the file, read-only, where it was read from disk.
        manifest: what it was made from: encoder, fingerprint, source hashes, items left out.
    """

    name: str
    item_ids: list[str]
    vectors: np.ndarray
    manifest: Mapping[str, Any]

    @property
    def layers(self) -> int:
        """Of how many blocks of equal width, side by side, a vector is made."""
        fingerprint = self.manifest.get("fingerprint")
        named = fingerprint.get("layers") if isinstance(fingerprint, Mapping) else None
        return len(named) if isinstance(named, Sequence) and named else 1

    @property
    def source(self) -> str:
        """The model, file or encoder that it comes from, and how its vectors' hash begins."""
        fingerprint, outside = (self.manifest.get(key, {}) for key in ("fingerprint", "outside"))
        made_by = outside.get("file") or fingerprint.get("model") or self.manifest.get("encoder")
        return f"{made_by or self.name}, vectors {self.manifest['vectors_sha256'][:12]}"

    def rows(self, item_ids: Sequence[str]) -> np.ndarray:
        """Return the vectors of the items asked for, in their order: a copy, C-contiguous float32.

        Raises:
            SeesayError: some have none; says how many and how to make them.
        """
        row_of = {item_id: row for row, item_id in enumerate(self.item_ids)}
        missing = [item_id for item_id in item_ids if item_id not in row_of]
        if missing:
            raise SeesayError(
                f"The feature '{self.name}' does not cover {len(missing)} of {len(item_ids)} items "
                f"(the first: '{missing[0]}').",
                how_to_make_again(self.name, self.manifest),
            )
        wanted = np.fromiter((row_of[item] for item in item_ids), np.int64, len(item_ids))
        return np.ascontiguousarray(self.vectors[wanted], np.float32)

    def only(self, item_ids: Container[str]) -> FeatureTable:
        """Return the rows of these items alone: others may have been removed since it was made."""
        rows = [row for row, item_id in enumerate(self.item_ids) if item_id in item_ids]
        if len(rows) == len(self.item_ids):
            return self
        manifest = {**self.manifest, "rows": len(rows)}
        kept = [self.item_ids[row] for row in rows]
        return replace(self, item_ids=kept, vectors=self.vectors[rows], manifest=manifest)


def write_features(folder: Path, table: FeatureTable) -> None:
    """Write a table into `folder`, all of it or nothing.

    Raises:
        SeesayError: the table is empty, its shape is not one row an item, an item is there twice,
            or a value is not a finite float32.
    """
    with np.errstate(over="ignore"):
        vectors = np.ascontiguousarray(table.vectors, np.float32)
    _check(table.name, table.item_ids, vectors)
    with replacing_folder(folder) as temporary:
        np.save(temporary / VECTORS, vectors)
        ids = pl.DataFrame({"item_id": table.item_ids}, schema={"item_id": pl.String})
        ids.write_parquet(temporary / ITEM_IDS)
        manifest = {
            **table.manifest,
            "name": table.name,
            "rows": len(table.item_ids),
            "dim": int(vectors.shape[1]),
            "vectors_sha256": file_sha256(temporary / VECTORS),
            "item_ids_sha256": file_sha256(temporary / ITEM_IDS),
        }
        write_json(temporary / MANIFEST, manifest)


def _check(name: str, item_ids: Sequence[str], vectors: np.ndarray) -> None:
    if not item_ids:
        raise SeesayError(
            f"The feature '{name}' would have no rows: no item could be encoded.",
            "See why the items were left out, and give at least one that can be read.",
        )
    if vectors.ndim != 2 or len(vectors) != len(item_ids) or not vectors.shape[1]:
        raise SeesayError(
            f"The feature '{name}' has vectors of shape {list(vectors.shape)} for {len(item_ids)} "
            "items.",
            "Its encoder must give one row an item, of at least one value.",
        )
    item, times = Counter(item_ids).most_common(1)[0]
    if times > 1:
        raise SeesayError(
            f"The feature '{name}' has the item '{item}' {times} times.", "Encode each item once."
        )
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise SeesayError(
            f"The feature '{name}' has values that are not finite numbers for {len(bad)} items "
            f"(the first: '{item_ids[bad[0]]}').",
            "Look at these items, or leave them out.",
        )


def read_features(folder: Path) -> FeatureTable:
    """Read a table that `write_features` wrote; the vectors are mapped, not loaded.

    Raises:
        SeesayError: there is none, or a file in it is not the one of the manifest.
    """
    name = folder.name
    if not (folder / MANIFEST).is_file():
        raise _not_there(folder)
    manifest = read_json(folder / MANIFEST)
    try:
        same = (
            file_sha256(folder / VECTORS) == manifest["vectors_sha256"]
            and file_sha256(folder / ITEM_IDS) == manifest["item_ids_sha256"]
        )
    except (OSError, KeyError, TypeError):
        same = False
    if not same:
        raise SeesayError(
            f"The files of the feature '{name}' are not those it was made of.",
            how_to_make_again(name, manifest),
        )
    vectors = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
    item_ids = pl.read_parquet(folder / ITEM_IDS)["item_id"].to_list()
    return FeatureTable(name, item_ids, vectors, manifest)


def _not_there(folder: Path) -> SeesayError:
    name, encoders = folder.name, plugin_names("encoder")
    if name in encoders:
        return SeesayError(f"There is no feature '{name}' yet.", how_to_make_again(name, {}))
    there = [path.parent.name for path in folder.parent.glob(f"*/{MANIFEST}")]
    unknown = unknown_name("feature", name, {"id", *encoders, *there})
    outside = f"If it is one of your own: seesay add features {name} TABLE"
    return SeesayError(unknown.problem, f"{unknown.remedy} {outside}")


def how_to_make_again(name: str, manifest: Mapping[str, Any]) -> str:
    """Return how to make a feature again; one that came from outside is added again."""
    outside = isinstance(manifest, dict) and "outside" in manifest
    return f"Run: seesay add features {name} TABLE" if outside else f"Run: seesay encode {name}"
