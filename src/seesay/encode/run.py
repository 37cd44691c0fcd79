"""Encoding a whole catalogue, batch by batch, and decoding videos ahead of who encodes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from seesay.core.errors import SeesayError
from seesay.core.progress import track
from seesay.encode.base import Encoder, Source, lacking
from seesay.media.base import Media, MediaError, MediaSettings
from seesay.media.pool import WORKER, DecoderPool

Skipped = tuple[str, str]
Outcome = tuple[str, np.ndarray | str]
Progress = Callable[[Iterable[Outcome], str, int], Iterable[Outcome]]
NO_FILE = "it has no video file"
NOT_FINITE = "its vector has values that are not finite numbers"


def encode_items(
    encoder: Encoder, sources: Iterable[Source], total: int, progress: Progress = track
) -> tuple[list[str], np.ndarray, list[Skipped]]:
    """Encode every item that has what the encoder reads; hold one batch of sources at a time.

    Args:
        encoder: any encoder.
        sources: the items, `total` of them; read once, as far as a batch needs.
        total: how many there are, for the progress and the room for the vectors.
        progress: shows how many items are encoded or left out.

    Returns:
        The item IDs, their vectors [n, dim] float32, and the items left out, each with why.

    Raises:
        SeesayError: the encoder cannot work at all, or its rows are not one an item.
    """
    skipped: list[Skipped] = []
    item_ids: list[str] = []
    vectors = np.empty((0, encoder.dim), np.float32)
    ended = progress(_outcomes(encoder, sources), f"encode {encoder.name}", total)
    for item_id, outcome in ended:
        if isinstance(outcome, str):
            skipped.append((item_id, outcome))
            continue
        vectors = _with_room(vectors, len(item_ids), len(outcome), total)
        vectors[len(item_ids)] = outcome
        item_ids.append(item_id)
    return item_ids, vectors[: len(item_ids)], skipped


def _outcomes(encoder: Encoder, sources: Iterable[Source]) -> Iterator[Outcome]:
    """Yield each item with its vector once its batch is encoded, or with why it has none."""
    batch: list[Source] = []
    for source in sources:
        if why := lacking(source, encoder.reads):
            yield source.item_id, why
            continue
        batch.append(source)
        if len(batch) == encoder.batch_size:
            yield from _encoded(encoder, batch)
            batch = []
    if batch:
        yield from _encoded(encoder, batch)


def _encoded(encoder: Encoder, batch: list[Source]) -> Iterator[Outcome]:
    rows = _rows(encoder, batch)
    finite = np.isfinite(rows).all(axis=1)
    for source, row, fine in zip(batch, rows, finite, strict=True):
        yield source.item_id, row if fine else NOT_FINITE


def _rows(encoder: Encoder, batch: list[Source]) -> np.ndarray:
    rows = encoder.encode(batch)
    if rows.shape != (len(batch), encoder.dim):
        raise SeesayError(
            f"The encoder '{encoder.name}' gave an array of shape {list(rows.shape)} for "
            f"{len(batch)} items and {encoder.dim} values each.",
            "It must give one row an item, as wide as its `dim`: mend it, or choose another.",
        )
    return rows


def _with_room(vectors: np.ndarray, used: int, dim: int, total: int) -> np.ndarray:
    # One array for all rows from the start: joining blocks at the end would need twice the memory.
    if used < len(vectors):
        return vectors
    roomy = np.empty((max(total, 2 * used), dim), np.float32)
    if used:
        roomy[:used] = vectors[:used]
    return roomy


def media_sources(
    items: Iterable[tuple[str, str | None]],
    settings: MediaSettings,
    *,
    frames: bool = True,
    sound: bool = True,
    workers: int = 2,
    worker: str = WORKER,
) -> Iterator[Source]:
    """Decode videos ahead in a few processes and give them in order, with `Source.media`.

    At most `2 * workers` decoded videos wait. One that cannot be decoded, or that ends its decoder,
    comes without media, and `Source.missing` says why.

    Args:
        items: item ID and the path of its video.
        settings: the frame plan and the limits.
        frames: decode the frames.
        sound: decode the sound.
        workers: how many videos are decoded at once.
        worker: the module that decodes; see `DecoderPool`.
    """
    waiting: deque[tuple[str, Future[Media] | None]] = deque()
    with DecoderPool(settings, workers, worker, sound=sound, frames=frames) as pool:
        for item_id, path in items:
            waiting.append((item_id, pool.submit(Path(path)) if path else None))
            if len(waiting) >= 2 * workers:
                yield _source(*waiting.popleft(), frames=frames)
        while waiting:
            yield _source(*waiting.popleft(), frames=frames)


def _source(item_id: str, decoding: Future[Media] | None, *, frames: bool) -> Source:
    if decoding is None:
        return Source(item_id, missing=NO_FILE)
    try:
        media = decoding.result()
    except MediaError as error:
        return Source(item_id, missing=str(error))
    if frames and not media.frames:
        return Source(item_id, missing="no frame of it could be decoded")
    return Source(item_id, media=media)
