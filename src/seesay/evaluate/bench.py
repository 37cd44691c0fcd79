"""What all trials of a workspace share: the task, the features, and what decides a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from seesay.catalog.split import Split, SplitSettings, split_log
from seesay.catalog.store import INTERACTIONS, CatalogStore
from seesay.core.errors import SeesayError
from seesay.core.hashing import file_sha256, value_sha256
from seesay.core.plugins import plugin_names
from seesay.encode.features import FeatureTable, how_to_make_again, read_features
from seesay.encode.search import filled_rows
from seesay.evaluate.audit import Check, audit_features, audit_split, popularity_of
from seesay.evaluate.significance import FEWEST_UNITS
from seesay.recommend.base import PLACEBOS, FeatureSet, FeatureSpec
from seesay.recommend.geometry import Whitening
from seesay.recommend.run import (
    NOTHING,
    Plan,
    Run,
    make_plan,
    run_vocabulary,
    takes_of,
    version_of,
)
from seesay.recommend.task import Task, make_task

MEASURES = ("title", "described", "described-video", "video", "audio")


@dataclass(frozen=True)
class Bench:
    """A catalogue, its features and its runs as they are at one moment.

    Attributes:
        features: the folder of features.
        runs: the folder of runs.
        options: settings of recommenders, by their names.
        fill: give items that a feature does not cover the mean of its vectors.
    """

    catalog: CatalogStore
    features: Path
    runs: Path
    split: SplitSettings
    options: Mapping[str, Mapping[str, Any]]
    fill: bool = False

    @cached_property
    def item_ids(self) -> list[str]:
        """Every item of the catalogue, in its order."""
        return self.catalog.items()["item_id"].to_list()

    @cached_property
    def parts(self) -> Split:
        """The catalogue's interactions, split.

        Raises:
            SeesayError: there is no catalogue, or too little is left to train on or to test.
        """
        return split_log(self.catalog.interactions(), self.split)

    @cached_property
    def task(self) -> Task:
        """The same as indices."""
        return make_task(self.item_ids, self.parts)

    @cached_property
    def drawn_together(self) -> np.ndarray | None:
        """Which users a bootstrap draws as one: on cold items those tested on the same, by item.

        What is asked there is how it would go with other new items, not with other users alone.
        So few items say nothing of that: then users are drawn, and the table warns.
        """
        targets = self.task.test.targets
        enough = self.split.kind == "cold-items" and len(np.unique(targets)) >= FEWEST_UNITS
        return targets if enough else None

    @cached_property
    def measure(self) -> str:
        """The feature by which the diversity of lists is measured; empty where there is none.

        It is the same for every cell of a workspace, whatever that recommends by.
        """
        return next((name for name in MEASURES if (self.features / name).is_dir()), "")

    @cached_property
    def likeness(self) -> np.ndarray | None:
        """The vectors of that feature, half-whitened; items that it leaves out have zeros.

        None where there is none, or a damaged one: no cell needs it.
        """
        table = self._measuring
        if table is None:
            return None
        row_of = {item: row for row, item in enumerate(table.item_ids)}
        rows = np.array([row_of.get(item, -1) for item in self.item_ids])
        vectors: np.ndarray = Whitening.fit(table.vectors)(table.vectors)[rows]
        vectors[rows < 0] = 0.0
        return vectors

    @cached_property
    def measured_by(self) -> dict[str, list[str]]:
        """The name and hashes of that feature: diversities by two of them cannot be compared."""
        return {self.measure: self._hashes_of(self.measure)} if self._measuring else {}

    @cached_property
    def _measuring(self) -> FeatureTable | None:
        try:
            table = read_features(self.features / self.measure)
        except SeesayError:
            return None
        return table if np.isfinite(table.vectors).all() else None

    def feature_set(self, spec: FeatureSpec, item_ids: Sequence[str] | None = None) -> FeatureSet:
        """Return the vectors of the items given, by default of all.

        Raises:
            SeesayError: a feature is not there, does not cover the items, or holds what is no
                number.
        """
        ids = self.item_ids if item_ids is None else item_ids
        tables = {name: read_features(self.features / name) for name in spec.content}
        content = {name: self._rows(table, ids) for name, table in tables.items()}
        return FeatureSet(spec, content, {name: table.layers for name, table in tables.items()})

    def _rows(self, table: FeatureTable, item_ids: Sequence[str]) -> np.ndarray:
        rows = filled_rows(table, item_ids) if self.fill else _all_rows(table, item_ids)
        bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
        if len(bad):
            named = ", ".join(f"'{item_ids[row]}'" for row in bad[:3])
            raise SeesayError(
                f"The feature '{table.name}' holds values that are not numbers for {len(bad)} of "
                f"{len(rows)} items, the first: {named}.",
                f"Look at these items. {how_to_make_again(table.name, table.manifest)}",
            )
        return rows

    def check(self, specs: Sequence[FeatureSpec]) -> None:
        """Look whether there is something to compare on, placebos apart: they may still be made.

        Raises:
            SeesayError: there is too little data, or features are not there: all that an encoder
                can make are named at once.
        """
        len(self.parts.test)
        named = dict.fromkeys(name for spec in specs for name in spec.content)
        asked = [name for name in named if name not in PLACEBOS]
        can_be_made = plugin_names("encoder")
        missing = [
            name for name in asked if name in can_be_made and not (self.features / name).is_dir()
        ]
        if len(missing) > 1:
            raise SeesayError(
                f"There are no features {', '.join(map(repr, missing))} yet.",
                f"Run: seesay encode {' '.join(missing)}",
            )
        for name in asked:
            self._hashes_of(name)

    def tables(self, specs: Iterable[FeatureSpec]) -> Iterator[FeatureTable]:
        """Yield each feature of some sets once."""
        for name in dict.fromkeys(name for spec in specs for name in spec.content):
            yield self._table(name)

    def sources(self, specs: Iterable[FeatureSpec]) -> dict[str, str]:
        """Return what made each feature of some sets; see `FeatureTable.source`."""
        return {f"feature {table.name}": table.source for table in self.tables(specs)}

    def audit(self, specs: Sequence[FeatureSpec]) -> list[Check]:
        """Return what the look for leaks finds in the split and in the features of some sets."""
        vectors = ((table, self._rows(table, self.item_ids)) for table in self.tables(specs))
        popularity = popularity_of(self.catalog.interactions(), self.parts, self.item_ids)
        return [*audit_split(self.parts), *audit_features(vectors, self.item_ids, popularity)]

    def plan(
        self,
        recommender: str,
        spec: FeatureSpec,
        seed: int,
        options: Mapping[str, Any] | None = None,
    ) -> Plan:
        """Return the plan of a run on this bench; `options` come on top of the settings.

        Raises:
            SeesayError: the recommender or an option is unknown, or a feature is not there.
        """
        used = NOTHING if takes_of(recommender) == "nothing" else spec
        given = {**self.options.get(recommender, {}), **(options or {})}
        return make_plan(recommender, used, seed, given, self.inputs(used))

    def inputs(self, spec: FeatureSpec) -> dict[str, Any]:
        """Return what decides a run besides its settings: hashes of the data, and the split."""
        return {
            **self._data_hashes,
            "features": self.feature_hashes(spec),
            "split": self.split.deciding(),
            "fill": self.fill and bool(spec.content),
            **({"simulated": True} if self.simulated else {}),
        }

    @cached_property
    def simulated(self) -> bool:
        """Whether the interactions are made up; a run carries that mark."""
        return bool(self.catalog.about()["simulated"])

    def feature_hashes(self, spec: FeatureSpec) -> dict[str, list[str]]:
        """Return the hashes of the vectors and item IDs of each content feature."""
        return {name: self._hashes_of(name) for name in spec.content}

    def _hashes_of(self, name: str) -> list[str]:
        manifest = self._table(name).manifest
        return [manifest["vectors_sha256"], manifest["item_ids_sha256"]]

    def _table(self, name: str) -> FeatureTable:
        # To read one is to hash it, which takes seconds where there are a million items.
        if name not in self._known_tables:
            self._known_tables[name] = read_features(self.features / name)
        return self._known_tables[name]

    def still_fits(self, run: Run) -> bool:
        """Whether a run's recommender, features and kind of viewers are as when it was trained.

        And whether the items that it recommends are all there still.
        """
        inputs = run.plan["inputs"]
        if bool(inputs.get("simulated")) != self.simulated:
            return False
        try:
            if version_of(run.plan["recommender"]) != run.plan["version"]:
                return False
            if self.feature_hashes(run.spec) != inputs["features"]:
                return False
        except SeesayError:
            return False
        same = inputs["items_sha256"] == self._items_sha256
        return same or set(run_vocabulary(run).item_ids) <= set(self.item_ids)

    def is_current(self, run: Run) -> bool:
        """Whether a run that still fits was also trained on the data and the split of now."""
        return dict(run.plan["inputs"]) == self.inputs(run.spec)

    def facts(self) -> dict[str, Any]:
        """Return what a report says about the data."""
        log = self.catalog.interactions()
        settings = {"kind": self.split.kind, **self.split.deciding()}
        return {
            "data": self.catalog.about()["source"],
            "users": log["user_id"].n_unique(),
            "items": len(self.item_ids),
            "interactions": log.height,
            **{f"split: {name}": value for name, value in settings.items()},
            **({"diversity is by": self.measure} if self.measure else {}),
        }

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the users, items and interactions that each step of the split leaves."""
        return {
            step.name: {
                "users": step.users,
                "items": step.items,
                "interactions": step.interactions,
            }
            for step in self.parts.steps
        }

    @cached_property
    def _known_tables(self) -> dict[str, FeatureTable]:
        return {}

    @cached_property
    def _items_sha256(self) -> str:
        return value_sha256(self.item_ids)

    @cached_property
    def _data_hashes(self) -> dict[str, str]:
        self.catalog.interactions()
        return {
            "items_sha256": self._items_sha256,
            "interactions_sha256": file_sha256(self.catalog.folder / INTERACTIONS),
        }


def _all_rows(table: FeatureTable, item_ids: Sequence[str]) -> np.ndarray:
    left_out = table.manifest.get("left_out", {})
    lacking = [item_id for item_id in item_ids if item_id in left_out]
    if lacking:
        raise SeesayError(
            f"The feature '{table.name}' leaves out {len(lacking)} of {len(item_ids)} items; "
            f"the first, '{lacking[0]}', because {left_out[lacking[0]]}.",
            'Mend these items and encode again, or write missing = "mean" under [defaults] in '
            "seesay.toml.",
        )
    return table.rows(item_ids)
