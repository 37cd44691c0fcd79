"""Writes what a comparison came to into a folder: figures, every user's ranks, the report."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from seesay.core.files import replacing_folder, write_json
from seesay.core.hashing import value_sha256
from seesay.describe.journal_rows import JournalEntry
from seesay.evaluate.bench import Bench
from seesay.evaluate.compare import Trials
from seesay.evaluate.comparison import Comparison
from seesay.evaluate.evaluation import most_ranked
from seesay.evaluate.evidence import make_evidence
from seesay.evaluate.outcomes import make_table
from seesay.evaluate.report import Example, Pictures, write_report
from seesay.evaluate.tables import TO_RANK, table_markdown

PACKAGES = ("seesay", "numpy", "polars", "scipy", "torch")


def keep_comparison(
    trials: Trials,
    bench: Bench,
    command: str = "",
    describer: str = "",
    examples: Sequence[Example] = (),
    grades: Mapping[str, Any] | None = None,
    words: Mapping[str, Sequence[JournalEntry]] | None = None,
    preset: str = "",
) -> tuple[Comparison, Path]:
    """Write the figures, every user's ranks and the report into a folder among the runs.

    Args:
        describer: who wrote the descriptions; told where a feature was made of them.
        examples: users and what is recommended to them, for the report.
        grades: of the descriptions; told where a feature was made of them.
        words: what the descriptions of each item are made of.
        preset: the name of the one that was asked for.
    """
    evidence = make_evidence(trials.outcomes, trials.runs, bench, words or {})
    together = bench.drawn_together
    sources = bench.sources(run.spec for run in trials.runs)
    # An ID knows nothing of an item that nobody has watched: to be above it there is no merit.
    beside_id = bench.split.kind != "cold-items"
    cells, gains = make_table(trials.outcomes, beside_id=beside_id, together=together)
    comparison = Comparison(
        cells=cells,
        gains=gains,
        dataset={
            **bench.facts(),
            **{f"{TO_RANK}{part}": most for part, most in most_ranked(bench.task).items()},
        },
        split=bench.counts(),
        audit=trials.audit.facts(),
        tuning={one.cell: one.facts() for one in trials.tuned},
        simulated=bench.simulated,
        describer=describer if trials.worded else "",
        grades=(grades or {}) if trials.worded else {},
        settings=trials.settings,
        command=command,
        machine=f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        seconds=sum(outcome.seconds or 0.0 for outcome in trials.outcomes),
        versions={name: version(name) for name in PACKAGES} | sources,
        preset=preset,
        slices=evidence.slices,
        unsliced=evidence.unsliced,
        drawn="users" if together is None else "items",
        knock_outs=evidence.knock_outs,
        codebooks=evidence.codebooks,
    )
    parts = [*(run.id for run in trials.runs), *(one.sha256 for one in trials.outside)]
    folder = bench.runs / f"compare-{value_sha256(parts)[:8]}"
    with replacing_folder(folder) as temporary:
        targets = bench.task.vocabulary.ids(bench.task.test.targets)
        guessed = pl.DataFrame({"user_id": bench.task.users, "item_id": targets})
        ranks = trials.per_user().join(guessed, on="user_id", maintain_order="left")
        ranks.write_parquet(temporary / "per_user.parquet")
        pictures = Pictures(examples, evidence.item_map, evidence.words_at_work)
        write_report(temporary / "report.html", comparison, pictures)
        (temporary / "table.md").write_text(table_markdown(comparison) + "\n", "utf-8")
        write_json(temporary / "comparison.json", comparison.as_dict())
        if trials.tuned:
            write_json(temporary / "tuning.json", [one.as_dict() for one in trials.tuned])
    return comparison, folder
