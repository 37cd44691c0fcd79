"""The table of a comparison as plain text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seesay.evaluate.audit import FEW_VECTORS, FLAT_ROWS
from seesay.evaluate.comparison import MAIN, Cell, Comparison, Drawn
from seesay.evaluate.matrix import MARKS, make_matrix, marks_of

LABELS = {"hr": "HR", "ndcg": "nDCG", "mrr": "MRR", "coverage": "coverage"}
DASH = "-"
LEFT_TO_THE_REPORT = ("gini", "novelty", "diversity")
SIMULATED = "SIMULATED: the viewers were made up, so these figures say nothing about real people."
FEW_USERS = 200
FEW_TARGETS = 30
TO_RANK = "items to rank for a user, at most"
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


def metric_label(name: str) -> str:
    """Return a metric's name as the field writes it: `ndcg@10` is nDCG@10."""
    kind, at, k = name.partition("@")
    return f"{LABELS.get(kind, kind)}{at}{k}"


def figure(value: float, signed: bool = False) -> str:
    """Return a figure with four decimals and no leading zero, as tables of the field have it."""
    text = f"{value:+z.4f}" if signed else f"{value:z.4f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def grouped_notes(comparison: Comparison) -> dict[tuple[str, str], list[str]]:
    """Return the features that share a note, by recommender and note."""
    notes: dict[tuple[str, str], list[str]] = {}
    for cell in comparison.cells:
        if cell.note:
            notes.setdefault((cell.recommender, cell.note), []).append(cell.features)
    return notes


def warnings_of(comparison: Comparison) -> list[str]:
    """Return why the figures of a table say little, a sentence or two each; often nothing."""
    told = []
    if 0 < comparison.users < FEW_USERS:
        told.append(
            f"FEW USERS: only {comparison.users} were tested. Figures of fewer than {FEW_USERS} "
            "say little, and their intervals are too narrow."
        )
    guessed = comparison.split.get("test", {}).get("items", 0)
    if 0 < guessed < FEW_TARGETS:
        why = (
            "Intervals are over users, so they do not say what other items would have come to."
            if comparison.drawn == "users"
            else "Intervals over so few items are too narrow."
        )
        told.append(f"FEW TARGETS: only {guessed} different items were to be guessed. {why}")
    for metric in comparison.metrics:
        kind, _, rest = metric.partition("@")
        k, _, part = rest.partition(" ")
        most = comparison.dataset.get(f"{TO_RANK}{part and ' '}{part}")
        if kind == "hr" and most and int(k) >= most:
            told.append(
                f"FEW ITEMS: {metric_label(metric)} is 1 by construction, for any recommender: no "
                f"user has more than {most} items left to rank."
            )
    return told


def what_varies(cells: Iterable[Cell], drawn: Drawn) -> str:
    """Return what the intervals and p values of cells hold; nothing where there are none."""
    found = [cell for cell in cells if cell.interval]
    units = "users" if drawn == "users" else "the items guessed, each with all its users,"
    if any(cell.std for cell in found):
        return (
            f"intervals and p values are over {units} and over seeds, the spread of both is in "
            f"them; of a cell of one run, over {drawn} alone"
        )
    told = (
        f"intervals and p values are over {units.rstrip(',')}: the spread over seeds is not in them"
    )
    return told if found else ""


def table_text(comparison: Comparison, colour: bool = False) -> str:
    """Return the table for a terminal, the best of each metric in bold.

    Where there is no colour a `*` marks it. What has no result shows a dash, and below it why.
    """
    marks = (f"{BOLD}{{}}{PLAIN}", "{}") if colour else ("{}*", "{} ")
    metrics = [name for name in comparison.metrics if not name.startswith(LEFT_TO_THE_REPORT)]
    header, rows = _grid(comparison, marks, metrics)
    plain = [[_visible(text) for text in row] for row in rows]
    widths = [max(len(row[i]) for row in [header, *plain]) for i in range(len(header))]
    above = [*([SIMULATED] if comparison.simulated else []), *warnings_of(comparison)]
    lines = [*above, *([""] if above else [])]
    lines += [_aligned(header, header, widths), "  ".join("-" * width for width in widths)]
    lines += [_aligned(row, bare, widths) for row, bare in zip(rows, plain, strict=True)]
    varies = what_varies(comparison.cells, comparison.drawn)
    notes = [*_not_above_noise(comparison), *_notes(comparison)]
    notes += [f"In the report, {varies}."] if varies else []
    return "\n".join([*lines, *([""] if notes else []), *notes])


def table_markdown(comparison: Comparison) -> str:
    """Return the table in Markdown, the best of each metric in bold.

    The main metric is followed by its 95% interval and the marks of `matrix`, told below.
    """
    header, rows = _grid(comparison, ("**{}**", "{}"), comparison.metrics)
    if metric_label(MAIN) in header:
        at = header.index(metric_label(MAIN)) + 1
        header[at:at] = ["95%", "marks"]
        for row, added in zip(rows, _sureness(comparison), strict=True):
            row[at:at] = added
    above = [*([SIMULATED] if comparison.simulated else []), *warnings_of(comparison)]
    lines = [line for told in above for line in (f"**{told}**", "")]
    lines += [_piped(header), _piped(["---", "---"] + ["---:"] * (len(header) - 2))]
    lines += [_piped([text.replace("|", "\\|") for text in row]) for row in rows]
    used = make_matrix(comparison).used
    varies = what_varies(comparison.cells, comparison.drawn)
    notes = [f"{mark} {MARKS[mark]}" for mark in used] + _notes(comparison)
    notes += [varies] if varies else []
    if used:
        notes.append(
            f"marks are in {metric_label(MAIN)}: paired bootstrap, two-sided at 5%, "
            f"corrected for all {len(comparison.gains)} differences of the table (Holm)"
        )
    return "\n".join([*lines, *([""] if notes else []), *(f"- {note}" for note in notes)])


def _sureness(comparison: Comparison) -> list[list[str]]:
    """Return the interval and the marks of each cell."""
    marks = marks_of(comparison)
    return [
        [
            f"{figure(cell.interval[MAIN].low)} to {figure(cell.interval[MAIN].high)}"
            if MAIN in cell.interval
            else DASH,
            " ".join(marks.get((cell.recommender, cell.features), ())),
        ]
        for cell in comparison.cells
    ]


def _not_above_noise(comparison: Comparison) -> list[str]:
    """Return which cells are not above the best of their placebos, in one line; none if all are."""
    marks = marks_of(comparison)
    cells = [
        f"{cell.recommender} x {cell.features}"
        for cell in comparison.cells
        if "○" in marks.get((cell.recommender, cell.features), ())
    ]
    if not cells:
        return []
    told = f"{metric_label(MAIN)}, paired bootstrap, see the report"
    return [f"Not surely above their best placebo, which says nothing ({told}): {', '.join(cells)}"]


def audit_text(comparison: Comparison) -> str:
    """Return what the look for leaks found, and what it could not see, a line each."""
    unknown = [one["unknown"] for one in comparison.audit.values() if one.get("unknown")]
    lines = [f"Audit: {len(comparison.audit)} checks, no leak found."]
    return "\n".join([*lines, *(f"Not known, so not in them: {one}." for one in unknown)])


def _notes(comparison: Comparison) -> list[str]:
    notes = [
        f"{recommender} x {', '.join(features)}: {note}"
        for (recommender, note), features in grouped_notes(comparison).items()
    ]
    few = comparison.audit.get(FEW_VECTORS, {}).get("detail", "")
    if "among" in few:
        notes.append(f"different vectors of {few}; equal items tie, and ties count against a cell")
    flat = comparison.audit.get(FLAT_ROWS, {}).get("detail", "")
    if " items, " in flat:
        notes.append(f"{FLAT_ROWS}, which says nothing of them: {flat}")
    return notes


def _grid(
    comparison: Comparison, marks: tuple[str, str], metrics: Sequence[str]
) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the texts of the cells; the main metric is followed by its spread."""
    spread = any(cell.std for cell in comparison.cells)
    header = ["recommender", "features"]
    for metric in metrics:
        header += [metric_label(metric)] + (["±"] if spread and metric == MAIN else [])
    best = comparison.best()
    rows = []
    for cell in comparison.cells:
        row = [cell.recommender, cell.features]
        for metric in metrics:
            row.append(_value(cell, metric, best, marks))
            if spread and metric == MAIN:
                row.append(figure(cell.std[metric]) if metric in cell.std else DASH)
        rows.append([*row, DASH if cell.seconds is None else f"{cell.seconds:.1f}"])
    return [*header, "seconds"], rows


def _value(cell: Cell, metric: str, best: dict[str, float], marks: tuple[str, str]) -> str:
    if metric not in cell.mean:
        return marks[1].format(DASH)
    return marks[not cell.is_best(metric, best)].format(figure(cell.mean[metric]))


def _visible(text: str) -> str:
    return text.replace(BOLD, "").replace(PLAIN, "")


def _aligned(texts: Sequence[str], bare: Sequence[str], widths: Sequence[int]) -> str:
    """Join texts in columns: two on the left, the rest on the right."""
    padded = []
    for i, (text, seen, width) in enumerate(zip(texts, bare, widths, strict=True)):
        space = " " * (width - len(seen))
        padded.append(text + space if i < 2 else space + text)
    return "  ".join(padded).rstrip()


def _piped(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"
