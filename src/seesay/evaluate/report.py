"""The report: one HTML file that needs no network, reads in dark and light, and prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seesay.core.files import replacing_file
from seesay.core.pages import render_page
from seesay.evaluate.comparison import Cell, Comparison
from seesay.evaluate.plots import make_plots
from seesay.evaluate.tables import SIMULATED, figure, grouped_notes, metric_label
from seesay.media.jpeg import data_url
from seesay.recommend.base import PLACEBOS


@dataclass(frozen=True)
class Shown:
    """An item as the examples show it.

    Attributes:
        why: the reason for recommending it, in words; empty in a history.
        frame: a small JPEG, or none.
    """

    item_id: str
    title: str = ""
    why: str = ""
    frame: bytes = field(default=b"", repr=False)

    @property
    def source(self) -> str:
        """The frame as a data URI."""
        return data_url(self.frame)


@dataclass(frozen=True)
class Example:
    """What somebody watched, and what a run recommends to them."""

    user: str
    history: tuple[Shown, ...]
    recommended: tuple[Shown, ...]
    run: str = ""


def write_report(
    path: Path,
    comparison: Comparison,
    examples: Sequence[Example] = (),
    title: str = "Which features help which recommender",
) -> None:
    """Write the report of a comparison to `path`, all of it or nothing.

    Titles, reasons and every other text are shown as text: what looks like HTML in them does
    nothing, and the page's policy lets it load nothing.
    """
    text = render_report(comparison, examples, title)
    with replacing_file(path) as temporary:
        temporary.write_text(text, "utf-8")


def render_report(comparison: Comparison, examples: Sequence[Example], title: str) -> str:
    """Return the report's HTML."""
    from markupsafe import Markup

    return render_page(
        "evaluate",
        "report.html.jinja",
        {"metric": metric_label, "figure": figure, "plain": plain},
        title=title,
        comparison=comparison,
        simulated=SIMULATED,
        describer=describer_sentence(comparison.describer),
        wrap=Markup("<wbr>@"),
        spread=any(cell.std for cell in comparison.cells),
        groups=by_recommender(comparison.cells),
        best=comparison.best(),
        notes=grouped_notes(comparison),
        placebos=sorted(PLACEBOS & {cell.features for cell in comparison.cells}),
        plots=make_plots(comparison),
        examples=examples,
        seeds=sorted({seed for cell in comparison.cells for seed in cell.seeds}),
    )


def by_recommender(cells: Sequence[Cell]) -> Mapping[str, list[Cell]]:
    """Return the cells of each recommender, both in their first order."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.recommender, []).append(cell)
    return groups


def describer_sentence(describer: str) -> str:
    """Say who wrote the descriptions, and what that is worth; nothing where nobody did."""
    if not describer:
        return ""
    names = describer.split(", ")
    said = "The videos were described by " + " and ".join(f"'{name}'" for name in names) + "."
    if "perception" in names:
        said += (
            " 'perception' lists what it recognises (text on screen, speech, labels of things, "
            "light, movement, sound). It does not understand what a video is about."
        )
    if names != ["perception"]:
        said += " A model's words can be wrong; nobody checked all of them."
    return said


def plain(value: Any) -> str:
    """Return a setting or a fact as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {plain(one)}" for key, one in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(plain(one) for one in value) or "none"
    return str(value) if value not in (None, "") else "none"
