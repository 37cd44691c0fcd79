"""Vectors of what people search for; the model is loaded when the first one does.

The embedded model needs no torch; any other is loaded as it was when the items were encoded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from seesay.core.hashing import value_sha256
from seesay.core.plugins import build_plugin
from seesay.encode.base import Encoder
from seesay.serve.bundle import Bundle
from seesay.serve.minilm import MiniLM

Embed = Callable[[str], np.ndarray]


class TextEncoders:
    """Holds the encoder of each way of encoding, so that a new bundle does not load it again."""

    def __init__(self) -> None:
        self._held: dict[str, Embed] = {}

    def of(self, bundle: Bundle) -> Embed | None:
        """Return what encodes words as the bundle's feature for search was; None for none."""
        name = bundle.manifest["search"]
        if not name:
            return None
        options = bundle.manifest["ways"]["encoders"][name]
        way = value_sha256([name, options])
        if way not in self._held:
            ours = not (options.get("model") or options.get("query_prefix"))
            embed = MiniLM() if ours else _embed(build_plugin("encoder", name, options))
            self._held[way] = embed
        return self._held[way]


def _embed(encoder: Encoder) -> Embed:
    lock = threading.Lock()

    def embed(text: str) -> np.ndarray:
        with lock:
            vectors = encoder.encode_texts([text])  # type: ignore[attr-defined]
        return np.asarray(vectors[0])

    return embed
