"""A Hugging Face dataset: parquet shards and a card, which `datasets.load_dataset` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from seesay.encode.features import FeatureTable
from seesay.exchange.package import PLACEBO, WORDS, Package, vector_blocks, write_shards
from seesay.recommend.base import PLACEBOS

# A dataset without parts is one part, and that is what `datasets` calls it.
WHOLE = "train"
SIMULATED = "**The interactions are simulated.** No figure on them says anything about real people."
PLAIN: Mapping[Any, str] = {
    pl.String: "string",
    pl.Boolean: "bool",
    pl.Float32: "float32",
    pl.Float64: "float64",
    pl.Date: "date32",
    **{
        getattr(pl, f"{sign}Int{bits}"): f"{sign.lower()}int{bits}"
        for sign in ("", "U")
        for bits in (8, 16, 32, 64)
    },
}
VECTOR = {"item_id": pl.String, "vector": pl.List(pl.Float32)}
Parts = dict[str, Iterable[pl.DataFrame]]


def write_hugging_face(folder: Path, package: Package) -> None:
    """Write a configuration each for items, interactions, descriptions, split and every feature."""
    log = package.interactions
    tables: dict[str, tuple[Parts, Mapping[str, Any]]] = {
        "items": ({WHOLE: package.item_blocks()}, package.items.schema),
        "interactions": ({WHOLE: [log] if log.height else []}, log.schema),
        "descriptions": ({WHOLE: package.word_blocks()}, WORDS),
        "split": ({}, log.schema),
        "histories": ({}, log.schema),
    }
    for name, part in package.parts().items():
        tables["histories" if "_" in name else "split"][0][name.removesuffix("_histories")] = [part]
    for table in package.features:
        tables[f"feature-{table.name}"] = ({WHOLE: _listed(table)}, VECTOR)
    heads = []
    for name, (parts, schema) in tables.items():
        sizes = {part: write_shards(folder / name / part, blocks) for part, blocks in parts.items()}
        if any(rows for rows, _ in sizes.values()):
            heads.append(_Head(name, sizes, schema))
    (folder / "README.md").write_text(_card(package, heads), "utf-8")


@dataclass(frozen=True)
class _Head:
    """What the card says of one configuration.

    Attributes:
        sizes: of each part the rows, and their bytes in memory.
    """

    name: str
    sizes: Mapping[str, tuple[int, int]]
    schema: Mapping[str, Any]

    def files(self, default: bool) -> dict[str, Any]:
        paths = [{"split": part, "path": f"{self.name}/{part}/*.parquet"} for part in self.sizes]
        return {"config_name": self.name, "data_files": paths} | (
            {"default": True} if default else {}
        )

    def info(self) -> dict[str, Any]:
        features = [{"name": name, **_feature(dtype)} for name, dtype in self.schema.items()]
        splits = [
            {"name": part, "num_examples": rows, "num_bytes": size}
            for part, (rows, size) in self.sizes.items()
        ]
        return {"config_name": self.name, "features": features, "splits": splits}


def _listed(table: FeatureTable) -> Iterator[pl.DataFrame]:
    for block in vector_blocks(table):
        yield block.with_columns(pl.col("vector").cast(pl.List(pl.Float32)))


def _feature(dtype: Any) -> dict[str, Any]:
    """Return a type as the card of a dataset writes it."""
    if isinstance(dtype, pl.List):
        inner = dtype.inner
        if isinstance(inner, pl.Struct):
            return {"list": [{"name": one.name, **_feature(one.dtype)} for one in inner.fields]}
        return {"list": _feature(inner)["dtype"]}
    if isinstance(dtype, pl.Datetime):
        zone = f", tz={dtype.time_zone}" if dtype.time_zone else ""
        return {"dtype": f"timestamp[{dtype.time_unit}{zone}]"}
    return {"dtype": PLAIN[dtype if isinstance(dtype, type) else type(dtype)]}


def _names(schema: Mapping[str, Any]) -> str:
    return ", ".join(schema).replace("|", "\\|").replace("\n", " ")


def _card(package: Package, heads: Sequence[_Head]) -> str:
    """Return the card; YAML reads JSON, and JSON needs no other quoting."""
    shown = "descriptions" if any(head.name == "descriptions" for head in heads) else "items"
    configs = [f"- {json.dumps(head.files(head.name == shown))}" for head in heads]
    infos = [f"- {json.dumps(head.info())}" for head in heads]
    rows = [
        f"| `{head.name}` | {part} | {count:,} | {_names(head.schema)} |"
        for head in heads
        for part, (count, _) in head.sizes.items()
    ]
    placebos = [table.name for table in package.features if table.name in PLACEBOS]
    return "\n".join(
        [
            "---",
            "pretty_name: A catalogue of videos from seesay",
            "configs:",
            *configs,
            "dataset_info:",
            *infos,
            "---",
            "",
            "# A catalogue of videos, what they show in words, and who watched them",
            "",
            *([SIMULATED, ""] if package.simulated else []),
            *(f"**`feature-{name}` is {PLACEBO}.**\n" for name in placebos),
            "Written by `seesay export`. `manifest.json` of the export says what it was made from.",
            "",
            "| configuration | split | rows | columns |",
            "|---|---|---|---|",
            *rows,
            "",
            "```python",
            "from datasets import load_dataset",
            "",
            f'load_dataset("FOLDER")  # {shown}',
            'load_dataset("FOLDER", "items")',
            "```",
            "",
            "Who made the videos, titles and log decides who may have them: say here under which",
            "licence, before you publish this folder.",
            "",
        ]
    )
