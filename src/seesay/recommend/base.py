"""The contract of a recommender, and what it is given: features aligned with the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, Self, runtime_checkable

import numpy as np

from seesay.core.errors import SeesayError
from seesay.recommend.interactions import Holdout, Interactions

ID = "id"
PLACEBOS = frozenset({"random", "random-words", "shuffled"})


@dataclass(frozen=True)
class FeatureSpec:
    """Which features make an item: its ID, content features by name, or both."""

    use_id: bool
    content: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> FeatureSpec:
        """Read what a person writes, such as `id+title`.

        Raises:
            SeesayError: it is empty, names a feature twice, or holds what no name may hold: a
                name becomes a folder and a part of a model.
        """
        parts = [part.strip() for part in text.split("+")]
        named = all(re.fullmatch(r"[\w-]+", part) for part in parts)
        if not named or len(set(parts)) != len(parts):
            raise SeesayError(
                f"'{text}' is no set of features.", "Write names joined by +, such as id+title."
            )
        return cls(ID in parts, tuple(sorted(part for part in parts if part != ID)))

    def __str__(self) -> str:
        return "+".join(([ID] if self.use_id else []) + list(self.content))


@dataclass(frozen=True)
class FeatureSet:
    """The features of every item of the vocabulary.

    Attributes:
        content: name -> [items, dim] float32, C-contiguous, finite; one for each of `spec.content`.
        layers: of how many blocks of equal width the vectors of a name are made; 1 if not named.
    """

    spec: FeatureSpec
    content: Mapping[str, np.ndarray]
    layers: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if tuple(sorted(self.content)) != self.spec.content:
            raise ValueError(f"{self.spec} was given {sorted(self.content)}")
        # What is learned side by side is read again in the same order.
        object.__setattr__(self, "content", dict(sorted(self.content.items())))
        for name, matrix in self.content.items():
            if not np.isfinite(matrix).all():
                raise SeesayError(
                    f"The feature '{name}' holds values that are not numbers.",
                    f"Make it again: seesay encode {name}",
                )

    def without_id(self) -> FeatureSet:
        """Return the content alone."""
        return FeatureSet(FeatureSpec(False, self.spec.content), self.content, self.layers)


Takes = Literal["nothing", "id", "content", "any"]


class Recommender(Protocol):
    """Ranks items for histories. Built from its `Settings` class."""

    @property
    def name(self) -> str:
        """What it is called in tables and on the command line."""
        ...

    @property
    def takes(self) -> Takes:
        """Which features it can use: `nothing`, `id` alone, `content` alone, or `any` fusion."""
        ...

    @property
    def version(self) -> int:
        """A number that rises when the same settings come to something else; finished runs of an
        older one are not used again."""
        ...

    def fit(
        self, train: Interactions, features: FeatureSet, validation: Holdout | None = None
    ) -> Self:
        """Learn from sequences; `validation` decides when to stop, where there is training."""
        ...

    def score(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return [histories, items] float32; called with blocks of users. Higher is better."""
        ...

    def save(self, folder: Path) -> None:
        """Write what `load` needs as safetensors and JSON; never a pickle."""
        ...

    def load(self, folder: Path, features: FeatureSet) -> Self:
        """Take the state that `save` wrote; the same features give the same scores."""
        ...

    def summary(self) -> dict[str, Any]:
        """Return what training came to, as JSON values: epochs, seconds, parameters."""
        ...


@runtime_checkable
class DotProduct(Protocol):
    """A recommender whose score is a dot product."""

    def user_vectors(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return [histories, dim] float32."""
        ...

    def item_vectors(self) -> np.ndarray:
        """Return [items, dim] float32."""
        ...


@runtime_checkable
class Rough(Protocol):
    """A recommender whose equal items come out further apart than sums of float32 do.

    Attributes:
        rounding: up to which difference two scores are one, in parts of the highest.
    """

    rounding: float


@runtime_checkable
class Growing(Protocol):
    """A recommender that can place items which came after its training, by their content."""

    def with_items(self, content: Mapping[str, np.ndarray]) -> Self:
        """Return one that knows further items behind the others; nothing is trained.

        Args:
            content: name -> [items, dim], one for each content feature that it was fitted with.

        Raises:
            SeesayError: it was fitted without content.
        """
        ...
