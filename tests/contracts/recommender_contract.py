"""What every recommender must do; `test_recommenders.py` runs it over all that are installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from recommend.worlds import checkerboard, colours, features
from seesay.core.plugins import build_plugin, plugin_class
from seesay.recommend.base import Growing
from seesay.recommend.interactions import Holdout, Interactions
from seesay.recommend.ranking import rank, target_ranks

SMALL: dict[str, Any] = {
    "dim": 16,
    "epochs": 12,
    "batch_users": 32,
    "learning_rate": 0.01,
    "least_steps": 4,
}
SPECS = {"nothing": ("id",), "id": ("id",), "content": ("look",), "any": ("id", "look", "id+look")}


def specs(name: str) -> tuple[str, ...]:
    """Return feature sets that a recommender must take."""
    return SPECS[plugin_class("recommender", name).takes]


def fields(name: str) -> Any:
    """Return the settings that it has."""
    return plugin_class("recommender", name).Settings.model_fields


def build(name: str, **options: Any) -> Any:
    """Build it, small where its size can be set."""
    small = {key: value for key, value in SMALL.items() if key in fields(name)}
    return build_plugin("recommender", name, {**small, **options})


def fitted(name: str, spec: str, **options: Any) -> Any:
    """Fit it on the checkerboard."""
    train, holdout = checkerboard()
    return build(name, **options).fit(train, features(spec), holdout)


def settings_survive_a_round_trip(name: str) -> None:
    settings = plugin_class("recommender", name).Settings()
    assert type(settings)(**settings.model_dump(mode="json")) == settings


def same_seed_gives_the_same_scores(name: str, spec: str) -> None:
    train, _ = checkerboard()
    first, second = (fitted(name, spec).score(train.histories()[:10]) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def scores_have_the_right_form(name: str, spec: str) -> None:
    train, _ = checkerboard()
    model = fitted(name, spec)
    histories = [train.history(0), np.empty(0, np.int32), train.history(1)[-1:]]
    scores = model.score(histories)
    assert scores.shape == (3, train.n_items)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    one_by_one = np.vstack([model.score([history]) for history in histories])
    np.testing.assert_allclose(scores, one_by_one, atol=1e-5)
    assert model.score([]).shape == (0, train.n_items)


def dot_products_agree_with_scores(name: str, spec: str) -> None:
    train, _ = checkerboard()
    model = fitted(name, spec)
    if hasattr(model, "user_vectors"):
        histories = train.histories()[:20]
        product = model.user_vectors(histories) @ model.item_vectors().T
        np.testing.assert_allclose(product, model.score(histories), atol=1e-5)


def save_and_load_give_the_same_scores(name: str, spec: str, folder: Path) -> None:
    train, _ = checkerboard()
    model = fitted(name, spec)
    folder.mkdir()
    model.save(folder)
    again = build(name).load(folder, features(spec, colours()))
    histories = train.histories()[:20]
    np.testing.assert_allclose(again.score(histories), model.score(histories), atol=1e-6)
    assert again.summary() == model.summary()
    assert {path.suffix for path in folder.iterdir()} <= {".safetensors", ".json"}


def finds_the_checkerboard(name: str, spec: str) -> None:
    """Half of the items are right for a user; the first five must nearly all be."""
    model = fitted(name, spec)
    _, holdout = checkerboard(seed=1)
    top = rank(model, holdout, 5).top
    right = top % 2 == (np.arange(len(top)) % 2)[:, None]
    assert right.mean() > 0.95


def places_new_items_by_their_content(name: str, spec: str) -> None:
    """One with the content of an old item; by content alone the two are scored alike."""
    train, _ = checkerboard()
    model = fitted(name, spec)
    assert isinstance(model, Growing)
    grown = model.with_items({"look": colours()[3:4]})
    histories = [train.history(0), train.history(1), np.array([5, train.n_items], np.int32)]
    scores = grown.score(histories)
    assert scores.shape == (3, train.n_items + 1)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(scores[:2, :-1], model.score(histories[:2]), atol=1e-4)
    if spec == "look":
        np.testing.assert_allclose(scores[:, -1], scores[:, 3], atol=1e-4)


def items_of_equal_content_tie(name: str) -> None:
    """Many items of few contents: whichever of those of one content is right, its rank is one."""
    random = np.random.default_rng(4)
    looks = np.repeat(random.normal(size=(12, 8)).astype(np.float32), 50, axis=0)
    histories = [random.choice(600, 6, replace=False).astype(np.int32) for _ in range(200)]
    train = Interactions.from_histories(histories, 600)
    model = build(name, **({"epochs": 1} if "epochs" in fields(name) else {}))
    model.fit(train, features("look", looks))
    asked = Interactions.from_histories([history[:3] for history in histories], 600)
    targets = np.array([history[5] for history in histories])
    twins = targets // 50 * 50 + (targets + 1) % 50
    free = [twin not in history[:3] for twin, history in zip(twins, histories, strict=True)]
    first, second = (target_ranks(model, Holdout(asked, each)) for each in (targets, twins))
    np.testing.assert_array_equal(first[free], second[free])
    assert (first > 40).all()
