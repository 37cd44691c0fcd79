"""What a workspace holds before anything is described: its settings, items and log."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Self

from seesay.catalog.base import Catalog, Dataset
from seesay.catalog.folder import items_from_folder
from seesay.catalog.store import Added, CatalogStore, Removed
from seesay.catalog.tables import (
    ColumnSettings,
    interactions_table,
    items_table,
    read_table,
    why_untimed,
)
from seesay.core.errors import SeesayError, unknown_name
from seesay.core.plugins import Kind, plugin_names
from seesay.core.progress import say
from seesay.core.settings import parse_section, read_toml
from seesay.settings import SETTINGS, WorkspaceSettings, template

_KINDS: tuple[Kind, ...] = ("describer", "encoder", "recommender")


class CatalogStage:
    """The folder, its settings, and the items and interactions in it."""

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
    def create(cls, folder: Path | str) -> Self:
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

    def titles(self) -> dict[str, str]:
        """Return the title of each item."""
        return dict(self.catalog.items().select("item_id", "title").iter_rows())

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

    def remove_items(self, item_ids: Collection[str]) -> Removed:
        """Take items out of the catalogue, and their interactions out of the log.

        Their descriptions stay in the journal. Runs that know them have to be trained again.

        Raises:
            SeesayError: some are not there; then nothing is removed.
        """
        return self.catalog.remove_items([item_ids] if isinstance(item_ids, str) else item_ids)

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

        Where no column holds times, it says so: the order of the rows then stands for time.

        Raises:
            SeesayError: the table cannot be read, its rows are not right, or items are unknown.
        """
        source = Path(source)
        names = self._columns(columns)
        table = read_table(source)
        rows = interactions_table(table, names, source)
        if untimed := why_untimed(table, names, source):
            say(untimed)
        return self.catalog.add_interactions(rows, not untimed, replace, drop_unknown)

    def load_dataset(self, dataset: Dataset) -> Catalog:
        """Read or make a whole data set and keep it.

        Raises:
            SeesayError: it cannot be read, or there is another catalogue already.
        """
        self.catalog.check_source(dataset.name)
        catalog = dataset.load()
        self.catalog.put(catalog, dataset.name)
        return catalog

    def _columns(self, given: Mapping[str, str] | None) -> ColumnSettings:
        names = {**self.settings.columns.model_dump(), **(given or {})}
        return parse_section(ColumnSettings, names, "[columns]")
