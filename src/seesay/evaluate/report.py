"""The report: one HTML file that needs no network, reads in dark and light, and prints."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from seesay.core.files import replacing_file
from seesay.core.pages import render_page
from seesay.evaluate.comparison import Cell, Comparison
from seesay.evaluate.contrasts import Contrasts
from seesay.evaluate.item_map import ItemMap
from seesay.evaluate.matrix import MARKS, make_matrix
from seesay.evaluate.multiples import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    WIDTH,
    draw_slices,
    feature_styles,
)
from seesay.evaluate.outcomes import is_placebo
from seesay.evaluate.plots import make_plots
from seesay.evaluate.published_figures import PROTOCOL, published_for
from seesay.evaluate.significance import FEWEST_UNITS
from seesay.evaluate.tables import (
    SIMULATED,
    figure,
    grouped_notes,
    metric_label,
    warnings_of,
    what_varies,
)
from seesay.media.jpeg import data_url

SPARSE = 400
REFERENCES = {"id": "id", "placebo": "best placebo", "best": "best cell"}
SPLITS = {
    "leave-one-out": "Leave-one-out: of each user the last view is guessed, from all before it.",
    "global-time": "Split at a moment: what users watched first after it is guessed.",
    "cold-items": "Cold items: what is guessed is an item that nobody has watched in training.",
}
CONTENTS = (
    ("table", "the table"),
    ("figures", "all figures"),
    ("gains", "gains"),
    ("slices", "slices"),
    ("knock-outs", "parts of fusions"),
    ("published", "published figures"),
    ("codebook", "semantic IDs"),
    ("audit", "audit"),
    ("map", "map of the items"),
    ("words", "words at work"),
    ("examples", "examples"),
    ("descriptions", "descriptions"),
    ("making", "how it was made"),
)


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


@dataclass(frozen=True)
class Case:
    """A user whom words helped or hurt.

    Attributes:
        target: the item that the user watched next; its `why` are its words.
    """

    user: str
    history: tuple[Shown, ...]
    target: Shown
    rank_with: int
    rank_without: int


@dataclass(frozen=True)
class WordsAtWork:
    """Two cells of a recommender beside each other, and the users who differ most."""

    contrasts: Contrasts
    helped: tuple[Case, ...] = ()
    hurt: tuple[Case, ...] = ()


@dataclass(frozen=True)
class Pictures:
    """What a report shows of single items and users; each may be missing."""

    examples: Sequence[Example] = ()
    item_map: ItemMap | None = None
    words_at_work: WordsAtWork | None = None


def write_report(
    path: Path,
    comparison: Comparison,
    pictures: Pictures | None = None,
    title: str = "Which features help which recommender",
) -> None:
    """Write the report of a comparison to `path`, all of it or nothing.

    Titles, reasons and every other text are shown as text: what looks like HTML in them does
    nothing, and the page's policy lets it load nothing and run nothing but the map's own script.
    """
    text = render_report(comparison, pictures or Pictures(), title)
    with replacing_file(path) as temporary:
        temporary.write_text(text, "utf-8")


def render_report(comparison: Comparison, pictures: Pictures, title: str) -> str:
    """Return the report's HTML."""
    from markupsafe import Markup

    script = (files("seesay.evaluate") / "templates/report.js").read_text("utf-8")
    styles = feature_styles([cell.features for cell in comparison.cells])
    values = {
        **shown_alike(comparison),
        "title": title,
        "comparison": comparison,
        "simulated": SIMULATED,
        "wrap": Markup("<wbr>@"),
        "varies": what_varies(comparison.cells, comparison.drawn),
        "matrix": make_matrix(comparison),
        "marks": MARKS,
        "references": REFERENCES,
        "styles": list(styles.values()),
        "multiples": [draw_slices(one, styles) for one in comparison.slices if not one.empty],
        "left_out": slices_left_out(comparison),
        "frame": {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT, "bottom": BOTTOM},
        "published": published_for(comparison.preset),
        "protocol": PROTOCOL,
        "item_map": pictures.item_map,
        "dot": 7 if pictures.item_map and len(pictures.item_map.places) < SPARSE else 4.5,
        "words_at_work": pictures.words_at_work,
        "examples": pictures.examples,
        "seeds": sorted({seed for cell in comparison.cells for seed in cell.seeds}),
        "script": Markup(script),
        "script_sha256": b64encode(sha256(script.encode()).digest()).decode(),
    }
    filters: dict[str, Callable[..., Any]] = {
        "metric": metric_label,
        "figure": figure,
        "plain": plain,
        "chance": chance,
    }
    return render_page(
        "evaluate/templates",
        "report.html.jinja",
        filters,
        contents=[entry for entry in CONTENTS if _has(entry[0], values)],
        **values,
    )


def shown_alike(comparison: Comparison) -> dict[str, Any]:
    """Return what the report and the served page both show, by its name in their templates."""
    return {
        "warnings": warnings_of(comparison),
        "split": SPLITS.get(comparison.dataset.get("split: kind", ""), ""),
        "describer": describer_sentence(comparison.describer),
        "placebos": placebo_sentence(comparison.cells),
        "groups": by_recommender(comparison.cells),
        "best": comparison.best(),
        "notes": grouped_notes(comparison),
        "spread": any(cell.std for cell in comparison.cells),
        "plots": make_plots(comparison),
    }


def _has(anchor: str, values: Mapping[str, Any]) -> bool:
    """Whether the report has a section."""
    comparison: Comparison = values["comparison"]
    there: dict[str, Any] = {
        "gains": comparison.gains,
        "slices": values["multiples"] or values["left_out"],
        "knock-outs": comparison.knock_outs,
        "published": values["published"],
        "codebook": comparison.codebooks,
        "audit": comparison.audit,
        "map": values["item_map"],
        "words": values["words_at_work"],
        "examples": values["examples"],
        "descriptions": comparison.grades.get("descriptions"),
    }
    return bool(there.get(anchor, True))


def slices_left_out(comparison: Comparison) -> Mapping[str, list[str]]:
    """Return the names of the slices that are not shown, by the reason."""
    small = f"every group has fewer than {FEWEST_UNITS} {comparison.drawn}"
    found: dict[str, list[str]] = {}
    for name, why in [
        *((one.name, small) for one in comparison.slices if one.empty),
        *comparison.unsliced.items(),
    ]:
        found.setdefault(why, []).append(name)
    return found


def chance(p: float) -> str:
    """Return a p value as it is printed."""
    return "< .0001" if p < 0.0001 else figure(p)


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


def placebo_sentence(cells: Sequence[Cell]) -> str:
    """Say which of the features are placebos, and what they are for; nothing where none is."""
    names = sorted({cell.features for cell in cells if is_placebo(cell.features)})
    if not names:
        return ""
    many = len(names) > 1
    return (
        f"{'Placebos' if many else 'A placebo'}: {', '.join(names)}; features that gain no more "
        f"than {'these' if many else 'this'} add nothing that a description should."
    )


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
