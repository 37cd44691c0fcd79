"""The folder on disk that ties the stages together, and the public Python API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import polars as pl

from seesay.catalog.base import Catalog, Dataset
from seesay.catalog.folder import items_from_folder
from seesay.catalog.split import Kind as SplitKind
from seesay.catalog.split import SplitSettings
from seesay.catalog.store import Added, CatalogStore
from seesay.catalog.tables import ColumnSettings, interactions_table, items_table, read_table
from seesay.core.errors import SeesayError, unknown_name
from seesay.core.plugins import Kind, build_plugin, plugin_names
from seesay.core.progress import say
from seesay.core.settings import parse_section, read_toml
from seesay.recommend.base import FeatureSpec
from seesay.settings import SETTINGS, WorkspaceSettings, template

if TYPE_CHECKING:
    from seesay.describe.base import Describer
    from seesay.describe.base import Kind as TextKind
    from seesay.describe.costs import Costs
    from seesay.describe.estimate import Estimate
    from seesay.describe.journal_rows import JournalEntry
    from seesay.describe.plan import ItemFile
    from seesay.describe.published import Columns, Imported
    from seesay.describe.review import Review
    from seesay.describe.run import DescribeReport
    from seesay.describe.trial import Trial
    from seesay.encode.make import Made
    from seesay.encode.store import FeatureStore
    from seesay.evaluate.bench import Bench
    from seesay.evaluate.choice import Choice
    from seesay.evaluate.comparison import Comparison
    from seesay.evaluate.preset import PaperTable
    from seesay.exchange.outside import Taken, Where
    from seesay.recommend.answers import Answers, Recommendation
    from seesay.recommend.run import Run
    from seesay.recommend.words import WordSearch

EXAMPLES = 2
_KINDS: tuple[Kind, ...] = ("describer", "encoder", "recommender")


class Workspace:
    """A catalogue, its descriptions, its features and its trained recommenders, in one folder."""

    def __init__(self, folder: Path | str = ".") -> None:
        """Open a workspace.

        Raises:
            SeesayError: the folder is no workspace, or its settings are not right.
        """
        self.folder = Path(folder)
        if not (self.folder / SETTINGS).is_file():
            raise SeesayError(
                f"'{self.folder}' is no workspace: it holds no {SETTINGS}.",
                f"Make one: seesay init {self.folder}",
            )
        values = read_toml(self.folder / SETTINGS)
        self.settings = parse_section(WorkspaceSettings, values, str(self.folder / SETTINGS))
        self.catalog = CatalogStore(self.folder)
        for kind in _KINDS:
            for name in getattr(self.settings, f"{kind}s"):
                if name not in plugin_names(kind):
                    where = f"{kind} (of [{kind}s.{name}] in {SETTINGS})"
                    raise unknown_name(where, name, plugin_names(kind))

    @classmethod
    def create(cls, folder: Path | str) -> Workspace:
        """Make a workspace; one that is there already is opened as it is.

        Raises:
            SeesayError: the folder cannot be made.
        """
        path = Path(folder)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if not (path / SETTINGS).exists():
                (path / SETTINGS).write_text(template(), "utf-8")
        except OSError as error:
            raise SeesayError(
                f"'{path}' cannot be made ({error.strerror}).", "Name a folder that you may write."
            ) from error
        return cls(path)

    @property
    def simulated(self) -> bool:
        """Whether the interactions are made up; whoever shows their numbers must say so."""
        return bool(self.catalog.about()["simulated"])

    def add_items(
        self,
        source: Path | str,
        columns: Mapping[str, str] | None = None,
        videos: Sequence[Path | str] = (),
    ) -> Added:
        """Add items from a table, or from a folder of videos.

        Args:
            columns: what columns are called, on top of the `[columns]` of seesay.toml.
            videos: folders with files that the table may name, or to which links in the folder may
                lead, on top of its own folder and those under `[videos]` in seesay.toml.

        Raises:
            SeesayError: the source cannot be read, its rows are not right, or a path leads out of
                the folders.
        """
        source = Path(source)
        named = [self.folder / folder for folder in self.settings.videos.folders]
        folders = [*named, *map(Path, videos)]
        for folder in folders:
            if not folder.is_dir():
                raise SeesayError(f"There is no folder '{folder}'.", "Check --videos or [videos].")
        if not source.exists():
            raise SeesayError(
                f"There is neither a file nor a folder '{source}'.",
                "Check the name of the table, or of the folder of videos.",
            )
        if source.is_dir():
            return self.catalog.add_items(items_from_folder(source, folders))
        names = self._columns(columns)
        return self.catalog.add_items(items_table(read_table(source), names, source, folders))

    def without_file(self) -> list[str]:
        """Return the items whose video file is not there."""
        named = self.catalog.items().drop_nulls("path").select("item_id", "path")
        return [item_id for item_id, path in named.iter_rows() if not Path(path).is_file()]

    def add_interactions(
        self,
        source: Path | str,
        columns: Mapping[str, str] | None = None,
        *,
        replace: bool = False,
        drop_unknown: bool = False,
    ) -> Added:
        """Add who watched what, from a table; see `CatalogStore.add_interactions`.

        Raises:
            SeesayError: the table cannot be read, its rows are not right, or items are unknown.
        """
        source = Path(source)
        names = self._columns(columns)
        table = read_table(source)
        rows = interactions_table(table, names, source)
        timed = names.timestamp in table.columns
        return self.catalog.add_interactions(rows, timed, replace, drop_unknown)

    def load_dataset(self, dataset: Dataset) -> Catalog:
        """Read or make a whole data set and keep it.

        Raises:
            SeesayError: it cannot be read, or there is another catalogue already.
        """
        self.catalog.check_source(dataset.name)
        catalog = dataset.load()
        self.catalog.put(catalog, dataset.name)
        return catalog

    def describe(
        self,
        describer: str | None = None,
        options: Mapping[str, Any] | None = None,
        limit: int | None = None,
        *,
        budget: float | None = None,
        retry: bool = False,
    ) -> DescribeReport:
        """Describe every video that has no description by these settings yet.

        Args:
            limit: describe this many new videos at most.
            budget: the most that all describing in this workspace may ever have cost.
            retry: ask again also where the same request failed for good.

        Raises:
            SeesayError: no item has a video, the describer cannot work, or one video after the
                other fails.
        """
        from seesay.describe.journal import Journal
        from seesay.describe.run import check_price, describe_items

        built, files = self._to_describe(describer, options)
        if budget is not None:
            check_price(built)
        if not self._journal.is_file():
            # Whoever cannot describe at all leaves no empty journal behind.
            built.check()
        with Journal(self._journal) as journal:
            return describe_items(
                files,
                built,
                self.settings.media,
                journal,
                limit=limit,
                budget=budget,
                retry=retry,
                distance=self.settings.duplicates.distance,
            )

    def estimate(
        self,
        describer: str | None = None,
        options: Mapping[str, Any] | None = None,
        limit: int | None = None,
        *,
        retry: bool = False,
    ) -> Estimate:
        """Say what `describe` would take, from a sample of the files; nothing is sent.

        Raises:
            SeesayError: no item has a video.
        """
        from seesay.describe.estimate import estimate_items
        from seesay.describe.journal import Journal

        built, files = self._to_describe(describer, options)
        path = self._journal if self._journal.is_file() else Path(":memory:")
        with Journal(path) as journal:
            return estimate_items(
                files, built, self.settings.media, journal, limit=limit, retry=retry
            )

    def costs(self) -> Costs:
        """Return what all describing in this workspace has cost, by model and by day."""
        from seesay.describe.costs import Costs, sum_costs
        from seesay.describe.journal import Journal

        if not self._journal.is_file():
            return Costs()
        with Journal(self._journal) as journal:
            return sum_costs(journal)

    def descriptions(self, kind: TextKind = "both") -> dict[str, str]:
        """Return the words of each item that was described.

        Args:
            kind: of what is seen (`video`), of what is heard (`audio`), or of `both`; an item that
                has no text of both has its other texts as one.
        """
        from seesay.describe.words import text_of

        return {item: text_of(entries) for item, entries in self._journalled(kind).items()}

    def add_descriptions(
        self,
        source: Path | str,
        name: str = "",
        columns: Columns | None = None,
        *,
        drop_unknown: bool = False,
    ) -> Imported:
        """Take descriptions that somebody else has published; see `import_published`.

        Raises:
            SeesayError: they cannot be read, or are about items that are not in the catalogue.
        """
        from seesay.describe.journal import Journal
        from seesay.describe.published import import_published

        item_ids = self.catalog.items()["item_id"].to_list()
        with Journal(self._journal) as journal:
            return import_published(
                Path(source),
                journal,
                item_ids,
                name=name,
                columns=columns,
                drop_unknown=drop_unknown,
            )

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

    def try_prompt(
        self,
        name: str,
        describer: str | None = None,
        options: Mapping[str, Any] | None = None,
        item_ids: Sequence[str] | None = None,
        count: int = 3,
    ) -> tuple[Trial, Path]:
        """Have a few items described with a prompt; their descriptions stay as they are.

        What it cost is in the journal, and the words are not paid for again where the prompt is
        used in earnest later.

        Args:
            name: of a prompt that comes with seesay, or a path to a .txt.
            item_ids: on which; by default on `count` from all over the catalogue.

        Returns:
            What came of it, and the page that shows the words beside the frames.

        Raises:
            SeesayError: there is no such prompt or item, or the describer cannot work.
        """
        from seesay.describe.journal import Journal
        from seesay.describe.prompting import load_prompt
        from seesay.describe.trial import choose_items, options_for, try_on, write_page

        prompt = load_prompt(name)
        who = describer or self.settings.defaults.describer
        built, files = self._to_describe(who, options_for(name, who, options or {}))
        chosen = choose_items(files, item_ids, count)
        built.check()
        with Journal(self._journal) as journal:
            trial = try_on(chosen, prompt, built, self.settings.media, journal)
        page = self.folder / "trials" / f"{prompt.name}-{prompt.version}.html"
        write_page(page, trial)
        return trial, page

    def journalled(
        self, item_id: str | None = None, kind: TextKind | None = None
    ) -> list[JournalEntry]:
        """Return the newest descriptions with all that the journal knows of them.

        Args:
            item_id: of one item; by default of all.
            kind: of one kind; by default of every kind that there is.

        Raises:
            SeesayError: there is no such item, or it has no description.
        """
        from seesay.describe.words import newest

        titles = self.titles()
        if item_id is not None and item_id not in titles:
            raise SeesayError(f"There is no item '{item_id}'.", "List them: seesay show")
        kinds = [kind] if kind else None
        found = newest(self._journal, kinds, [item_id] if item_id is not None else titles)
        if item_id is not None and not found:
            raise SeesayError(f"'{item_id}' has no description yet.", "Run: seesay describe")
        return found

    def runs(self) -> list[Run]:
        """Return every finished run, the best validation nDCG@10 first."""
        from seesay.recommend.run import list_runs

        def best_first(run: Run) -> tuple[float, str]:
            return -run.metrics.get("validation", {}).get("ndcg@10", 0.0), run.id

        return sorted(list_runs(self.folder / "runs"), key=best_first)

    def review(self) -> Review:
        """Grade the descriptions of the items, each by itself and against the others."""
        from seesay.describe.review import review

        return review(self._journal, self.titles(), self.settings.review)

    def encode(self, names: Sequence[str]) -> dict[str, Made]:
        """Make features, in the order given; one that is up to date is left as it is.

        Raises:
            SeesayError: a name is unknown, or nothing can be encoded.
        """
        if not names:
            raise SeesayError("No feature is named.", "Name one or more: seesay encode title")
        return self._features().encode(names)

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
        bench = self._bench()
        return train_trial(bench.plan(recommender, spec, seed, options), bench)

    def evaluate(self, run: str) -> Run:
        """Test a run on the split that it was trained on, all items ranked.

        Raises:
            SeesayError: there is no such run, or what it was made from has changed.
        """
        from seesay.evaluate.trial import test_trial

        known = self._run(run)
        cut = SplitSettings.model_validate(known.plan["inputs"]["split"])
        bench = replace(self._bench(), split=cut)
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
        from seesay.evaluate.compare import keep_comparison, run_trials
        from seesay.evaluate.examples import make_examples

        specs = [FeatureSpec.parse(text) for text in features]
        self._features().check_fresh(sorted({name for spec in specs for name in spec.content}))
        bench = self._bench(split)
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
        bench = self._bench(split)
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
        bench = self._bench()
        chosen = self._run(run) if run else best_run(bench)
        if like is not None and chosen is None:
            self._features().notice_stale(self._search().feature)
            return self._search().alike(like, k, explain)
        if chosen is None:
            raise _no_run()
        answers = self._answers(chosen, bench, explain)
        if chosen.split != bench.split.kind:
            say(f"'{chosen.id}' was trained for the split {chosen.split}, not {bench.split.kind}.")
        elif not bench.is_current(chosen):
            say(f"The items, the log or the split have changed since '{chosen.id}' was trained.")
        if user is not None:
            return answers.for_user(user, k, explain)
        return answers.like_item(like or "", k, explain)

    def bundle(self, run: str | None = None, *, with_videos: bool = False) -> Path:
        """Put all that a service needs of a run into `bundle/`; return the new folder in it.

        A service that runs on `bundle/` takes it up by itself.

        Args:
            run: by default the one with the best validation nDCG@10.
            with_videos: copy the videos too, so that the bundle can go to another machine.

        Raises:
            SeesayError: there is no such run, or what it was made from has changed.
        """
        from seesay.evaluate.choice import best_run
        from seesay.serve.gathering import gather
        from seesay.serve.making import make_bundle

        bench = self._bench()
        chosen = self._run(run) if run else best_run(bench)
        if chosen is None:
            raise _no_run()
        _check_fits(chosen, bench)
        search = self._search().feature
        encoders = {*chosen.spec.content, *filter(None, [search])}
        describer = self.settings.defaults.describer
        ways = {
            "describer": [describer, self.settings.describers.get(describer, {})],
            "encoders": {name: self.settings.encoders.get(name, {}) for name in sorted(encoders)},
            "media": self.settings.media.model_dump(mode="json"),
        }
        contents = gather(
            bench, chosen, self._journalled(), self.review(), search, self._features().encoder, ways
        )
        return make_bundle(self.folder / "bundle", contents, with_videos=with_videos)

    def export(
        self,
        formats: Sequence[str],
        to: Path | str,
        features: Sequence[str] | None = None,
        *,
        split: bool = False,
    ) -> dict[str, Any]:
        """Write items, log, descriptions and vectors for other libraries; see `exchange.export`.

        Args:
            formats: of `parquet`, `npy`, `recbole`, `rectools`, `huggingface`.
            to: a folder that is not there yet, or holds an earlier export.
            features: whose vectors; by default of all that there are but the placebos.
            split: also write the split that comparisons use.

        Returns:
            The manifest: what was written, and what it was made from.

        Raises:
            SeesayError: a name is unknown, the folder holds something else, or a format cannot
                hold what there is.
        """
        from seesay.exchange.export import export

        cut = self.settings.split if split else None
        return export(self.catalog, Path(to), formats, features, cut)

    def best_run(self, feature: str | None = None) -> str | None:
        """Return the run with the best validation nDCG@10, of all or of those with a feature."""
        from seesay.evaluate.choice import best_run

        best = best_run(self._bench(), feature)
        return best.id if best else None

    def choice(self) -> Choice | None:
        """Return the run that recommends where none is named, and on what ground."""
        from seesay.evaluate.choice import choose

        return choose(self._bench())

    def titles(self) -> dict[str, str]:
        """Return the title of each item."""
        return dict(self.catalog.items().select("item_id", "title").iter_rows())

    @property
    def _journal(self) -> Path:
        return self.folder / "journal.sqlite"

    def _to_describe(
        self, describer: str | None, options: Mapping[str, Any] | None
    ) -> tuple[Describer, list[ItemFile]]:
        """Return the describer, and the items that have a video."""
        from seesay.describe.plan import ItemFile

        name = describer or self.settings.defaults.describer
        given = {**self.settings.describers.get(name, {}), **(options or {})}
        built: Describer = build_plugin("describer", name, given)
        rows = self.catalog.items().filter(pl.col("path").is_not_null())
        if rows.is_empty():
            raise SeesayError(
                "No item has a video file.",
                "Add items from a folder of videos, or from a table with a column of paths.",
            )
        return built, [
            ItemFile(item_id, Path(path), title)
            for item_id, path, title in rows.select("item_id", "path", "title").iter_rows()
        ]

    def _columns(self, given: Mapping[str, str] | None) -> ColumnSettings:
        names = {**self.settings.columns.model_dump(), **(given or {})}
        return parse_section(ColumnSettings, names, "[columns]")

    def _run(self, name: str) -> Run:
        from seesay.recommend.run import read_run

        if not name.strip(".") or Path(name).name != name:
            raise SeesayError(f"'{name}' is no name of a run.", "Name a folder in runs/.")
        return read_run(self.folder / "runs" / name)

    def _make_placebos(self, specs: Sequence[FeatureSpec]) -> list[FeatureSpec]:
        """Make what says nothing and looks like the content compared; leave out what is there."""
        from seesay.evaluate.cells import placebos_of

        features = self._features()
        placebos = placebos_of(specs, features.read_by("shuffled"))
        features.encode(sorted({name for spec in placebos for name in spec.content}))
        return placebos

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

    def _journalled(self, kind: TextKind = "both") -> dict[str, list[JournalEntry]]:
        from seesay.describe.words import entries_of

        return entries_of(self._journal, kind)

    def _bench(self, split: str | None = None) -> Bench:
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

        return WordSearch(self.folder / "features", self._features().encoder, self.descriptions)

    def _answers(self, run: Run, bench: Bench, explain: bool) -> Answers:
        from seesay.recommend.answers import open_answers
        from seesay.recommend.run import run_vocabulary

        _check_fits(run, bench)
        vocabulary = run_vocabulary(run)
        features = bench.feature_set(run.spec, vocabulary.item_ids)
        quoting = self._search().quoting if explain else None
        return open_answers(run, vocabulary, features, self.catalog.interactions(), quoting)


def _check_fits(run: Run, bench: Bench) -> None:
    """Refuse a run that something has changed for since it was trained."""
    if not bench.still_fits(run):
        raise SeesayError(
            f"The features, the viewers or {run.plan['recommender']} itself have changed since "
            f"'{run.id}' was trained.",
            run.remedy,
        )


def _no_run() -> SeesayError:
    return SeesayError(
        "No run is trained yet, or none on the features of now.", "Run: seesay train item-knn"
    )
