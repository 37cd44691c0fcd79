"""The paper's comparison: which of its cells can be run here, and its figures beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from pydantic import TypeAdapter

from seesay.core.errors import SeesayError, unknown_name
from seesay.core.files import replacing_file, write_json
from seesay.core.plugins import plugin_names
from seesay.evaluate.bench import Bench
from seesay.evaluate.comparison import Cell, Comparison
from seesay.evaluate.metrics import ndcg
from seesay.evaluate.published_figures import PAPER, PROTOCOL, Published, published_for
from seesay.evaluate.significance import Interval, resample
from seesay.evaluate.tables import DASH, SIMULATED, figure
from seesay.recommend.base import PLACEBOS, FeatureSpec

RECOMMENDERS = ("two-tower", "sasrec", "gru4rec", "content-knn", "tiger")
# Each with what to run where there is nothing to encode it from.
FEATURES: Mapping[str, str] = {
    "title": "Add items with titles.",
    "video": "Name the videos: seesay data microlens FOLDER --videos FOLDER",
    "audio": "Name the videos: seesay data microlens FOLDER --videos FOLDER",
    "described-video": (
        'Describe with kind = "video" under [describers.openai] in seesay.toml, or take published '
        "words: seesay data describe-what-you-see FOLDER"
    ),
    "described-audio": (
        'Describe with kind = "audio" under [describers.openai] in seesay.toml, or take published '
        "words: seesay data describe-what-you-see FOLDER"
    ),
}
LEFT_OUT = "It was not asked for."
# What the paper is about: do the words beat what they were made from?
WORDS_OVER = (("described-video", "video"), ("described-audio", "audio"))


@dataclass(frozen=True)
class Ready:
    """What of the paper's table can be run.

    Attributes:
        lacking: recommender or feature to why it cannot be, and what to do.
    """

    recommenders: tuple[str, ...]
    features: tuple[str, ...]
    lacking: Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """One cell of the paper's table, or a placebo; without `ours` it has no figure.

    Attributes:
        note: why it has none.
        failed: it was tried.
    """

    recommender: str
    features: str
    ours: Cell | None
    paper: Published | None
    note: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Claim:
    """How much more the words recommend than what they were made from, as nDCG@10 by user.

    Attributes:
        share: of HR@10, ours and the paper's: 0.24 is 24% more; None where one is not known.
    """

    recommender: str
    words: str
    over: str
    ours: Interval
    share: float | None
    paper_share: float | None


@dataclass(frozen=True)
class PaperTable:
    """The paper's table with its figures beside ours.

    Attributes:
        protocol: on what and how ours were measured.
        others: what else was published on the data set.
    """

    lines: tuple[Line, ...]
    claims: tuple[Claim, ...]
    protocol: str
    simulated: bool
    others: tuple[Published, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        values: dict[str, Any] = TypeAdapter(PaperTable).dump_python(self, mode="json")
        return values


def left_out(recommenders: Sequence[str] | None, features: Sequence[str] | None) -> dict[str, str]:
    """Return why rows and columns of the table are not run, where some were asked for alone.

    Raises:
        SeesayError: one that is asked for is none of the paper's.
    """
    for kind, asked, known in (
        ("recommender in the paper", recommenders, RECOMMENDERS),
        ("set of features in the paper", features, FEATURES),
    ):
        for name in asked or ():
            if name not in known:
                raise unknown_name(kind, name, known)
    return {
        **{name: LEFT_OUT for name in RECOMMENDERS if recommenders and name not in recommenders},
        **{name: LEFT_OUT for name in FEATURES if features and name not in features},
    }


def look_what_is_ready(bench: Bench, lacking: Mapping[str, str]) -> Ready:
    """Look which cells can be run.

    Args:
        lacking: why a recommender was left out, or a feature could not be encoded.

    Raises:
        SeesayError: none can be.
    """
    installed = plugin_names("recommender")
    faults = {name: lacking[name] for name in RECOMMENDERS if name in lacking}
    for name in RECOMMENDERS:
        if name not in installed:
            faults.setdefault(name, "It is not installed here: install the newest seesay.")
    for name, remedy in FEATURES.items():
        try:
            if lacking.get(name) == LEFT_OUT:
                faults[name] = LEFT_OUT
            elif name in lacking:
                faults[name] = f"{lacking[name]} {remedy}"
            else:
                bench.feature_set(FeatureSpec.parse(name))
        except SeesayError as error:
            faults[name] = str(error)
    features = tuple(name for name in FEATURES if name not in faults)
    if not features:
        raise SeesayError(
            "None of the paper's features is there.",
            " ".join(f"{name}: {why}" for name, why in faults.items()),
        )
    recommenders = tuple(name for name in RECOMMENDERS if name not in faults)
    if not recommenders:
        raise SeesayError("None of the paper's recommenders is left.", "Name one of them.")
    return Ready(recommenders, features, faults)


def make_paper_table(
    comparison: Comparison, ready: Ready, users: Path, protocol: str
) -> PaperTable:
    """Put a comparison of what was ready into the form of the paper's table.

    Args:
        users: the comparison's `per_user.parquet`.
    """
    cells = {(cell.recommender, cell.features): cell for cell in comparison.cells}
    published = published_for("paper")
    paper = {
        (row.recommender, row.features.replace(" ", "-")): row
        for row in published
        if row.source == PAPER
    }
    lines = []
    for recommender in RECOMMENDERS:
        placebos = [name for one, name in cells if one == recommender and name in PLACEBOS]
        for name in (*FEATURES, *placebos):
            cell = cells.get((recommender, name))
            note = ready.lacking.get(recommender) or ready.lacking.get(name, "")
            failed = cell is not None and not cell.mean
            if cell is not None and failed:
                note, cell = cell.note, None
            printed = paper.get((recommender, name))
            lines.append(Line(recommender, name, cell, printed, note, failed))
    return PaperTable(
        tuple(lines),
        tuple(_claims({(line.recommender, line.features): line for line in lines}, users)),
        protocol,
        comparison.simulated,
        tuple(row for row in published if row.source != PAPER),
    )


def keep_paper_table(folder: Path, table: PaperTable) -> None:
    """Write `paper.json` and `paper.md` beside the comparison."""
    write_json(folder / "paper.json", table.as_dict())
    with replacing_file(folder / "paper.md") as temporary:
        temporary.write_text(paper_markdown(table) + "\n", "utf-8")


def paper_markdown(table: PaperTable) -> str:
    """Return the table, what the words add, what was not run, and what else was published."""
    parts = [f"**{SIMULATED}**", ""] if table.simulated else []
    parts += [f"Ours: {table.protocol}.", "", PROTOCOL, "", *_piped(*figure_rows(table), 2)]
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
    head = ["recommender", "words", "over", "ours nDCG@10", "95%", "ours HR@10", "paper HR@10"]
    rows = [
        [
            claim.recommender,
            claim.words,
            claim.over,
            figure(claim.ours.mean, signed=True),
            f"{figure(claim.ours.low, signed=True)} to {figure(claim.ours.high, signed=True)}",
            _percent(claim.share),
            _percent(claim.paper_share),
        ]
        for claim in table.claims
    ]
    return head, rows


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


def _claims(lines: Mapping[tuple[str, str], Line], users: Path) -> Iterator[Claim]:
    ranks = pl.read_parquet(users)
    for recommender in RECOMMENDERS:
        for pair in WORDS_OVER:
            better, worse = (lines[recommender, name] for name in pair)
            if not (better.ours and worse.ours):
                continue
            values = [_users(ranks, recommender, name) for name in pair]
            published = [line.paper.hr if line.paper else None for line in (better, worse)]
            yield Claim(
                recommender,
                *pair,
                resample(np.stack(values)).difference(0, 1)[0],
                _share(better.ours.mean["hr@10"], worse.ours.mean["hr@10"]),
                _share(*published),
            )


def _users(ranks: pl.DataFrame, recommender: str, features: str) -> np.ndarray:
    """Return each user's nDCG@10, the mean over seeds, in the order of the users' IDs."""
    mine = ranks.filter(recommender=recommender, features=features).sort("user_id", "seed")
    values = ndcg(mine["rank"].to_numpy(), 10)
    return np.asarray(values.reshape(mine["user_id"].n_unique(), -1).mean(axis=1))


def _share(better: float | None, worse: float | None) -> float | None:
    return better / worse - 1 if better is not None and worse else None


def _percent(share: float | None) -> str:
    return DASH if share is None else f"{share:+.0%}"


def _or_dash(value: float | None) -> str:
    return DASH if value is None else figure(value)


def _piped(head: Sequence[str], rows: Sequence[Sequence[str]], words: int) -> list[str]:
    rule = ["---"] * words + ["---:"] * (len(head) - words)
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]
