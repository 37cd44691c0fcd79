"""What a workspace can do with words: have videos described, and read what was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from seesay.core.errors import SeesayError
from seesay.core.plugins import build_plugin, plugin_class, plugins_with
from seesay.workspace.catalog import CatalogStage

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


class DescribeStage(CatalogStage):
    """A workspace whose videos can be described."""

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
            SeesayError: there is no such item, or it has no description; says why it failed.
        """
        from seesay.describe.words import last_failure, newest

        titles = self.titles()
        if item_id is not None and item_id not in titles:
            raise SeesayError(f"There is no item '{item_id}'.", "List them: seesay show")
        kinds = [kind] if kind else None
        found = newest(self._journal, kinds, [item_id] if item_id is not None else titles)
        if item_id is not None and not found:
            if failed := last_failure(self._journal, kinds, item_id):
                raise SeesayError(
                    f"'{item_id}' could not be described: {failed.error.rstrip('.')}.",
                    f"Try again: seesay describe{'' if failed.retry else ' --retry'}",
                )
            raise SeesayError(f"'{item_id}' has no description yet.", "Run: seesay describe")
        return found

    def review(self) -> Review:
        """Grade the descriptions of the items, each by itself and against the others."""
        from seesay.describe.review import review

        return review(self._journal, self.titles(), self.settings.review)

    @property
    def _journal(self) -> Path:
        return self.folder / "journal.sqlite"

    def _to_describe(
        self, describer: str | None, options: Mapping[str, Any] | None
    ) -> tuple[Describer, list[ItemFile]]:
        """Return the describer, and the items that have a video."""
        from seesay.describe.plan import ItemFile

        name = describer or self.settings.defaults.describer
        fields = plugin_class("describer", name).Settings.model_fields
        for option in options or {}:
            if option not in fields and (able := plugins_with("describer", option)):
                raise SeesayError(
                    f"The describer '{name}' has no option '{option}'.",
                    f"Name one that has it: --describer {' or '.join(able)}",
                )
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

    def _journalled(self, kind: TextKind = "both") -> dict[str, list[JournalEntry]]:
        from seesay.describe.words import entries_of

        return entries_of(self._journal, kind)
