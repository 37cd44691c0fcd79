"""`seesay export`: one folder with everything that other libraries need, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from seesay.catalog.split import SplitSettings, split_log
from seesay.catalog.store import EVENT, INTERACTIONS, ITEMS, CatalogStore
from seesay.core.errors import SeesayError, unknown_name
from seesay.core.files import MANIFEST, read_json, replacing_folder, write_json
from seesay.core.hashing import file_sha256
from seesay.encode.features import read_features
from seesay.exchange.hugging_face import write_hugging_face
from seesay.exchange.package import PLACEBO, Package
from seesay.exchange.recbole import write_recbole
from seesay.exchange.rectools import write_rectools
from seesay.exchange.tables import write_npy, write_parquet
from seesay.recommend.base import PLACEBOS

FORMATS: dict[str, Callable[[Path, Package], None]] = {
    "parquet": write_parquet,
    "npy": write_npy,
    "recbole": write_recbole,
    "rectools": write_rectools,
    "huggingface": write_hugging_face,
}
KIND = "seesay export"


def export(
    catalog: CatalogStore,
    to: Path,
    formats: Sequence[str],
    features: Sequence[str] | None = None,
    split: SplitSettings | None = None,
) -> dict[str, Any]:
    """Write a workspace's catalogue, log, descriptions and vectors; return the manifest.

    Args:
        to: a folder that is not there, is empty, or holds an earlier export, which it replaces.
        formats: of `FORMATS`; each gets a folder of its own.
        features: whose vectors; by default of all that there are but the placebos, which are noise.
        split: also write the parts of this split.

    Raises:
        SeesayError: a format or feature is unknown, the folder holds something else, or a format
            cannot hold what there is. Nothing is written then.
    """
    for name in formats:
        if name not in FORMATS:
            raise unknown_name("format", name, FORMATS)
    _check_target(to)
    package = _pack(catalog, features, split)
    with replacing_folder(to) as folder:
        for name in dict.fromkeys(formats):
            (folder / name).mkdir()
            FORMATS[name](folder / name, package)
        manifest = {
            "kind": KIND,
            "seesay": version("seesay"),
            "formats": [*dict.fromkeys(formats)],
            "simulated": package.simulated,
            "items": package.items.height,
            "interactions": package.interactions.height,
            "made_from": _made_from(catalog, package),
            "split": split.model_dump(mode="json") if split else None,
            "files": {
                path.relative_to(folder).as_posix(): file_sha256(path)
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            },
        }
        write_json(folder / MANIFEST, manifest)
    return manifest


def _check_target(to: Path) -> None:
    if not to.exists() or (to.is_dir() and not any(to.iterdir())):
        return
    manifest = to / MANIFEST
    if manifest.is_file():
        written = read_json(manifest)
        if isinstance(written, dict) and written.get("kind") == KIND:
            return
    raise SeesayError(
        f"'{to}' is there already and is no earlier export.", "Name a folder that is not there yet."
    )


def _pack(
    catalog: CatalogStore, features: Sequence[str] | None, split: SplitSettings | None
) -> Package:
    about = catalog.about()
    log = pl.DataFrame(schema={"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64})
    if split or (catalog.folder / INTERACTIONS).is_file():
        log = catalog.interactions().select(EVENT)
    there = catalog.folder / "features"
    known = [path.parent.name for path in sorted(there.glob(f"*/{MANIFEST}"))]
    known = [name for name in known if not name.startswith(".")]
    for name in features or ():
        if name not in known:
            raise unknown_name("feature", name, known)
    real = [name for name in known if name not in PLACEBOS]
    wanted = real if features is None else dict.fromkeys(features)
    items = catalog.items()
    item_ids = set(items["item_id"].to_list())
    return Package(
        items=_shareable(items),
        interactions=log,
        split=split_log(log, split) if split else None,
        cut_by=split,
        features=tuple(read_features(there / name).only(item_ids) for name in wanted),
        journal=catalog.folder / "journal.sqlite",
        simulated=bool(about["simulated"]),
    )


def _shareable(items: pl.DataFrame) -> pl.DataFrame:
    """Return items with names of files instead of this machine's paths, in types all can read."""
    rare = [
        name
        for name, dtype in items.schema.items()
        if not (dtype.is_integer() or dtype.is_float())
        and dtype not in (pl.String, pl.Boolean, pl.Date, pl.Datetime, pl.List(pl.String))
    ]
    names = [path and Path(path).name for path in items["path"].to_list()]
    return items.with_columns(
        pl.Series("path", names, dtype=pl.String), pl.col(rare).cast(pl.String, strict=False)
    )


def _made_from(catalog: CatalogStore, package: Package) -> dict[str, Any]:
    features = {
        table.name: {
            **{key: value for key, value in table.manifest.items() if key != "left_out"},
            "left_out": len(table.manifest.get("left_out", ())),
            **({"placebo": PLACEBO} if table.name in PLACEBOS else {}),
        }
        for table in package.features
    }
    tables = [catalog.folder / name for name in (ITEMS, INTERACTIONS)]
    hashes = {f"{path.stem}_sha256": file_sha256(path) for path in tables if path.is_file()}
    return {"source": catalog.about()["source"], **hashes, "features": features}
