"""Random search for settings, on validation alone: every cell gets as many trials as any other.

A trial is only one more chance where it comes to another model, so a cell searches the settings
that its set of features uses.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from seesay.core.files import read_json, write_json
from seesay.core.plugins import build_plugin, plugin_class
from seesay.core.progress import say
from seesay.core.settings import flat
from seesay.evaluate.bench import Bench
from seesay.evaluate.comparison import MAIN
from seesay.evaluate.evaluation import evaluate
from seesay.evaluate.memory_kills import noticing_memory_kills
from seesay.evaluate.trial import why_it_failed
from seesay.recommend.base import FeatureSpec, Recommender
from seesay.recommend.run import Plan, spec_label

# A setting's values, or the same for each setting of a section inside.
Space = Mapping[str, Any]

TOWER: Space = {"whitening": (0.25, 0.5, 0.75), "id_scale": (0.04, 0.08, 0.16, 0.32)}
NEURAL: Space = {
    "learning_rate": (1e-3, 2e-3, 3e-3, 5e-3),
    "dropout": (0.1, 0.2, 0.3, 0.4, 0.5),
    "temperature": (0.04, 0.06, 0.08, 0.1),
    "weight_decay": (0.0, 0.01, 0.1),
    "tower": TOWER,
}
DECAY = (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)
WHITENING = (0.0, 0.25, 0.5, 0.75, 1.0)
CONTENT_KNN: Space = {
    "decay": DECAY,
    "whitening": WHITENING,
    "metric": ("watched", "cosine"),
}
SPACES: Mapping[str, Space] = {
    "item-knn": {
        "decay": DECAY,
        "content_weight": (0.1, 0.2, 0.3, 0.5, 1.0),
        "content": CONTENT_KNN,
    },
    "content-knn": CONTENT_KNN,
    "ease": {
        "regularisation": (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0),
        "decay": DECAY,
        "content_weight": (0.1, 0.3, 1.0, 3.0, 10.0),
        "whitening": WHITENING,
    },
    "two-tower": {**NEURAL, "hidden": (128, 256, 512), "decay": (0.5, 0.7, 0.85)},
    "sasrec": {**NEURAL, "layers": (1, 2, 3), "decay": (0.5, 0.7, 0.85)},
    "gru4rec": {**NEURAL, "hidden": (128, 256, 512)},
    "bert4rec": {**NEURAL, "gap_share": (0.2, 0.3, 0.5), "last_share": (0.1, 0.3, 0.6)},
    "tiger": {
        "codes": (64, 128, 256, 512),
        "levels": (2, 3, 4),
        "learning_rate": (3e-4, 5e-4, 1e-3, 2e-3),
        "dropout": (0.1, 0.2, 0.3),
        "whitening": WHITENING,
    },
}
# What the features must hold for a setting to do anything; without an entry, nothing special.
TOWER_NEEDS = {"tower.whitening": ("content",), "tower.id_scale": ("id",)}
NEEDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "item-knn": {
        "decay": ("id",),
        "content_weight": ("id", "content"),
        "content.decay": ("content",),
        "content.whitening": ("content",),
        "content.metric": ("content",),
    },
    "ease": {"content_weight": ("content",), "whitening": ("content",)},
    "two-tower": TOWER_NEEDS,
    "sasrec": TOWER_NEEDS,
    "gru4rec": TOWER_NEEDS,
    "bert4rec": TOWER_NEEDS,
    "tiger": {"whitening": ("content",)},
}


@dataclass(frozen=True)
class TuningTrial:
    """One set of settings, tried.

    Attributes:
        drawn: what it changes in the settings of seesay.toml; nothing in the first trial.
        options: every setting but the seed.
        validation: nDCG@10 there; None where the trial failed.
        fault: why it failed.
    """

    drawn: Mapping[str, Any]
    options: Mapping[str, Any]
    validation: float | None
    seconds: float
    fault: str = ""


@dataclass(frozen=True)
class Tuned:
    """All trials of one cell, in the order in which they were drawn; the first of the best wins."""

    recommender: str
    features: str
    trials: tuple[TuningTrial, ...]

    @property
    def cell(self) -> str:
        """What the cell is called."""
        return f"{self.recommender} x {self.features}"

    @property
    def best(self) -> TuningTrial:
        """The trial with the best validation figure; with the first where none has any."""
        return max(self.trials, key=lambda one: -1.0 if one.validation is None else one.validation)

    def facts(self) -> dict[str, Any]:
        """Return what a report says of the search."""
        first = self.trials[0]
        return {
            "trials": len(self.trials),
            "failed": sum(bool(trial.fault) for trial in self.trials),
            "validation nDCG@10 of the settings as they were": first.validation,
            "validation nDCG@10 of those chosen": self.best.validation,
            "chosen": dict(self.best.drawn) or "the settings as they were",
            "seconds": sum(trial.seconds for trial in self.trials),
        }

    def as_dict(self) -> dict[str, Any]:
        """Return every trial as JSON values."""
        return asdict(self)


def space_of(recommender: str, spec: FeatureSpec) -> Space:
    """Return what may be searched: the `search` of its settings class, or else that of `SPACES`.

    Settings that these features do not use, by `NEEDS`, are not in it.
    """
    settings = plugin_class("recommender", recommender).Settings
    space: Space = getattr(settings, "search", None) or SPACES.get(recommender, {})
    needs = NEEDS.get(recommender, {})
    held = {"id": spec.use_id, "content": bool(spec.content)}
    return _nested(
        (path, values)
        for path, values in flat(space)
        if all(held[part] for part in needs.get(".".join(path), ()))
    )


def draws(space: Space, count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return `count` different settings: none changed, then as drawn evenly from the space.

    There are fewer where the space has no more.
    """
    names, values = zip(*flat(space), strict=True) if space else ((), ())
    sizes = [len(some) for some in values]
    total = int(np.prod(sizes)) if sizes else 0
    random = np.random.default_rng(seed)
    # One after the other, so that more draws begin with the fewer; enough of them to meet all.
    some = random.integers(total, size=20 * count).tolist() if total else []
    places = list(dict.fromkeys(some))[: count - 1]
    rows = [np.unravel_index(place, sizes) for place in places]
    picked = [[some[at] for some, at in zip(values, row, strict=True)] for row in rows]
    return [{}, *(_nested(zip(names, row, strict=True)) for row in picked)]


def tune(recommender: str, spec: FeatureSpec, count: int, seed: int, bench: Bench) -> Tuned:
    """Try `count` settings on validation; what was tried before is not tried again.

    There are fewer trials where the settings that the features use have no more values.
    """
    given = bench.options.get(recommender, {})
    # What is drawn may be what is there already, so a few more are drawn than are tried.
    plans: dict[str, tuple[Plan, dict[str, Any]]] = {}
    for drawn in draws(space_of(recommender, spec), 2 * count):
        plan = bench.plan(recommender, spec, seed, merged(given, drawn))
        plans.setdefault(plan.id, (plan, drawn))
    trials = []
    for plan, drawn in list(plans.values())[:count]:
        trials.append(_try(plan, drawn, bench))
        figure = trials[-1].fault or f"validation nDCG@10 {trials[-1].validation:.4f}"
        changed = ", ".join(f"{'.'.join(path)} {value}" for path, value in flat(drawn))
        told = changed or "the settings as they were"
        say(f"trial {len(trials)}: {recommender} x {spec_label(spec)}: {figure} with {told}")
    return Tuned(recommender, spec_label(spec), tuple(trials))


def merged(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with changes on top, also in the sections inside."""
    both = dict(settings)
    for name, value in changes.items():
        inside = both.get(name, {})
        both[name] = merged(inside, value) if isinstance(value, Mapping) else value
    return both


def _try(plan: Plan, drawn: Mapping[str, Any], bench: Bench) -> TuningTrial:
    """Train by a plan and look at validation; the model is not kept, and the test not touched."""
    path = bench.runs / "tuning" / f"{plan.id}.json"
    if path.is_file():
        return replace(TuningTrial(**read_json(path)), drawn=drawn)
    start = time.monotonic()
    validation, fault = None, ""
    try:
        with noticing_memory_kills(bench.runs / "started" / plan.id):
            recommender: Recommender = build_plugin("recommender", plan.recommender, plan.options)
            recommender.fit(bench.task.train, bench.feature_set(plan.spec), bench.task.validation)
            validation = evaluate(recommender, bench.task.validation).metrics[MAIN]
    except Exception as error:  # Other settings may still do.
        fault = why_it_failed(error)
    options = {name: value for name, value in plan.options.items() if name != "seed"}
    trial = TuningTrial(dict(drawn), options, validation, time.monotonic() - start, fault)
    if not fault:
        write_json(path, asdict(trial))
    return trial


def _nested(pairs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for (*outer, name), value in pairs:
        inside = found
        for section in outer:
            inside = inside.setdefault(section, {})
        inside[name] = value
    return found
