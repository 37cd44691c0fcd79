"""The features of a workspace: their encoders make them, and they fit what was read, or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from seesay.core.errors import SeesayError
from seesay.core.plugins import build_plugin, plugin_names
from seesay.core.progress import say
from seesay.describe.base import Kind
from seesay.encode.base import Encoder
from seesay.encode.make import Made, Material, is_stale, make_feature
from seesay.media.base import MediaSettings

STALE = "What the feature '{}' was made from has changed since."
# Of which the placebo `shuffled` is made where seesay.toml names none: the first that is there.
TO_SHUFFLE = (
    *("described", "title", "described-video", "described-audio"),
    *("hidden", "video", "audio"),
)


@dataclass(frozen=True)
class FeatureStore:
    """Makes features in a folder, and knows which are stale.

    Attributes:
        folder: of the features.
        options: the settings of each encoder that has any, by its name.
        items: gives `item_id`, `title`, `path` and the owner's other columns.
        words: gives the description of each item that has one of a kind.
        fills: whether a comparison gives items without a vector the mean of the others.
    """

    folder: Path
    options: Mapping[str, Mapping[str, Any]]
    media: MediaSettings
    items: Callable[[], pl.DataFrame]
    words: Callable[[Kind], Mapping[str, str]]
    fills: bool = False

    def encoder(self, name: str) -> Encoder:
        """Build an encoder as the settings have it.

        Raises:
            SeesayError: there is none of this name, or its settings are not right.
        """
        # A placebo of words is one only beside words that the same model encodes.
        like = {"random-words": "described"}.get(name, name)
        options = {**self.options.get(like, {}), **self.options.get(name, {})}
        if name == "shuffled" and "of" not in options:
            there = (one for one in TO_SHUFFLE if (self.folder / one).is_dir())
            options["of"] = next(there, TO_SHUFFLE[0])
        built: Encoder = build_plugin("encoder", name, options)
        return built

    def encode(self, names: Sequence[str]) -> dict[str, Made]:
        """Make what is not there or is stale, and say what has become stale thereby.

        What is made of other features comes last.

        Raises:
            SeesayError: a name is unknown, or an encoder cannot work.
        """
        made = {}
        for name in sorted(dict.fromkeys(names), key=lambda name: bool(self.read_by(name))):
            # Only now: which feature `shuffled` takes goes by those that are there.
            encoder = self.encoder(name)
            made[name] = make_feature(encoder, self._material(encoder))
        for name in names:
            self.notice_stale(name)
        return made

    def check_fresh(self, names: Sequence[str]) -> None:
        """Refuse features of text that are stale; of videos, which may lie elsewhere, tell it.

        Raises:
            SeesayError: one of text is stale.
        """
        for name in names:
            if not self.is_stale(name):
                continue
            if self.fills or self.encoder(name).reads == "media":
                say(STALE.format(name))
            else:
                raise SeesayError(STALE.format(name), self._encode_again(name))

    def notice_stale(self, name: str) -> None:
        """Say that a feature is stale, and what to do about it."""
        if self.is_stale(name):
            say(f"{STALE.format(name)} {self._encode_again(name)}")

    def is_stale(self, name: str) -> bool:
        """Return whether what a feature was made from has changed, or is a stale feature."""
        if name not in plugin_names("encoder") or not (self.folder / name).is_dir():
            return False
        encoder = self.encoder(name)
        other = _read_by(encoder)
        return bool(other and self.is_stale(other)) or is_stale(encoder, self._material(encoder))

    def read_by(self, name: str) -> str:
        """Return the feature whose vectors an encoder reads; empty where it reads none."""
        return _read_by(self.encoder(name))

    def _encode_again(self, name: str) -> str:
        other = self.read_by(name)
        first = f"{other} " if other and self.is_stale(other) else ""
        return f"Run: seesay encode {first}{name}"

    def _material(self, encoder: Encoder) -> Material:
        kind: Kind = getattr(encoder, "kind", "both")
        words = self.words(kind) if encoder.reads == "words" else {}
        return Material(self.items(), words, self.media, self.folder)


def _read_by(encoder: Encoder) -> str:
    other = str(encoder.settings.of) if encoder.reads == "vectors" else ""  # type: ignore[attr-defined]
    return "" if other == encoder.name else other
