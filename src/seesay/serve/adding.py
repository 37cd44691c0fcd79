"""The process that turns a new video into an item: frames, words, vectors.

It is a process of its own because the models take gigabytes and seconds of work, which the service
needs for its answers; and it ends with the service, whose end closes its input. Orders and answers
are lines of JSON.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seesay.core.errors import SeesayError
from seesay.core.plugins import build_plugin
from seesay.describe.journal import Journal
from seesay.describe.run import ItemFile, describe_items
from seesay.describe.words import entries_of
from seesay.encode.base import Encoder, Source
from seesay.media.base import Media, MediaError, MediaSettings
from seesay.media.pool import DecoderPool
from seesay.recommend.reasons import sentences
from seesay.serve.gathering import described
from seesay.serve.posters import SETTINGS, strip_of

JOURNAL = "journal.sqlite"


class Maker:
    """Holds the models, so that the second video does not wait for them."""

    def __init__(self) -> None:
        self._held: dict[str, Any] = {}

    def make(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a newcomer is made of, as JSON values.

        Args:
            order: `item_id`, `title`, `video`, what its owner `called` the file, `folder` of the
                journal, `ways` of the bundle, `features` that are needed, `quotes` where sentences
                are, `max_seconds`.

        Raises:
            SeesayError: the video cannot be decoded or described.
        """
        item_id, path = order["item_id"], Path(order["video"])
        limits = {"max_seconds": order["max_seconds"]}
        settings = MediaSettings(**{**order["ways"]["media"], **limits})
        media, strip, frames = _decoded(path, settings)
        file = ItemFile(item_id, path, order["title"])
        words, facets = self._describe(file, settings, order)
        source = Source(item_id, order["title"], words, media)
        vectors = {
            name: vector
            for name in order["features"]
            if (vector := self._vector(name, order, source)) is not None
        }
        said = sentences(words) if order["quotes"] else []
        sources = [Source(text, words=text) for text in said]
        quoted = self._encoder("described", order).encode(sources) if said else np.empty((0, 0))
        return {
            "words": words,
            "facets": facets,
            "strip": base64.b64encode(strip).decode(),
            "frames": frames,
            "vectors": {name: vector.tolist() for name, vector in vectors.items()},
            "sentences": {text: vector.tolist() for text, vector in zip(said, quoted, strict=True)},
        }

    def _describe(
        self, file: ItemFile, media: MediaSettings, order: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        journal_file = Path(order["folder"]) / JOURNAL
        name, options = order["ways"]["describer"]
        describer = self._plugin("describer", name, options)
        with Journal(journal_file) as journal:
            done = describe_items(
                [file], describer, media, journal, progress=lambda things, *_: things
            )
        if done.failed:
            raise SeesayError(f"It was not described: {done.failed[0][1]}.", "Try another file.")
        entries = entries_of(journal_file).get(file.item_id)
        if not entries:
            raise SeesayError("It was not described.", "See the log of the service.")
        one = described(entries)
        return one.words, one.facets.model_dump(mode="json", exclude_defaults=True)

    def _vector(self, name: str, order: Mapping[str, Any], source: Source) -> np.ndarray | None:
        """Return the vector of one feature; None where its encoder cannot make one of this."""
        try:
            vectors = self._encoder(name, order).encode([source])
        except SeesayError:
            return None
        return vectors[0] if np.isfinite(vectors).all() else None

    def _encoder(self, name: str, order: Mapping[str, Any]) -> Encoder:
        encoder: Encoder = self._plugin("encoder", name, order["ways"]["encoders"].get(name, {}))
        return encoder

    def _plugin(self, kind: Any, name: str, options: Mapping[str, Any]) -> Any:
        way = json.dumps([kind, name, options], sort_keys=True)
        if way not in self._held:
            self._held[way] = build_plugin(kind, name, options)
        return self._held[way]


def _decoded(path: Path, settings: MediaSettings) -> tuple[Media, bytes, int]:
    """Return the media, and the poster with its number of frames."""
    few = SETTINGS.model_copy(update={"max_seconds": settings.max_seconds})
    try:
        with DecoderPool(settings, 1) as pool, DecoderPool(few, 1) as posters:
            media, shown = pool.submit(path), posters.submit(path)
            return media.result(), strip_of(shown.result()), len(shown.result().frames)
    except MediaError as error:
        raise SeesayError(
            f"The file cannot be taken for a video ({error}).", "Try another file."
        ) from error


def main() -> None:
    """Answer orders on standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What a library prints must not get between the answers.
    os.dup2(2, 1)
    maker = Maker()
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = maker.make(order)
        except SeesayError as error:
            told = error.problem.replace(Path(order["video"]).name, order["called"])
            answer = {"problem": told, "remedy": error.remedy}
        except Exception as error:
            told = f"The video could not be made an item ({type(error).__name__})."
            print(f"{told} {error}", file=sys.stderr, flush=True)
            answer = {"problem": told, "remedy": "See the log of the service."}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
