"""One feature of a whole catalogue, from what its encoder reads to the table on disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from seesay.core.counts import counted
from seesay.core.errors import SeesayError
from seesay.core.files import MANIFEST, read_json
from seesay.core.hashing import value_sha256
from seesay.encode.base import Encoder, Source, lacking
from seesay.encode.features import FeatureTable, read_features, write_features
from seesay.encode.run import NO_FILE, encode_items, media_sources
from seesay.media.base import MediaSettings


@dataclass(frozen=True)
class Made:
    """One feature as it is on disk now; `fresh` where it had to be made."""

    manifest: Mapping[str, Any]
    fresh: bool


@dataclass(frozen=True)
class Material:
    """What encoders may read of a catalogue.

    Attributes:
        items: `item_id`, `title`, `path`.
        words: the description of each item that has one.
        features: the folder of features, for encoders that read the vectors of another one.
    """

    items: pl.DataFrame
    words: Mapping[str, str]
    media: MediaSettings
    features: Path


def make_feature(encoder: Encoder, material: Material) -> Made:
    """Encode every item that has what the encoder reads, unless that was done already.

    Raises:
        SeesayError: no item has it, or the encoder cannot work.
    """
    folder = material.features / encoder.name
    made_from = _made_from(encoder, material)
    if (folder / MANIFEST).is_file():
        manifest = read_json(folder / MANIFEST)
        if made_from.items() <= manifest.items():
            return Made(read_features(folder).manifest, fresh=False)
    bare = _without(encoder, material)
    item_ids, vectors, skipped = encode_items(
        encoder,
        (source for source in _sources(encoder, material) if source.item_id not in bare),
        material.items.height - len(bare),
    )
    left_out = [*bare.items(), *skipped]
    if not item_ids and left_out:
        raise SeesayError(
            f"No item could be encoded for '{encoder.name}': of "
            f"{counted(len(left_out), 'item')} the first, '{left_out[0][0]}', was left out "
            f"because {left_out[0][1]}.",
            _remedy(encoder, material.items.columns),
        )
    made_from["left_out"] = dict(left_out)
    write_features(folder, FeatureTable(encoder.name, item_ids, vectors, made_from))
    return Made(read_json(folder / MANIFEST), fresh=True)


def is_stale(encoder: Encoder, material: Material) -> bool:
    """Whether the items, words or settings that a feature on disk was made from have changed.

    One that is not there is not stale, nor is one that was made without this module.
    """
    path = material.features / encoder.name / MANIFEST
    manifest = read_json(path) if path.is_file() else {}
    if "read_sha256" not in manifest:
        return False
    return not _made_from(encoder, material).items() <= manifest.items()


def _made_from(encoder: Encoder, material: Material) -> dict[str, Any]:
    return {
        "encoder": encoder.name,
        "fingerprint": encoder.fingerprint(),
        "read_sha256": value_sha256(_read(encoder, material)),
    }


def _remedy(encoder: Encoder, columns: Sequence[str]) -> str:
    column = getattr(getattr(encoder, "settings", None), "column", "")
    if encoder.reads == "tag" and column not in columns:
        return f"There is no column '{column}'; name one in [encoders.tag]: {', '.join(columns)}."
    return {
        "title": "Add items with a column of titles.",
        "tag": "Add items with a column of tags, and name it as column in [encoders.tag].",
        "words": "Run: seesay describe",
        "media": "Add items with a column of video files, or from a folder of videos.",
    }.get(encoder.reads, "Look at the items.")


def _read(encoder: Encoder, material: Material) -> Any:
    """Return JSON values that change when what the encoder reads changes."""
    ids = material.items["item_id"].to_list()
    if encoder.reads == "title":
        return [ids, material.items["title"].to_list()]
    if encoder.reads == "tag":
        return [ids, _tags(encoder, material)]
    if encoder.reads == "words":
        return [ids, [material.words.get(item, "") for item in ids]]
    if encoder.reads == "media":
        paths = material.items["path"].to_list()
        return [ids, [_stamp(path) for path in paths], material.media.model_dump(mode="json")]
    if encoder.reads == "vectors":
        return [ids, _other(encoder, material).manifest["vectors_sha256"]]
    return [ids]


def _stamp(path: str | None) -> list[int]:
    try:
        stat = Path(path or "").stat()
    except OSError:
        return []
    return [stat.st_size, stat.st_mtime_ns]


def _other(encoder: Encoder, material: Material) -> FeatureTable:
    return read_features(material.features / str(encoder.settings.of))  # type: ignore[attr-defined]


def _tags(encoder: Encoder, material: Material) -> list[str]:
    column = str(encoder.settings.column)  # type: ignore[attr-defined]
    if column not in material.items.columns:
        return [""] * material.items.height
    return material.items[column].cast(pl.String).fill_null("").to_list()


def _without(encoder: Encoder, material: Material) -> dict[str, str]:
    """Return the items that have nothing to encode, each with why; no file is opened for it.

    They are no work, and would make a progress that counts them a lie.
    """
    if encoder.reads == "media":
        bare = material.items.filter(pl.col("path").is_null())
        return dict.fromkeys(bare["item_id"], NO_FILE)
    sources = _sources(encoder, material)
    return {source.item_id: why for source in sources if (why := lacking(source, encoder.reads))}


def _sources(encoder: Encoder, material: Material) -> Iterable[Source]:
    ids = material.items["item_id"].to_list()
    if encoder.reads == "title":
        titles = material.items["title"].to_list()
        return (Source(item, title=title) for item, title in zip(ids, titles, strict=True))
    if encoder.reads == "tag":
        tags = _tags(encoder, material)
        return (Source(item, tag=tag) for item, tag in zip(ids, tags, strict=True))
    if encoder.reads == "words":
        return (Source(item, words=material.words.get(item, "")) for item in ids)
    if encoder.reads == "media":
        return media_sources(
            zip(ids, material.items["path"].to_list(), strict=True),
            material.media,
            frames=getattr(encoder, "frames", True),
            sound=getattr(encoder, "sound", True),
        )
    if encoder.reads == "vectors":
        other = _other(encoder, material)
        vectors = dict(zip(other.item_ids, other.vectors, strict=True))
        return (Source(item, vector=vectors.get(item)) for item in ids)
    return (Source(item) for item in ids)
