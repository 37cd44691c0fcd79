"""Looks of many files, from the journal where they are known, or else decoded a few at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from seesay.describe.base import Kind
from seesay.describe.duplicates import LOOK, VERSION, Looks, NearFiles, looks_of
from seesay.describe.journal import Journal
from seesay.describe.known_files import keep_pictures, known_pictures
from seesay.media.base import MediaError, MediaSettings
from seesay.media.pool import DecoderPool

CHUNK = 64
DECODERS = 2


class Item(Protocol):
    """Whatever has a path."""

    @property
    def path(self) -> Path:
        """Where its file lies."""
        ...


class Seen(Protocol):
    """A file whose content was hashed; its hash is empty where it could not be read."""

    @property
    def item(self) -> Item:
        """The item of the file."""
        ...

    @property
    def sha256(self) -> str:
        """The hash of its content."""
        ...


SeenT = TypeVar("SeenT", bound=Seen)


class Likeness:
    """Tells for each file of a run which earlier one is nearly the same."""

    def __init__(self, journal: Journal, media: MediaSettings, distance: int, kind: Kind) -> None:
        """Compare nothing where `distance` is 0.

        Args:
            media: the limits past which a file is refused.
        """
        limits = media.model_dump(include={"max_bytes", "max_seconds", "max_pixels"})
        self._journal = journal
        self._look = LOOK.model_copy(update=limits)
        self._looks: dict[str, Looks] = {}
        self._near = NearFiles(distance, kind) if distance else None

    def ahead(self, files: Iterable[SeenT]) -> Iterator[SeenT]:
        """Pass files on once their looks are known; no further ahead than one chunk."""
        if self._near is None:
            yield from files
            return
        waiting = iter(files)
        with DecoderPool(self._look, DECODERS) as pool:
            while chunk := list(islice(waiting, CHUNK)):
                self._know(chunk, pool)
                yield from chunk

    def first_like(self, seen: Seen, key: str) -> str:
        """Return the request key of the first file like this one; empty where there is none."""
        looks = self._looks.get(seen.sha256)
        return self._near.first_like(looks, key) if self._near and looks else ""

    def _know(self, chunk: Iterable[Seen], pool: DecoderPool) -> None:
        paths = {seen.sha256: seen.item.path for seen in chunk if seen.sha256}
        kept = known_pictures(self._journal, paths, VERSION)
        self._looks = {sha256: Looks.from_bytes(picture) for sha256, picture in kept.items()}
        decoding = {
            sha256: pool.submit(path) for sha256, path in paths.items() if sha256 not in kept
        }
        new: list[tuple[str, int, bytes]] = []
        for sha256, future in decoding.items():
            try:
                looks = looks_of(future.result())
            except MediaError:
                continue
            if looks:
                self._looks[sha256] = looks
                new.append((sha256, VERSION, looks.to_bytes()))
        if new:
            keep_pictures(self._journal, new)
