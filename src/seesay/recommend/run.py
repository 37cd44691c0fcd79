"""Trained recommenders on disk: what decides a run, and the folder that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from seesay.core.errors import SeesayError
from seesay.core.files import MANIFEST, read_json, replacing_folder, write_json
from seesay.core.hashing import value_sha256
from seesay.core.plugins import build_plugin, plugin_class, plugin_names
from seesay.core.settings import flat
from seesay.recommend.base import FeatureSet, FeatureSpec, Recommender, Takes
from seesay.recommend.interactions import Vocabulary

NOTHING = FeatureSpec(False, ())


@dataclass(frozen=True)
class Plan:
    """All that decides what a run comes to; the same plan is the same run.

    Attributes:
        options: every setting of the recommender, its seed among them where it has one.
        inputs: hashes of the items, the log and the vectors, and the settings of the split.
        version: of the recommender.
    """

    recommender: str
    spec: FeatureSpec
    seed: int
    options: Mapping[str, Any]
    inputs: Mapping[str, Any]
    version: int

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return {
            "recommender": self.recommender,
            "features": spec_label(self.spec),
            "seed": self.seed,
            "options": dict(self.options),
            "inputs": dict(self.inputs),
            "version": self.version,
        }

    @property
    def id(self) -> str:
        """The run's name: what a person wants to see of it, and a hash of all the rest."""
        short = value_sha256(self.as_dict())[:8]
        return f"{self.recommender}_{spec_label(self.spec)}_s{self.seed}_{short}"


@dataclass(frozen=True)
class Run:
    """A trained run.

    Attributes:
        plan: the plan as JSON values.
        metrics: `validation`, `validation_users` (how many), `training` (what the recommender says
            of it), `seconds`, and `test` once it was tested.
        selected_on: the hash of what was guessed to choose its epochs; `validation` where the run
            is of before that was kept.
    """

    folder: Path
    plan: Mapping[str, Any]
    metrics: Mapping[str, Any]
    selected_on: str = "validation"

    @property
    def id(self) -> str:
        """The run's name."""
        return self.folder.name

    @property
    def spec(self) -> FeatureSpec:
        """Its set of features."""
        label = self.plan["features"]
        return NOTHING if label == "-" else FeatureSpec.parse(label)

    @property
    def split(self) -> str:
        """The kind of split that it was trained for."""
        return str(self.plan["inputs"].get("split", {}).get("kind", "leave-one-out"))

    @property
    def remedy(self) -> str:
        """What to do where the run no longer fits."""
        features = "" if self.spec == NOTHING else f" --features {self.spec}"
        command = f"seesay train {self.plan['recommender']}{features} --seed {self.plan['seed']}"
        return f"Train it again: {command}"


def spec_label(spec: FeatureSpec) -> str:
    """Return what tables show for a set of features; `-` for none."""
    return str(spec) or "-"


def make_plan(
    recommender: str,
    spec: FeatureSpec,
    seed: int,
    options: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> Plan:
    """Settle every setting of a run; the seed goes to recommenders that have one.

    Raises:
        SeesayError: the recommender or an option is not known.
    """
    takes_seed = "seed" in plugin_class("recommender", recommender).Settings.model_fields
    seeded = {**options, "seed": seed} if takes_seed else dict(options)
    settled = build_plugin("recommender", recommender, seeded)
    return Plan(
        recommender,
        spec,
        seed if takes_seed else 0,
        settled.settings.model_dump(mode="json"),
        inputs,
        settled.version,
    )


def takes_of(recommender: str) -> Takes:
    """Return which features a recommender can use."""
    takes: Takes = plugin_class("recommender", recommender).takes
    return takes


def version_of(recommender: str) -> int:
    """Return the version of a recommender as it is installed."""
    installed: int = plugin_class("recommender", recommender).version
    return installed


def changed_settings(run: Run) -> dict[str, Any]:
    """Return what differs from the defaults of today, but for the seed; dotted where inside.

    Empty where the recommender is not installed any more.
    """
    name = run.plan["recommender"]
    if name not in plugin_names("recommender"):
        return {}
    default = dict(flat(plugin_class("recommender", name).Settings().model_dump(mode="json")))
    return {
        ".".join(path): value
        for path, value in flat(run.plan["options"])
        if path != ("seed",) and value != default.get(path)
    }


def why_not(recommender: str, spec: FeatureSpec) -> str:
    """Return why a recommender cannot use these features, or nothing where it can."""
    takes = takes_of(recommender)
    if takes == "content" and (spec.use_id or not spec.content):
        return f"{recommender} uses content features alone, such as title"
    if takes == "id" and spec.content:
        return f"{recommender} uses IDs alone"
    return ""


def write_run(
    folder: Path,
    plan: Plan,
    recommender: Recommender,
    vocabulary: Vocabulary,
    metrics: Mapping[str, Any],
    selected_on: str,
) -> Run:
    """Keep a trained recommender in `folder`, all of it or nothing.

    Where another process has finished the same plan by now, its run stays: it may be in use.
    """
    if (folder / MANIFEST).is_file():
        return read_run(folder)
    with replacing_folder(folder) as temporary:
        (temporary / "model").mkdir()
        recommender.save(temporary / "model")
        pl.DataFrame({"item_id": list(vocabulary.item_ids)}).write_parquet(
            temporary / "item_ids.parquet"
        )
        write_json(temporary / "settings.json", plan.as_dict())
        write_json(temporary / "metrics.json", dict(metrics))
        made = {
            "plan": plan.as_dict(),
            "summary": recommender.summary(),
            "selected_on": selected_on,
            "seesay": version("seesay"),
        }
        write_json(temporary / MANIFEST, made)
    return read_run(folder)


def read_run(folder: Path) -> Run:
    """Read what is known of a run, without its model.

    Raises:
        SeesayError: there is no such run; names the nearest.
    """
    if not (folder / MANIFEST).exists():
        names = [run.id for run in list_runs(folder.parent)]
        if names:
            all_of = f"All {len(names)} are" if len(names) > 1 else "It is the only one"
            near = get_close_matches(folder.name, names, n=1, cutoff=0.0)[0]
            raise SeesayError(
                f"There is no run called '{folder.name}'.",
                f"Did you mean '{near}'? {all_of} in '{folder.parent}'.",
            )
        raise SeesayError(
            f"There is no run '{folder.name}', nor any other.",
            "Train one: seesay train sasrec --features id",
        )
    manifest, metrics = read_json(folder / MANIFEST), read_json(folder / "metrics.json")
    try:
        # Runs of the first version do not say so, and it knew no other way.
        chosen_on = manifest.get("selected_on", "validation")
        return Run(folder, dict(manifest["plan"]), dict(metrics), chosen_on)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise SeesayError(
            f"'{folder}' is no run, or is damaged.", "Remove the folder and train again."
        ) from error


def list_runs(runs: Path) -> list[Run]:
    """Return every finished run of a folder of runs, sorted by name."""
    return [
        read_run(manifest.parent)
        for manifest in sorted(runs.glob(f"*/{MANIFEST}"))
        if not manifest.parent.name.startswith(".") and (manifest.parent / "model").is_dir()
    ]


def load_recommender(run: Run, features: FeatureSet) -> Recommender:
    """Return the trained recommender of a run."""
    recommender: Recommender = build_plugin(
        "recommender", run.plan["recommender"], run.plan["options"]
    )
    return recommender.load(run.folder / "model", features)


def run_vocabulary(run: Run) -> Vocabulary:
    """Return the items that a run knows."""
    return Vocabulary(tuple(pl.read_parquet(run.folder / "item_ids.parquet")["item_id"].to_list()))
