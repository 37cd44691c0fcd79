"""What leaves a workspace, whatever the format: tables, block by block, and vectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from seesay.catalog.split import Split, SplitSettings
from seesay.describe.base import Facets
from seesay.describe.journal_rows import JournalEntry
from seesay.describe.words import newest
from seesay.encode.features import FeatureTable

PLACEBO = "noise: it says nothing about the videos, and is there to be beaten"
ROWS = 10_000
VALUES = 1 << 25
LISTS = ("people_and_things", "actions", "cultural_references", "on_screen_text")
MOMENT = pl.Struct({"start": pl.Float64, "end": pl.Float64, "what": pl.String})
FACETS: dict[str, Any] = {
    name: pl.List(MOMENT)
    if name == "moments"
    else pl.List(pl.String)
    if name in LISTS
    else pl.String
    for name in Facets.model_fields
}
WORDS: dict[str, Any] = {
    **dict.fromkeys(("item_id", "kind", "text"), pl.String),
    **FACETS,
    **dict.fromkeys(("describer", "model", "prompt", "prompt_version", "error"), pl.String),
    "described_at": pl.Datetime("ms", "UTC"),
    "prompt_tokens": pl.Int64,
    "completion_tokens": pl.Int64,
    "cost": pl.Float64,
}


@dataclass(frozen=True)
class Package:
    """All that the formats may write.

    Attributes:
        items: `item_id`, `path` (the name of the video file alone), `title` and the user's columns.
        interactions: `user_id`, `item_id`, `timestamp`; no rows where there is no log.
        split: the same split that comparisons use, where it was asked for.
        cut_by: its settings.
        journal: the file with the descriptions; may not be there.
        simulated: the interactions are made up.
    """

    items: pl.DataFrame
    interactions: pl.DataFrame
    split: Split | None
    cut_by: SplitSettings | None
    features: tuple[FeatureTable, ...]
    journal: Path
    simulated: bool

    def parts(self) -> dict[str, pl.DataFrame]:
        """Return the tables of the split by their names; none where there is no split."""
        if not self.split:
            return {}
        return {
            "train": self.split.train,
            "validation": self.split.validation,
            "test": self.split.test,
            "validation_histories": self.split.validation_histories,
            "test_histories": self.split.test_histories,
        }

    def item_blocks(self) -> Iterator[pl.DataFrame]:
        """Yield the items in their order, `ROWS` at a time."""
        yield from self.items.iter_slices(ROWS)

    def word_blocks(self) -> Iterator[pl.DataFrame]:
        """Yield the newest descriptions of every kind, with the columns of `WORDS`."""
        for block in self.item_blocks():
            words = self.words(block["item_id"].to_list())
            if words.height:
                yield words

    def words(self, item_ids: Sequence[str]) -> pl.DataFrame:
        """Return the newest descriptions of some items, in their order."""
        rows = [_row(entry) for entry in newest(self.journal, None, item_ids)]
        return pl.DataFrame(rows, schema=WORDS)


def vector_blocks(table: FeatureTable) -> Iterator[pl.DataFrame]:
    """Yield `item_id` and `vector` (float32, all of one width) in the order of the table."""
    rows, dim = table.vectors.shape
    step = max(1, VALUES // dim)
    for start in range(0, rows, step):
        part = slice(start, start + step)
        yield pl.DataFrame({"item_id": table.item_ids[part], "vector": table.vectors[part]})


def write_blocks(path: Path, blocks: Iterable[pl.DataFrame]) -> None:
    """Write blocks as one parquet file without holding them all; no blocks, no file."""
    with TemporaryDirectory(dir=path.parent) as folder:
        if write_shards(Path(folder), blocks)[0]:
            pl.scan_parquet(f"{folder}/*.parquet").sink_parquet(path)


def write_shards(folder: Path, blocks: Iterable[pl.DataFrame]) -> tuple[int, int]:
    """Write each block as a parquet file of its own; return how many rows and bytes there are."""
    rows = size = 0
    for number, block in enumerate(blocks):
        folder.mkdir(parents=True, exist_ok=True)
        block.write_parquet(folder / f"{number:05}.parquet")
        rows += block.height
        size += int(block.estimated_size())
    return rows, size


def _row(entry: JournalEntry) -> dict[str, Any]:
    who, facets = entry.attempt, entry.facets
    return {
        "item_id": entry.item_id,
        "kind": who.kind,
        "text": entry.text,
        **(facets.model_dump() if facets else {}),
        "describer": who.describer,
        "model": who.model,
        "prompt": who.prompt,
        "prompt_version": who.prompt_version,
        "error": entry.error,
        "described_at": round(1000 * (entry.finished or entry.started)),
        "prompt_tokens": entry.usage.prompt_tokens,
        "completion_tokens": entry.usage.completion_tokens,
        "cost": entry.usage.cost,
    }
