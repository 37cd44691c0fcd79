"""Users' vectors of trained recommenders without torch: one history at a time, in numpy.

One history of a few items is far too small for what torch is made for; loading it takes longer than
everything else that a service does at its start. A bundle uses these only where they were seen to
give what torch gives; see `agrees`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, ndtr

from seesay.core.files import read_json
from seesay.recommend.base import DotProduct, Recommender, Takes
from seesay.recommend.geometry import recency_mean

Weights = Mapping[str, np.ndarray]
Forward = Callable[[Weights, Mapping[str, Any], np.ndarray], np.ndarray]
EPSILON = 1e-5
TOLERANCE = 1e-4
CHECKED = 64


def attention(weights: Weights, options: Mapping[str, Any], vectors: np.ndarray) -> np.ndarray:
    """Return what `sasrec` makes of a history: [dim] of length one, for [items, dim]."""
    return _blocks(weights, options, vectors[-options["longest"] :] * options["dim"] ** 0.5)


def attention_both_ways(
    weights: Weights, options: Mapping[str, Any], vectors: np.ndarray
) -> np.ndarray:
    """Return what `bert4rec` makes of a history with a gap behind it, marked as what is before."""
    kept = vectors[len(vectors) - min(len(vectors), options["longest"] - 1) :]
    shown = kept * options["dim"] ** 0.5
    return _blocks(weights, options, np.vstack([shown, shown[-1:].sum(axis=0) + weights["gap"]]))


def _blocks(weights: Weights, options: Mapping[str, Any], states: np.ndarray) -> np.ndarray:
    back = np.arange(len(states))[:, None] - np.arange(len(states))
    for layer in range(options["layers"]):
        place = f"blocks.{layer}."
        bias = weights[f"{place}distance"][:, np.maximum(back, 0)]
        ahead = weights.get(f"{place}ahead")
        later = -np.inf if ahead is None else ahead[:, np.maximum(-back, 0)]
        bias = np.where(back < 0, later, bias)
        projected = _norm(weights, f"{place}before_attention", states)
        projected = projected @ weights[f"{place}project.weight"].T
        query, key, value = projected.reshape(len(states), 3, options["heads"], -1).transpose(
            1, 2, 0, 3
        )
        scores = query @ key.transpose(0, 2, 1) * query.shape[-1] ** -0.5 + bias
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed = (shares @ value).transpose(1, 0, 2).reshape(len(states), -1)
        states = states + mixed @ weights[f"{place}merge.weight"].T
        hidden = _linear(
            weights, f"{place}widen", _norm(weights, f"{place}before_feedforward", states)
        )
        states = states + _linear(weights, f"{place}narrow", _gelu(hidden))
    return _unit(states[-1])


def towers(weights: Weights, options: Mapping[str, Any], vectors: np.ndarray) -> np.ndarray:
    """Return what `two-tower` makes of a history."""
    kept = vectors[-options["longest"] :]
    mean = _unit(np.exp(weights["distance"][: len(kept)])[::-1] @ kept)
    hidden = _gelu(_linear(weights, "widen", mean * len(mean) ** 0.5))
    return _unit(mean + _linear(weights, "narrow", hidden))


def recurrent(weights: Weights, options: Mapping[str, Any], vectors: np.ndarray) -> np.ndarray:
    """Return what `gru4rec` makes of a history."""
    inputs = vectors[-options["longest"] :] * options["dim"] ** 0.5
    states = inputs
    for layer in range(options["layers"]):
        from_input, from_state, input_bias, state_bias = (
            weights[f"recur.{name}_l{layer}"]
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        coming = states @ from_input.T + input_bias
        state = np.zeros(options["hidden"], np.float32)
        steps = []
        for step in coming:
            reset, update, new = np.split(step, 3)
            by_reset, by_update, by_new = np.split(from_state @ state + state_bias, 3)
            kept = expit(update + by_update)
            fresh = np.tanh(new + expit(reset + by_reset) * by_new)
            state = (1 - kept) * fresh + kept * state
            steps.append(state)
        states = np.stack(steps)
    return _unit(inputs[-1] + _linear(weights, "narrow", states[-1]))


FORWARDS: Mapping[str, Forward] = {
    "sasrec": attention,
    "bert4rec": attention_both_ways,
    "two-tower": towers,
    "gru4rec": recurrent,
}


class NumpyUsers:
    """A trained recommender as a service needs it: what its items are, and what makes a user.

    Attributes:
        takes: see `recommend.base.Recommender`.
    """

    takes: Takes = "any"

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        folder: Path,
        items: np.ndarray,
        trained: Callable[[], Recommender],
    ) -> None:
        """Load it.

        Args:
            folder: what `save` of the recommender wrote.
            items: [items, dim + rank], as its `item_vectors` gave them: behind the learned ones
                stand the untrained content's, see `recommend.kept_content`.
            trained: loads the recommender itself; asked for where a new item comes.
        """
        from safetensors.numpy import load_file

        self.name = name
        self._forward = FORWARDS[name]
        self._options = options
        self._weights = {
            key: value
            for key, value in load_file(folder / "weights.safetensors").items()
            if not key.startswith("items.")
        }
        self._items = items
        self._trained = trained
        self._known = len(items)
        self._dim = int(options["dim"])
        self._kept = np.float32(read_json(folder / "summary.json").get("kept_content", 0.0))

    def item_vectors(self) -> np.ndarray:
        """Return [items, dim + rank] float32."""
        return self._items

    def user_vectors(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return [histories, dim + rank] float32; zeros for an empty history."""
        users = np.zeros((len(histories), self._items.shape[1]), np.float32)
        for row, history in enumerate(histories):
            if len(history):
                known = self._items[history]
                users[row, : self._dim] = self._forward(
                    self._weights, self._options, known[:, : self._dim]
                )
        if self._items.shape[1] > self._dim:
            content = self._items[:, self._dim :]
            means = recency_mean(content, histories, self._options["kept_decay"])
            users[:, self._dim :] = self._kept * means
        return users

    def score(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return [histories, items] float32."""
        return np.asarray(self.user_vectors(histories) @ self._items.T)

    def with_items(self, content: Mapping[str, np.ndarray]) -> NumpyUsers:
        """Return one that knows further items behind the others; see `recommend.base.Growing`."""
        grown = self._trained().with_items(content)  # type: ignore[attr-defined]
        rows = grown.item_vectors()[self._known :]
        known = copy(self)
        known._items = np.vstack([self._items, rows])
        return known


def agrees(users: NumpyUsers, recommender: DotProduct, random: np.random.Generator) -> bool:
    """Whether histories drawn at random, long and short, come to the same vectors as with torch."""
    n_items = len(users.item_vectors())
    longest = 2 * int(users._options["longest"])
    lengths = [0, 1, 2, longest, *random.integers(1, longest, CHECKED)]
    drawn = [random.integers(0, n_items, length).astype(np.int32) for length in lengths]
    try:
        ours, theirs = users.user_vectors(drawn), recommender.user_vectors(drawn)
    except (KeyError, ValueError):
        # Its weights have other names or shapes than those that are known here.
        return False
    return ours.shape == theirs.shape and bool(np.abs(ours - theirs).max() < TOLERANCE)


def _linear(weights: Weights, place: str, values: np.ndarray) -> np.ndarray:
    return np.asarray(values @ weights[f"{place}.weight"].T + weights[f"{place}.bias"])


def _norm(weights: Weights, place: str, values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    return np.asarray(centred / spread * weights[f"{place}.weight"] + weights[f"{place}.bias"])


def _gelu(values: np.ndarray) -> np.ndarray:
    return np.asarray(values * ndtr(values))


def _unit(vector: np.ndarray) -> np.ndarray:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)
