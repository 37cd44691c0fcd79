"""A map of the items: those with like vectors stand near each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from seesay.recommend.geometry import Whitening

MOST_ITEMS = 2_000
MOST_FITTED = 20_000
MOST_TAGS = 9
FEWEST_FOR_TSNE = 100
AXES = 50
STEPS = 500
LONGEST_WORDS, LONGEST_TITLE, LONGEST_TAG = 180, 120, 40
TAG_COLUMNS = ("tag", "topic", "category", "genre", "language")
MOST_KINDS = 60


@dataclass(frozen=True)
class Place:
    """One item on the map.

    Attributes:
        x, y: between 0 and 1.
        colour: the place of its tag among the map's tags; -1 for any other.
    """

    x: float
    y: float
    colour: int
    tag: str
    title: str
    words: str


@dataclass(frozen=True)
class TagFact:
    """How close a tag's items stand in the feature itself, not on the map.

    Attributes:
        items: how many of them are on the map.
        alike: the share of them whose nearest other item has the same tag.
        chance: what that share would be if vectors said nothing of tags.
    """

    tag: str
    items: int
    alike: float
    chance: float


@dataclass(frozen=True)
class ItemMap:
    """Items of a feature in two dimensions.

    Attributes:
        total: how many items the feature has; the map shows a sample where they are many.
        by: the column that gives the tags; empty where there is none.
        tags: the commonest tags, each with a colour of its own.
        facts: of these tags and of all other items.
    """

    feature: str
    method: str
    total: int
    by: str
    tags: tuple[str, ...]
    places: tuple[Place, ...]
    facts: tuple[TagFact, ...]

    @property
    def others(self) -> bool:
        """Whether an item has no colour of its own."""
        return any(place.colour < 0 for place in self.places)


def make_map(
    feature: str,
    vectors: np.ndarray,
    item_ids: Sequence[str],
    items: pl.DataFrame,
    words: Mapping[str, str],
    seed: int = 0,
) -> ItemMap | None:
    """Return a map of at most 2,000 items, a seeded sample of them; None for fewer than three.

    Args:
        vectors: [items, dim], in the order of `item_ids`.
        items: the catalogue; its titles and, where it has one, its column of tags are used.
        words: descriptions by item.
    """
    if len(item_ids) < 3:
        return None
    generator = np.random.default_rng(seed)
    rows = np.sort(generator.permutation(len(item_ids))[:MOST_ITEMS])
    fitted = np.sort(generator.permutation(len(item_ids))[:MOST_FITTED])
    flat = Whitening.fit(vectors[fitted])(vectors[rows])
    places, method = _flatten(flat, seed)
    by = tag_column(items)
    titles = dict(items.select("item_id", "title").iter_rows())
    tag_of = dict(items.select("item_id", pl.col(by).cast(pl.String)).iter_rows()) if by else {}
    chosen = [item_ids[row] for row in rows]
    tags = [shorten(tag_of.get(item) or "", LONGEST_TAG) for item in chosen]
    common = tuple(tag for tag, _ in Counter(filter(None, tags)).most_common(MOST_TAGS))
    return ItemMap(
        feature,
        method,
        len(item_ids),
        by,
        common,
        tuple(
            Place(
                round(float(x), 4),
                round(float(y), 4),
                common.index(tag) if tag in common else -1,
                tag,
                shorten(titles.get(item) or item, LONGEST_TITLE),
                shorten(words.get(item, "")),
            )
            for item, tag, (x, y) in zip(chosen, tags, places, strict=True)
        ),
        tuple(_tag_facts(flat, tags, common)) if by else (),
    )


def tag_column(items: pl.DataFrame) -> str:
    """Return the column whose values can colour a map; empty where there is none.

    It is one of the usual names, of words or whole numbers, with two to sixty values.
    """
    for name in TAG_COLUMNS:
        if (
            name in items.columns
            and (items[name].dtype == pl.String or items[name].dtype.is_integer())
            and 2 <= items[name].drop_nulls().n_unique() <= MOST_KINDS
        ):
            return name
    return ""


def shorten(text: str, length: int = LONGEST_WORDS) -> str:
    """Return a text on one line, cut between words where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[:length].rsplit(" ", 1)[0] + " …"


def _flatten(vectors: np.ndarray, seed: int) -> tuple[np.ndarray, str]:
    """Return [items, 2] between 0 and 1, and how they were found: t-SNE from the main axes.

    Few items have no neighbourhoods to keep: their two main axes are the map.
    """
    axes = vectors[:, :AXES]
    if axes.shape[1] < 2:
        axes = np.hstack([axes, np.zeros((len(axes), 1), axes.dtype)])
    if len(vectors) >= FEWEST_FOR_TSNE and axes.std() > 0:
        from sklearn.manifold import TSNE

        flat = TSNE(2, init="pca", max_iter=STEPS, random_state=seed, n_jobs=1).fit_transform(axes)
        method = "t-SNE of the half-whitened vectors"
    else:
        flat, method = axes[:, :2], "the two main axes of the half-whitened vectors"
    low, high = flat.min(axis=0), flat.max(axis=0)
    return (flat - low) / np.where(high > low, high - low, 1.0), method


def _tag_facts(vectors: np.ndarray, tags: Sequence[str], common: Sequence[str]) -> list[TagFact]:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    names = np.array(tags)
    alike = names[cosines.argmax(axis=1)] == names
    others = len(names) - 1
    facts = []
    for tag in common:
        members = names == tag
        count = int(members.sum())
        facts.append(TagFact(tag, count, float(alike[members].mean()), (count - 1) / others))
    return facts
