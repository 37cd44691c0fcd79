"""What the quality view shows: the comparison's table and plots, the grades, the worst words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seesay.evaluate.comparison import Comparison
from seesay.evaluate.report import shown_alike

WORST = 12


def quality_values(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the template, from what `Engine.quality` gives."""
    kept = known.get("comparison")
    comparison = Comparison.from_dict(kept) if kept else None
    worst = [row for row in known.get("worst", ()) if row["faults"]]
    values: dict[str, Any] = {
        "comparison": comparison,
        "run": known.get("run") or {},
        "grades": known.get("grades") or {},
        "worst": worst[:WORST],
        "describer": "",
    }
    return values | (shown_alike(comparison) if comparison else {})
