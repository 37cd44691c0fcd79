"""The paper's table in words: as rows for a terminal, and as Markdown in a comparison's folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seesay.core.files import replacing_file, write_json
from seesay.evaluate.preset import Line, PaperTable
from seesay.evaluate.published_figures import PROTOCOL
from seesay.evaluate.tables import DASH, SIMULATED, figure, what_varies
from seesay.recommend.base import PLACEBOS


def keep_paper_table(folder: Path, table: PaperTable) -> None:
    """Write `paper.json` and `paper.md` beside the comparison."""
    write_json(folder / "paper.json", table.as_dict())
    with replacing_file(folder / "paper.md") as temporary:
        temporary.write_text(paper_markdown(table) + "\n", "utf-8")


def paper_markdown(table: PaperTable) -> str:
    """Return the table, what the words add, what was not run, and what else was published."""
    parts = [f"**{SIMULATED}**", ""] if table.simulated else []
    parts += [protocol_text(table), "", PROTOCOL, "", *_piped(*figure_rows(table), 2)]
    if table.claims:
        parts += ["", "What words add to what they were made from:", ""]
        parts += _piped(*claim_rows(table), 3)
    if missing := not_run(table):
        parts += ["", "Not run:", "", *(f"- {line}" for line in missing)]
    parts += ["", "Others, on MicroLens-100K:", ""]
    rows = [
        [row.recommender, row.features, _or_dash(row.hr), _or_dash(row.ndcg)]
        for row in table.others
    ]
    return "\n".join([*parts, *_piped(["recommender", "features", "HR@10", "nDCG@10"], rows, 2)])


def protocol_text(table: PaperTable) -> str:
    """Say on what and how ours were measured, and what their intervals hold."""
    varies = what_varies((line.ours for line in table.lines if line.ours), table.drawn)
    return f"Ours: {table.protocol}{varies and '; '}{varies}."


def figure_rows(table: PaperTable) -> tuple[list[str], list[list[str]]]:
    """Return the heads and rows of ours, the paper's, and the protocol of the paper's."""
    head = ["recommender", "features", "ours HR@10", "ours nDCG@10", "95%", "paper HR@10"]
    rows = []
    for line in table.lines:
        own = line.ours
        interval = own.interval.get("ndcg@10") if own else None
        rows.append(
            [
                line.recommender,
                line.features,
                figure(own.mean["hr@10"]) if own else "not run",
                figure(own.mean["ndcg@10"]) if own else DASH,
                f"{figure(interval.low)} to {figure(interval.high)}" if interval else DASH,
                _or_dash(line.paper.hr if line.paper else None),
                _or_dash(line.paper.ndcg if line.paper else None),
                _protocol(line),
            ]
        )
    return [*head, "paper nDCG@10", "protocol of the paper's"], rows


def _protocol(line: Line) -> str:
    if line.features in PLACEBOS:
        return "a placebo, not in the paper"
    return line.paper.protocol if line.paper else "figure not known here"


def claim_rows(table: PaperTable) -> tuple[list[str], list[list[str]]]:
    """Return the heads and rows of what words add."""
    head = ["recommender", "words", "over", "ours nDCG@10", "95%", "p (Holm)"]
    rows = [
        [
            claim.recommender,
            claim.words,
            claim.over,
            figure(claim.ours.mean, signed=True),
            f"{figure(claim.ours.low, signed=True)} to {figure(claim.ours.high, signed=True)}",
            f"{claim.p_holm:.3f}",
            _percent(claim.share),
            _percent(claim.paper_share),
        ]
        for claim in table.claims
    ]
    return [*head, "ours HR@10", "paper HR@10"], rows


def not_run(table: PaperTable) -> list[str]:
    """Return why cells have no figure, a line for all that share a reason."""
    lines: list[str] = []
    notes: dict[str, list[Line]] = {}
    for line in table.lines:
        if line.ours is None:
            notes.setdefault(line.note, []).append(line)
    for note, missing in notes.items():
        rows: dict[str, list[str]] = {}
        for line in missing:
            rows.setdefault(line.recommender, []).append(line.features)
        same: dict[str, list[str]] = {}
        for recommender, names in rows.items():
            same.setdefault(", ".join(names), []).append(recommender)
        cells = "; ".join(f"{', '.join(found)} x {names}" for names, found in same.items())
        lines.append(f"{cells}: {note}")
    return lines


def _percent(share: float | None) -> str:
    return DASH if share is None else f"{share:+.0%}"


def _or_dash(value: float | None) -> str:
    return DASH if value is None else figure(value)


def _piped(head: Sequence[str], rows: Sequence[Sequence[str]], words: int) -> list[str]:
    rule = ["---"] * words + ["---:"] * (len(head) - words)
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]
