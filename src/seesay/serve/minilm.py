"""The embedded sentence model without torch: a query becomes a vector in some milliseconds.

Loading torch and sentence-transformers takes seconds and half a gigabyte; a forward pass of six
layers over a few tokens needs neither. The vectors are those of `encode.sentences` to within the
rounding of float32.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
from scipy.special import erf

from seesay.core.weights import minilm_folder

LONGEST = 256


class MiniLM:
    """BERT (Devlin et al. 2019) with mean pooling, as all-MiniLM-L6-v2 is; loads at first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: _Weights | None = None

    def __call__(self, text: str) -> np.ndarray:
        """Return [384] float32 of length one; what is past 256 word pieces is cut off.

        Raises:
            SeesayError: the package with the weights is not there, or differs.
        """
        with self._lock:
            if self._loaded is None:
                self._loaded = _Weights(minilm_folder())
        return self._loaded.encode(text)


class _Weights:
    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        config = json.loads((folder / "config.json").read_text("utf-8"))
        self.heads = int(config["num_attention_heads"])
        self.layers = int(config["num_hidden_layers"])
        self.epsilon = float(config["layer_norm_eps"])
        self.held = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(LONGEST)

    def encode(self, text: str) -> np.ndarray:
        tokens = self.tokenizer.encode(text.strip()).ids
        place = "embeddings."
        states = (
            self.held[f"{place}word_embeddings.weight"][tokens]
            + self.held[f"{place}position_embeddings.weight"][: len(tokens)]
            + self.held[f"{place}token_type_embeddings.weight"][0]
        )
        states = self._norm(states, f"{place}LayerNorm")
        for layer in range(self.layers):
            states = self._block(states, f"encoder.layer.{layer}.")
        mean = states.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)

    def _block(self, states: np.ndarray, place: str) -> np.ndarray:
        heads = [
            self._linear(states, f"{place}attention.self.{name}")
            .reshape(len(states), self.heads, -1)
            .transpose(1, 0, 2)
            for name in ("query", "key", "value")
        ]
        query, key, value = heads
        scores = query @ key.transpose(0, 2, 1) / np.float32(query.shape[-1] ** 0.5)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        mixed = (weights @ value).transpose(1, 0, 2).reshape(states.shape)
        mixed = self._linear(mixed, f"{place}attention.output.dense")
        states = self._norm(states + mixed, f"{place}attention.output.LayerNorm")
        hidden = self._linear(states, f"{place}intermediate.dense")
        hidden *= 0.5 * (1 + erf(hidden / np.float32(2**0.5)))
        narrow = self._linear(hidden, f"{place}output.dense")
        return self._norm(states + narrow, f"{place}output.LayerNorm")

    def _linear(self, values: np.ndarray, place: str) -> np.ndarray:
        result: np.ndarray = values @ self.held[f"{place}.weight"].T + self.held[f"{place}.bias"]
        return result

    def _norm(self, values: np.ndarray, place: str) -> np.ndarray:
        centred = values - values.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self.epsilon))
        scaled = centred / spread * self.held[f"{place}.weight"]
        return np.asarray(scaled + self.held[f"{place}.bias"])
