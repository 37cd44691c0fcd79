"""What the quality view shows: the comparison's table and plots, the grades, the worst words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seesay.evaluate.comparison import Comparison
from seesay.evaluate.plots import make_plots
from seesay.evaluate.report import by_recommender, describer_sentence
from seesay.evaluate.tables import grouped_notes
from seesay.recommend.base import PLACEBOS

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
    if comparison:
        values |= {
            "describer": describer_sentence(comparison.describer),
            "groups": by_recommender(comparison.cells),
            "best": comparison.best(),
            "notes": grouped_notes(comparison),
            "spread": any(cell.std for cell in comparison.cells),
            "placebos": sorted(PLACEBOS & {cell.features for cell in comparison.cells}),
            "plots": make_plots(comparison),
        }
    return values
