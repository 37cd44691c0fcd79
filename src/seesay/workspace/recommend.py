"""What a workspace can do with vectors: encode, train and recommend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from seesay.catalog.split import Kind as SplitKind
from seesay.catalog.split import SplitSettings
from seesay.core.errors import SeesayError, unknown_name
from seesay.core.progress import say
from seesay.core.settings import parse_section
from seesay.recommend.base import ID, FeatureSpec
from seesay.workspace.describe import DescribeStage

if TYPE_CHECKING:
    from seesay.encode.make import Made
    from seesay.encode.store import FeatureStore
    from seesay.evaluate.bench import Bench
    from seesay.evaluate.choice import Choice
    from seesay.exchange.outside import Taken, Where
    from seesay.recommend.answers import Answers, Recommendation
    from seesay.recommend.run import Run
    from seesay.recommend.words import WordSearch


class RecommendStage(DescribeStage):
    """A workspace whose items have features, and runs that recommend them."""

    def encode(self, names: Sequence[str]) -> dict[str, Made]:
        """Make features, in the order given; one that is up to date is left as it is.

        Raises:
            SeesayError: a name is unknown, or nothing can be encoded.
        """
        if not names:
            raise SeesayError("No feature is named.", "Name one or more: seesay encode title")
        if ID in names:
            raise SeesayError("'id' is not encoded: recommenders learn it.", "Leave it out.")
        return self._features().encode(names)

    def add_features(
        self,
        name: str,
        source: Path | str,
        where: Where | None = None,
        *,
        drop_unknown: bool = False,
    ) -> Taken:
        """Take vectors that were made elsewhere as the feature `name`; see `exchange.outside`.

        Raises:
            SeesayError: an encoder has that name, the file cannot be read, or items are unknown.
        """
        from seesay.exchange.outside import add_features

        item_ids = self.catalog.items()["item_id"].to_list()
        folder = self.folder / "features"
        return add_features(name, Path(source), folder, item_ids, where, drop_unknown=drop_unknown)

    def train(
        self,
        recommender: str,
        features: str = "id",
        seed: int = 0,
        options: Mapping[str, Any] | None = None,
    ) -> Run:
        """Train one recommender; the run keeps its figures on the validation items.

        Raises:
            SeesayError: a name is unknown, the features do not fit or are stale, or there is too
                little data.
        """
        from seesay.evaluate.trial import train_trial
        from seesay.recommend.run import why_not

        spec = FeatureSpec.parse(features)
        if reason := why_not(recommender, spec):
            raise SeesayError(f"It cannot take '{features}': {reason}.", "Change --features.")
        self._features().check_fresh(spec.content)
        bench = self.bench()
        return train_trial(bench.plan(recommender, spec, seed, options), bench)

    def runs(self) -> list[Run]:
        """Return every finished run, the best validation nDCG@10 first."""
        from seesay.recommend.run import list_runs

        def best_first(run: Run) -> tuple[float, str]:
            return -run.metrics.get("validation", {}).get("ndcg@10", 0.0), run.id

        return sorted(list_runs(self.folder / "runs"), key=best_first)

    def best_run(self, feature: str | None = None) -> str | None:
        """Return the run with the best validation nDCG@10, of all or of those with a feature."""
        from seesay.evaluate.choice import best_run

        best = best_run(self.bench(), feature)
        return best.id if best else None

    def choice(self) -> Choice | None:
        """Return the run that recommends where none is named, and on what ground."""
        from seesay.evaluate.choice import choose

        return choose(self.bench())

    def recommend(
        self,
        *,
        user: str | None = None,
        like: str | None = None,
        query: str | None = None,
        k: int = 10,
        run: str | None = None,
        explain: bool = False,
    ) -> list[Recommendation]:
        """Recommend to a user, or find what is like an item or fits a few words.

        Args:
            user, like, query: a user ID, an item ID or words; exactly one of them.
            run: which trained run; by default the one with the best validation nDCG@10.
            explain: say for each item what carries it.

        Raises:
            SeesayError: the user or item is unknown, or what is needed was not made yet.
        """
        from seesay.evaluate.choice import best_run

        given = [value for value in (user, like, query) if value is not None]
        if len(given) != 1:
            raise SeesayError(
                "More than one of a user, an item and words was given to recommend by."
                if given
                else "It was not said for whom or by what to recommend.",
                "Give one of --user ID, --like ITEM_ID and --query TEXT.",
            )
        if k < 1:
            raise SeesayError(f"k is {k}.", "Ask for at least 1 item.")
        if query is not None:
            self._features().notice_stale(self._search().feature)
            return self._search().fitting(query, k, explain)
        bench = self.bench()
        chosen = self._run(run) if run else best_run(bench)
        if like is not None and chosen is None:
            self._features().notice_stale(self._search().feature)
            return self._search().alike(like, k, explain)
        if chosen is None:
            raise no_run()
        answers = self._answers(chosen, bench, explain)
        if chosen.split != bench.split.kind:
            say(f"'{chosen.id}' was trained for the split {chosen.split}, not {bench.split.kind}.")
        elif not bench.is_current(chosen):
            say(
                f"The items, the log, the split or `missing` have changed since '{chosen.id}' was "
                "trained."
            )
        if user is not None:
            return answers.for_user(user, k, explain)
        return answers.like_item(like or "", k, explain)

    def _run(self, name: str) -> Run:
        from seesay.recommend.run import read_run

        if not name.strip(".") or Path(name).name != name:
            raise SeesayError(f"'{name}' is no name of a run.", "Name a folder in runs/.")
        return read_run(self.folder / "runs" / name)

    def _features(self) -> FeatureStore:
        from seesay.encode.store import FeatureStore

        return FeatureStore(
            self.folder / "features",
            self.settings.encoders,
            self.settings.media,
            self.catalog.items,
            self.descriptions,
            fills=self.settings.defaults.missing == "mean",
        )

    def bench(self, split: str | None = None) -> Bench:
        """Return the data, the split and the settings that runs are trained and tested with.

        Args:
            split: the kind of split, in the place of that of seesay.toml.

        Raises:
            SeesayError: there is no such kind of split.
        """
        from seesay.evaluate.bench import Bench

        if split and split not in get_args(SplitKind):
            raise unknown_name("kind of split", split, get_args(SplitKind))
        cut = self.settings.split.model_dump() | ({"kind": split} if split else {})
        return Bench(
            self.catalog,
            self.folder / "features",
            self.folder / "runs",
            parse_section(SplitSettings, cut, "The split"),
            self.settings.recommenders,
            self.settings.defaults.missing == "mean",
        )

    def _search(self) -> WordSearch:
        from seesay.recommend.words import WordSearch

        return WordSearch(
            self.folder / "features", self._features().encoder, self.descriptions, self.titles
        )

    def _answers(self, run: Run, bench: Bench, explain: bool) -> Answers:
        from seesay.recommend.answers import open_answers
        from seesay.recommend.run import run_vocabulary

        check_fits(run, bench)
        vocabulary = run_vocabulary(run)
        features = bench.feature_set(run.spec, vocabulary.item_ids)
        quoting = self._search().quoting if explain else None
        return open_answers(run, vocabulary, features, self.catalog.interactions(), quoting)


def check_fits(run: Run, bench: Bench) -> None:
    """Refuse a run that something has changed for since it was trained."""
    if not bench.still_fits(run):
        raise SeesayError(
            f"The features, the viewers or {run.plan['recommender']} itself have changed, or items "
            f"were removed, since '{run.id}' was trained.",
            run.remedy,
        )


def no_run() -> SeesayError:
    """Return what to raise where a run is wanted and none will do."""
    return SeesayError(
        "No run is trained yet, or none on the items and features of now.",
        "Run: seesay train item-knn",
    )
