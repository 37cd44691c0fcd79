"""Which cells a comparison has: recommenders by sets of features, and the placebos among these."""

from __future__ import annotations

from collections.abc import Sequence

from seesay.core.errors import SeesayError
from seesay.recommend.base import PLACEBOS, FeatureSpec
from seesay.recommend.run import NOTHING, takes_of, why_not


def placebos_of(specs: Sequence[FeatureSpec], shuffled: str) -> list[FeatureSpec]:
    """Return the placebos that are not among some sets of features and should stand beside them.

    Random words only beside words. Where content stands beside the ID, so does noise: what
    `id+title` has over `id` may come of more numbers to learn.

    Args:
        shuffled: the feature that the placebo of this name shuffles.
    """
    real = {name for spec in specs for name in spec.content} - PLACEBOS
    fits = {
        "random": bool(real),
        "shuffled": shuffled in real,
        "random-words": any(name.startswith("described") for name in real),
        "id+random": any(spec.use_id and real & set(spec.content) for spec in specs),
    }
    placebos = [FeatureSpec.parse(text) for text, needed in fits.items() if needed]
    return [spec for spec in placebos if spec not in specs]


def cells_of(
    recommenders: Sequence[str], specs: Sequence[FeatureSpec]
) -> list[tuple[str, FeatureSpec, str]]:
    """Return each recommender with each set of features, and why it cannot use them, if so.

    Raises:
        SeesayError: none of them can be.
    """
    cells = []
    for name in dict.fromkeys(recommenders):
        chosen = [NOTHING] if takes_of(name) == "nothing" else dict.fromkeys(specs)
        cells += [(name, spec, why_not(name, spec)) for spec in chosen]
    if not cells or not specs:
        raise SeesayError(
            "There is nothing to compare.",
            "Name one recommender and one set of features at least.",
        )
    if all(fault for _, _, fault in cells):
        raise SeesayError(
            f"There is nothing to compare: {'; '.join(fault for _, _, fault in cells)}.",
            "Change --recommenders or --features.",
        )
    return cells
