"""The paper's comparison: which of its cells can be run here, and its figures beside ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from pydantic import TypeAdapter

from seesay.core.errors import SeesayError, unknown_name
from seesay.core.plugins import plugin_names
from seesay.evaluate.bench import Bench
from seesay.evaluate.comparison import Cell, Comparison, Drawn
from seesay.evaluate.published_figures import PAPER, Published, published_for
from seesay.evaluate.significance import Interval, holm, resample, samples_for
from seesay.recommend.base import PLACEBOS, FeatureSpec
from seesay.recommend.ranking import ndcg

RECOMMENDERS = ("two-tower", "sasrec", "gru4rec", "content-knn", "tiger")
VIDEOS = "Of MicroLens: seesay data microlens FOLDER --videos FOLDER"
WORDS = (
    'Its describer needs kind = "{}" under [describers.openai] in seesay.toml; published words '
    "will do: seesay data describe-what-you-see FOLDER"
)
# Each with what else may help where it cannot be encoded.
FEATURES: Mapping[str, str] = {
    "title": "",
    "video": VIDEOS,
    "audio": VIDEOS,
    "described-video": WORDS.format("video"),
    "described-audio": WORDS.format("audio"),
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
        p_holm: two-sided, corrected for the number of claims.
        share: of HR@10, ours and the paper's: 0.24 is 24% more; None where one is not known.
    """

    recommender: str
    words: str
    over: str
    ours: Interval
    p_holm: float
    share: float | None
    paper_share: float | None


@dataclass(frozen=True)
class PaperTable:
    """The paper's table with its figures beside ours.

    Attributes:
        protocol: on what and how ours were measured.
        others: what else was published on the data set.
        drawn: what the bootstrap draws; see `Comparison`.
    """

    lines: tuple[Line, ...]
    claims: tuple[Claim, ...]
    protocol: str
    simulated: bool
    others: tuple[Published, ...]
    drawn: Drawn

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
                faults[name] = f"{lacking[name]} {remedy}".strip()
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
        _claims(
            {(line.recommender, line.features): line for line in lines}, users, comparison.drawn
        ),
        protocol,
        comparison.simulated,
        tuple(row for row in published if row.source != PAPER),
        comparison.drawn,
    )


def _claims(lines: Mapping[tuple[str, str], Line], users: Path, drawn: Drawn) -> tuple[Claim, ...]:
    """Compare words with what they were made from, wherever both have a figure."""
    ranks = pl.read_parquet(users)
    targets = ranks.unique("user_id").sort("user_id")["item_id"] if drawn == "items" else None
    pairs = [
        (lines[recommender, words], lines[recommender, over])
        for recommender in RECOMMENDERS
        for words, over in WORDS_OVER
        if lines[recommender, words].ours and lines[recommender, over].ours
    ]
    found = []
    for pair in pairs:
        values = [_values(ranks, line.recommender, line.features) for line in pair]
        sampled = resample(
            np.stack([one.mean(axis=1) for one in values]),
            samples_for(len(pairs)),
            of_seeds=[one.mean(axis=0) for one in values],
            together=None if targets is None else targets.rank("dense").to_numpy(),
        )
        found.append(sampled.difference(0, 1))
    corrected = holm([p for _, p in found])
    return tuple(
        Claim(
            words.recommender,
            words.features,
            over.features,
            difference,
            p_holm,
            _share(_hr(words), _hr(over)),
            _share(*(line.paper.hr if line.paper else None for line in (words, over))),
        )
        for (words, over), (difference, _), p_holm in zip(pairs, found, corrected, strict=True)
    )


def _hr(line: Line) -> float | None:
    return line.ours.mean["hr@10"] if line.ours else None


def _values(ranks: pl.DataFrame, recommender: str, features: str) -> np.ndarray:
    """Return nDCG@10, [users, seeds], in the order of the users' IDs."""
    mine = ranks.filter(recommender=recommender, features=features).sort("user_id", "seed")
    values = ndcg(mine["rank"].to_numpy(), 10)
    return values.reshape(mine["user_id"].n_unique(), -1)


def _share(better: float | None, worse: float | None) -> float | None:
    return better / worse - 1 if better is not None and worse else None
