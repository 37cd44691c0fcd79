"""How a generative recommender's semantic IDs are used, from what its runs say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from seesay.recommend.semantic_ids import CodebookUse


@dataclass(frozen=True)
class Collisions:
    """Items that share all codes, and so are told apart by a last token alone."""

    items: int
    groups: int
    largest: int


@dataclass(frozen=True)
class Codebook:
    """The semantic IDs of one run; `codebooks` are its levels, the coarsest first."""

    codebooks: tuple[CodebookUse, ...]
    collisions: Collisions


def codebook_of(summary: Mapping[str, Any]) -> Codebook | None:
    """Return the codebooks that a run's summary tells of; None where it tells of none."""
    known = {name: summary[name] for name in ("codebooks", "collisions") if name in summary}
    try:
        return TypeAdapter(Codebook).validate_python(known)
    except ValidationError:
        return None


def codebooks_of(runs: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Codebook]:
    """Return the codebooks of the first seed of each cell.

    Args:
        runs: what a cell is called, and the summary of one of its trainings.
    """
    found: dict[str, Codebook] = {}
    for name, summary in runs:
        held = codebook_of(summary)
        if held and name not in found:
            found[name] = held
    return found
