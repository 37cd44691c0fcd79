"""Which part of a fused item does the work: a trained recommender is scored without one of them."""

from __future__ import annotations

from copy import copy, deepcopy
from dataclasses import replace

import numpy as np
import torch

from seesay.core.errors import SeesayError
from seesay.recommend.base import ID, Recommender
from seesay.recommend.content_knn import ContentKNN
from seesay.recommend.geometry import ContentSpace
from seesay.recommend.item_knn import ItemKNN
from seesay.recommend.item_tower import ItemTower
from seesay.recommend.neural import NeuralRecommender


def knockable_parts(recommender: Recommender) -> tuple[str, ...]:
    """Return the parts that can be knocked out of a trained recommender: `id`, names of content.

    None where there is but one part, or where parts are no longer apart: `ease` solves for all of
    them at once, and `tiger` makes one ID of them.
    """
    if isinstance(recommender, NeuralRecommender):
        tower = recommender._trained().items
        identity, content = tower.identity is not None, list(tower.layers)
    elif isinstance(recommender, ItemKNN):
        identity, known = recommender._similarity is not None, recommender._content
        content = list(known._space.whitenings) if known else []
    elif isinstance(recommender, ContentKNN):
        identity, content = False, list(recommender._space.whitenings)
    else:
        return ()
    parts = ([ID] if identity else []) + content
    return tuple(parts) if len(parts) > 1 else ()


def knocked_out(recommender: Recommender, part: str) -> Recommender:
    """Return one that scores as if all items were alike in a part; `recommender` stays as it is.

    Every item gets the part's mean over the items, in histories and as a candidate. Not zeros:
    training never saw these, so that a gate or a layer of the network might break on them, while
    the mean takes away nothing but what tells the items apart.

    Args:
        part: one of `knockable_parts`.

    Raises:
        SeesayError: there is no such part, or it is the only one.
    """
    parts = knockable_parts(recommender)
    if part not in parts:
        raise SeesayError(
            f"'{part}' cannot be knocked out of this {recommender.name}.",
            f"Its parts are: {', '.join(parts)}." if parts else "It has no parts to be told apart.",
        )
    if isinstance(recommender, NeuralRecommender):
        return _neural(recommender, part)
    if isinstance(recommender, ItemKNN):
        return _item_knn(recommender, part)
    assert isinstance(recommender, ContentKNN)
    return _content_knn(recommender, part)


def _neural(recommender: NeuralRecommender, part: str) -> NeuralRecommender:
    without = copy(recommender)
    without._model = deepcopy(recommender._trained())
    _level(without._model.items, part)
    kept = recommender._kept
    if part != ID and kept is not None:
        without._kept = replace(kept, vectors=_levelled(kept.space, kept.vectors, part))
    without._freeze()
    return without


@torch.no_grad()
def _level(tower: ItemTower, part: str) -> None:
    """Give every item of a tower the mean of a part; a projection of means is the mean of it."""
    if part != ID:
        values = tower.get_buffer(f"content_{part}")
    else:
        assert tower.identity is not None
        values = tower.identity.weight
    values[:] = values.mean(dim=0)


def _item_knn(recommender: ItemKNN, part: str) -> ItemKNN:
    without = copy(recommender)
    content = recommender._content
    if part == ID:
        without._similarity = None
    elif content is not None:
        alone = list(content._space.whitenings) == [part]
        without._content = None if alone else _content_knn(content, part)
    return without


def _content_knn(recommender: ContentKNN, part: str) -> ContentKNN:
    levelled = _levelled(recommender._space, recommender._content, part)
    return copy(recommender)._place(levelled)


def _levelled(space: ContentSpace, vectors: np.ndarray, part: str) -> np.ndarray:
    """Return vectors with the columns of one feature all at their mean."""
    start = 0
    for name, whitening in space.whitenings.items():
        stop = start + whitening.axes.shape[1]
        if name == part:
            break
        start = stop
    levelled = vectors.copy()
    levelled[:, start:stop] = vectors[:, start:stop].mean(axis=0)
    return levelled
