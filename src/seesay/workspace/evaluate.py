"""What a workspace can do with runs: test them, and compare what they were made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seesay.catalog.split import SplitSettings
from seesay.core.errors import SeesayError
from seesay.recommend.base import FeatureSpec
from seesay.workspace.recommend import RecommendStage

if TYPE_CHECKING:
    from seesay.evaluate.comparison import Comparison
    from seesay.evaluate.preset import PaperTable
    from seesay.recommend.run import Run

EXAMPLES = 2


class EvaluateStage(RecommendStage):
    """A workspace whose runs can be tested and compared."""

    def evaluate(self, run: str) -> Run:
        """Test a run on the split that it was trained on, all items ranked.

        Raises:
            SeesayError: there is no such run, or what it was made from has changed.
        """
        from seesay.evaluate.trial import test_trial

        known = self._run(run)
        cut = SplitSettings.model_validate(known.plan["inputs"]["split"])
        bench = replace(self.bench(), split=cut)
        if not (bench.is_current(known) and bench.still_fits(known)):
            raise SeesayError(
                f"The data or the features have changed since '{run}' was trained.",
                known.remedy,
            )
        return test_trial(known, bench)

    def compare(
        self,
        recommenders: Sequence[str],
        features: Sequence[str],
        seeds: int = 1,
        command: str = "",
        *,
        split: str | None = None,
        preset: str = "",
        tries: int = 0,
        scores: Sequence[Path] = (),
        placebos: bool = False,
    ) -> tuple[Comparison, Path]:
        """Train and test every recommender on every set of features; goes on where it stopped.

        Args:
            seeds: how many, from 0 on.
            command: what the reader of the report should run to get the same.
            split: the kind of split, in the place of that of seesay.toml.
            preset: what published figures the report shows beside.
            tries: how many settings are tried on validation for each cell; 0 searches none.
            scores: tables of outside models' scores, to stand in the same table.
            placebos: make the placebos of what is compared, and compare them too.

        Returns:
            The figures, and the folder that keeps them with the report.

        Raises:
            SeesayError: a name is unknown, or no recommender can use any of the features.
        """
        from seesay.evaluate.cells import cells_of
        from seesay.evaluate.compare import run_trials
        from seesay.evaluate.examples import make_examples
        from seesay.evaluate.keep_comparison import keep_comparison

        if seeds < 1:
            raise SeesayError(f"{seeds} seeds train nothing.", "Ask for at least 1.")
        specs = [FeatureSpec.parse(text) for text in features]
        # A slip of the pen is told before anything that takes time is asked for.
        cells_of(recommenders, specs)
        for path in scores:
            if not path.is_file():
                raise SeesayError(f"There is no file '{path}'.", "Check --scores.")
        self._features().check_fresh(sorted({name for spec in specs for name in spec.content}))
        bench = self.bench(split)
        # What cannot be compared is refused before placebos are made for it.
        bench.check(specs)
        specs += self._make_placebos(specs) if placebos else []
        trials = run_trials(recommenders, specs, range(seeds), bench, tries, scores)
        words = self._journalled()
        writers = {
            entry.attempt.describer for item in bench.item_ids for entry in words.get(item, [])
        }
        shown = trials.best("described")
        answers = self._answers(shown, bench, explain=True)
        users = bench.task.users[:EXAMPLES]
        examples = make_examples(answers, self.catalog.items(), users, shown.id)
        grades = self.review().spread() if trials.worded else {}
        who = ", ".join(sorted(writers))
        return keep_comparison(trials, bench, command, who, examples, grades, words, preset)

    def compare_paper(
        self,
        recommenders: Sequence[str] | None = None,
        features: Sequence[str] | None = None,
        seeds: int = 1,
        command: str = "",
        *,
        split: str | None = None,
        placebos: bool = False,
    ) -> tuple[PaperTable, Path]:
        """Encode what can be, run what can be of the paper's table, and put its figures beside.

        Args:
            recommenders, features: only these of the paper's; by default all.

        Returns:
            The table, and the folder of the comparison, which keeps it as `paper.md`.

        Raises:
            SeesayError: none of the paper's features can be had.
        """
        from seesay.evaluate.paper_text import keep_paper_table
        from seesay.evaluate.preset import (
            FEATURES,
            left_out,
            look_what_is_ready,
            make_paper_table,
        )

        lacking = left_out(recommenders, features)
        for name in (name for name in FEATURES if name not in lacking):
            try:
                self.encode([name])
            except SeesayError as error:
                lacking[name] = str(error)
        bench = self.bench(split)
        ready = look_what_is_ready(bench, lacking)
        comparison, folder = self.compare(
            ready.recommenders,
            ready.features,
            seeds,
            command,
            split=split,
            preset="paper",
            placebos=placebos,
        )
        facts = "; ".join(f"{name} {value}" for name, value in bench.facts().items())
        table = make_paper_table(comparison, ready, folder / "per_user.parquet", facts)
        keep_paper_table(folder, table)
        return table, folder

    def _make_placebos(self, specs: Sequence[FeatureSpec]) -> list[FeatureSpec]:
        """Make what says nothing and looks like the content compared; leave out what is there."""
        from seesay.evaluate.cells import placebos_of

        features = self._features()
        placebos = placebos_of(specs, features.read_by("shuffled"))
        features.encode(sorted({name for spec in placebos for name in spec.content}))
        return placebos
