"""What the frames look like to an ImageNet classifier, in hedged words.

The class names in `imagenet_labels.txt` are facts, one a line in class order: the short names that
CLIP's authors published (kept in the PyPI package open_clip_torch, MIT licence), shortened where
they explained themselves, each with a broader kind that we assigned by hand. The kinds matter: a
cat seen in a video is spread over four breeds, none of them sure, and only their sum says "cat".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

CATCH_ALL = "thing"
FAINT = 0.03
MASS_NOUNS = frozenset(
    {
        "clothing",
        "kitchenware",
        "sports gear",
        "food",
        "landscape",
        "medical gear",
        "velvet fabric",
        "wool",
        "hay",
        "dough",
        "guacamole",
        "broccoli",
        "packaging",
    }
)


@dataclass(frozen=True)
class Guess:
    """One thing that may be in the picture, scored as `recognise` says."""

    name: str
    probability: float


@dataclass(frozen=True)
class Recognised:
    """What was recognised, the likeliest first.

    Attributes:
        kinds: broad kinds above their threshold.
        classes: single classes above theirs.
        faint: where there is neither, the best guesses all the same.
    """

    kinds: tuple[Guess, ...] = ()
    classes: tuple[Guess, ...] = ()
    faint: tuple[Guess, ...] = ()


@cache
def label_table() -> tuple[tuple[str, str], ...]:
    """Return (name, kind) of the 1000 classes, in class order."""
    text = (files("seesay.describe.senses") / "imagenet_labels.txt").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    return tuple((name, kind) for name, kind in rows)


def recognise(
    probabilities: np.ndarray, class_threshold: float, kind_threshold: float, most: int
) -> Recognised:
    """Pick what can be said from the class probabilities of a video's frames.

    A class or kind counts with its mean over the frames, or with half its best frame where that is
    more, so that a thing which is clear in one shot of several is not averaged away.

    Args:
        probabilities: [frames, 1000], rows sum to 1.
        class_threshold: the least score at which a class is named.
        kind_threshold: the least score at which a kind is named.
        most: how many classes and how many kinds at most.
    """
    if len(probabilities) == 0:
        return Recognised()
    names = [name for name, _ in label_table()]
    kinds = np.array([kind for _, kind in label_table()])
    kind_names = sorted({*kinds.tolist()} - {CATCH_ALL})
    by_kind = np.stack([probabilities[:, kinds == kind].sum(axis=1) for kind in kind_names], axis=1)
    sure = Recognised(
        kinds=_best(by_kind, kind_names, kind_threshold, most),
        classes=_best(probabilities, names, class_threshold, most),
    )
    if sure.kinds or sure.classes:
        return sure
    return Recognised(faint=_best(probabilities, names, FAINT, min(most, 3)))


def with_article(name: str) -> str:
    """Return the name as one would say it: "an espresso", "a cat", "sunglasses"."""
    if name in MASS_NOUNS or (name.endswith("s") and not name.endswith(("ss", "us", "is"))):
        return name
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _best(scores: np.ndarray, names: list[str], threshold: float, most: int) -> tuple[Guess, ...]:
    score = np.maximum(scores.mean(axis=0), scores.max(axis=0) / 2)
    order = np.argsort(-score, kind="stable")[:most]
    return tuple(Guess(names[i], float(score[i])) for i in order if score[i] >= threshold)
