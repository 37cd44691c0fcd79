"""The bundle on disk: which one is current, whether it is whole, and what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from seesay.core.errors import SeesayError
from seesay.core.files import MANIFEST, read_json
from seesay.core.hashing import file_sha256
from seesay.serve.base import BundleInfo
from seesay.serve.bm25 import BM25
from seesay.serve.index import Approximate

FORMAT = 1
CURRENT = "current"
ITEMS = "items.parquet"
COLUMNS = "columns.parquet"
USERS = "users.parquet"
LOG = "log.npy"
ITEM_VECTORS = "item_vectors.npy"
INDEX = "index.faiss"
MAP = "map.npy"
QUALITY = "quality.json"
SENTENCES = "sentences"
VECTORS = "vectors"
TOGETHER = "together"
WORDS = "bm25"
MODEL = "model"
POSTERS = "posters"
VIDEOS = "videos"
REMEDY = "Make it again: seesay bundle"


@dataclass(frozen=True)
class Bundle:
    """One bundle whose files are those that were written.

    Attributes:
        manifest: what it was made from, and the SHA-256 of each of its files.
    """

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def info(self) -> BundleInfo:
        """What people are told of it."""
        told = self.manifest
        return BundleInfo(
            id=self.folder.name,
            made=told["made"],
            recommender=told["recommender"],
            features=told["features"],
            simulated=told["simulated"],
            metrics=told["metrics"],
            counts=told["counts"],
            run=told["run"],
        )

    @property
    def known(self) -> int:
        """How many of the items, the first ones, the recommender was trained with."""
        return int(self.manifest["known"])

    @cached_property
    def items(self) -> pl.DataFrame:
        """`item_id`, `title`, `video`, `stamp` of its file, `words`, `facets`, `poster_frames`."""
        return pl.read_parquet(self.folder / ITEMS)

    @cached_property
    def columns(self) -> pl.DataFrame:
        """What else the items table says, one row an item."""
        return pl.read_parquet(self.folder / COLUMNS)

    @cached_property
    def users(self) -> pl.DataFrame:
        """`user_id`, and `start`: where the user's history starts in `log`."""
        return pl.read_parquet(self.folder / USERS)

    @cached_property
    def log(self) -> np.ndarray:
        """The histories of all users, one after another: int32 rows of items."""
        return self._array(LOG)

    @cached_property
    def map(self) -> np.ndarray:
        """A place for each item, [items, 2] float32 in 0..1."""
        return self._array(MAP)

    @cached_property
    def quality(self) -> Mapping[str, Any]:
        """The comparison, the worst descriptions and the grades of all."""
        read: dict[str, Any] = read_json(self.folder / QUALITY)
        return read

    def item_vectors(self) -> np.ndarray | None:
        """Return the recommender's vectors of its items, where numpy can do the rest."""
        return self._array(ITEM_VECTORS) if (self.folder / ITEM_VECTORS).is_file() else None

    def index(self) -> Approximate | None:
        """Return the index over the recommender's item vectors, where there is one."""
        return Approximate.load(self.folder / INDEX) if (self.folder / INDEX).is_file() else None

    def vectors(self, feature: str) -> np.ndarray:
        """Return the vectors of a content feature, [items, dim] float32."""
        return self._array(f"{VECTORS}/{feature}.npy")

    def words(self) -> BM25:
        """Return what finds items by their words."""
        about = self.manifest["bm25"]
        return BM25.load(self.folder / WORDS, about["n_docs"], about["mean_length"])

    def sentences(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Return every sentence of the descriptions, its rarity, and its vector."""
        if not (self.folder / SENTENCES).is_dir():
            return [], np.empty(0), np.empty((0, 0), np.float32)
        table = pl.read_parquet(self.folder / SENTENCES / "sentences.parquet")
        vectors = self._array(f"{SENTENCES}/vectors.npy")
        return table["sentence"].to_list(), table["rarity"].to_numpy(), vectors

    def together(self) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """Return as the rows of a sparse matrix how many users watched both of two items."""
        if not (self.folder / TOGETHER).is_dir():
            return None
        starts, others, counts = (
            self._array(f"{TOGETHER}/{name}.npy") for name in ("starts", "others", "counts")
        )
        return starts, others, counts

    def _array(self, name: str) -> np.ndarray:
        loaded: np.ndarray = np.load(self.folder / name, mmap_mode="r", allow_pickle=False)
        return loaded


def current_name(root: Path) -> str:
    """Return the name of the folder that is to be served; empty where there is none."""
    try:
        name = (root / CURRENT).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return name if name == Path(name).name and name.strip(".") else ""


def read_bundle(root: Path) -> Bundle:
    """Read the current bundle of a folder of bundles, every file held against its checksum.

    Raises:
        SeesayError: there is none, or one of its files is missing, differs, or is too many.
    """
    name = current_name(root)
    if not name or not (root / name / MANIFEST).is_file():
        raise SeesayError(f"There is no bundle in '{root}'.", "Make one first: seesay bundle")
    folder = root / name
    manifest = read_json(folder / MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise SeesayError(f"The bundle '{folder}' has another format.", REMEDY)
    files = manifest.get("files")
    if not isinstance(files, dict) or set(files) != set(files_of(folder)):
        raise SeesayError(f"The bundle '{folder}' does not hold the files that it names.", REMEDY)
    for file, sha256 in files.items():
        if file_sha256(folder / file) != sha256:
            raise SeesayError(
                f"The file {file} of the bundle '{folder}' is not the one that was written (its "
                "SHA-256 differs); it is not loaded.",
                REMEDY,
            )
    return Bundle(folder, manifest)


def files_of(folder: Path) -> Iterator[str]:
    """Yield the files of a bundle but its manifest, by their path in it; links are no files."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path != folder / MANIFEST:
            yield path.relative_to(folder).as_posix()
