"""The contract of an encoder: what it reads of an item, and one vector an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from seesay.core.errors import SeesayError
from seesay.media.base import Media

Reads = Literal["item_id", "title", "tag", "words", "media", "vectors"]

LACKS: dict[Reads, str] = {
    "item_id": "it has no ID",
    "title": "it has no title",
    "tag": "it has no tag",
    "words": "it has no description",
    "media": "it has no decoded video",
    "vectors": "it has no vector of the other feature",
}
REMEDIES: dict[Reads, str] = {
    "item_id": "Give each item an item_id.",
    "title": "Give it a title in the items table, or leave it out.",
    "tag": "Give it a tag in the items table, or leave it out.",
    "words": "Describe it first: seesay describe",
    "media": "Decode it first, or leave it out.",
    "vectors": "Encode the other feature first: seesay encode NAME",
}


@dataclass(frozen=True)
class Source:
    """What an encoder may read of one item; only what it asks for in `reads` is filled in.

    Attributes:
        missing: why that is not there, where somebody knows it: what the decoder said.
    """

    item_id: str
    title: str = ""
    words: str = ""
    media: Media | None = None
    vector: np.ndarray | None = None
    tag: str = ""
    missing: str = ""


class Encoder(Protocol):
    """Turns items into vectors. Built from its `Settings` class; loads models at the first call.

    Attributes:
        dim: the width of its vectors; 0 where that is known only after the first call.
        reads: which field of `Source` it needs.
        batch_size: how many items it likes at once; None where it must see all of them together.
    """

    name: str
    reads: Reads
    batch_size: int | None

    @property
    def dim(self) -> int:
        """The width of its vectors."""
        ...

    def fingerprint(self) -> dict[str, Any]:
        """Return the JSON values that change its vectors."""
        ...

    def encode(self, batch: Sequence[Source]) -> np.ndarray:
        """Return [n, dim] float32, finite.

        Raises:
            SeesayError: an item lacks what is read, or the model cannot be had.
        """
        ...


def lacking(source: Source, reads: Reads) -> str:
    """Return why an item cannot be encoded by who reads `reads`; empty where it can."""
    there = {
        "item_id": bool(source.item_id),
        "title": bool(source.title.strip()),
        "tag": bool(source.tag.strip()),
        "words": bool(source.words.strip()),
        "media": source.media is not None,
        "vectors": source.vector is not None,
    }
    return "" if there[reads] else source.missing or LACKS[reads]


def check_batch(batch: Sequence[Source], reads: Reads) -> None:
    """Check that every item has what is read.

    Raises:
        SeesayError: one has not; names it.
    """
    for source in batch:
        if why := lacking(source, reads):
            raise SeesayError(
                f"The item '{source.item_id}' cannot be encoded: {why}.", REMEDIES[reads]
            )


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Return [n, dim] float32 with every row scaled to length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
