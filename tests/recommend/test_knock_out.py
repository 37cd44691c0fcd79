"""The part that tells even items from odd ones is taken away, and with it the answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recommend.worlds import checkerboard, colours
from seesay.core.errors import SeesayError
from seesay.core.plugins import build_plugin
from seesay.recommend.base import FeatureSet, FeatureSpec
from seesay.recommend.geometry import Whitening
from seesay.recommend.interactions import Interactions
from seesay.recommend.knock_out import knockable_parts, knocked_out
from seesay.recommend.ranking import rank

FUSIONS = ("sum", "concat", "gate", "layers")
SMALL: dict[str, Any] = {"dim": 16, "epochs": 6, "batch_users": 32, "learning_rate": 0.01}


def given(spec: str) -> FeatureSet:
    """Look is the colours, sound is noise, and deep is noise beside the colours in two layers."""
    parsed = FeatureSpec.parse(spec)
    noise = np.random.default_rng(3).normal(size=(40, 8)).astype(np.float32)
    known = {"look": colours(), "sound": noise, "deep": np.hstack([noise, colours()])}
    content = {name: known[name] for name in parsed.content}
    return FeatureSet(parsed, content, {"deep": 2} if "deep" in content else {})


def fitted(name: str, spec: str, **options: Any) -> Any:
    train, holdout = checkerboard()
    small = {**SMALL, **options} if name in ("two-tower", "sasrec", "gru4rec") else options
    return build_plugin("recommender", name, small).fit(train, given(spec), holdout)


def share_right(recommender: Any) -> float:
    _, holdout = checkerboard(seed=1)
    top = rank(recommender, holdout, 5).top
    return float((top % 2 == (np.arange(len(top)) % 2)[:, None]).mean())


@pytest.mark.parametrize("fusion", FUSIONS)
def test_without_the_content_that_knows_the_answer_it_is_guessing(fusion: str) -> None:
    model = fitted("sasrec", "look+sound", tower={"fusion": fusion})
    assert share_right(model) > 0.95
    assert share_right(knocked_out(model, "sound")) > 0.9
    assert share_right(knocked_out(model, "look")) < 0.75
    assert share_right(model) > 0.95


@pytest.mark.parametrize("fusion", FUSIONS)
def test_without_the_id_the_content_is_left(fusion: str) -> None:
    model = fitted("two-tower", "id+deep", tower={"fusion": fusion})
    assert knockable_parts(model) == ("id", "deep")
    assert share_right(knocked_out(model, "id")) > 0.9
    before = model.score(checkerboard()[0].histories()[:4])
    knocked_out(model, "id")
    np.testing.assert_array_equal(model.score(checkerboard()[0].histories()[:4]), before)


def test_a_sum_by_hand() -> None:
    model = fitted("two-tower", "id+look", kept_content=0.0)
    tower = model._model.items
    identity = tower.identity.weight.detach().numpy()
    content = tower.projections["look"].weight.detach().numpy()
    whitened = Whitening.fit(colours(), 0.5)(colours())
    np.testing.assert_allclose(
        knocked_out(model, "look").item_vectors(),
        identity + whitened.mean(axis=0) @ content.T,
        atol=1e-5,
    )
    np.testing.assert_allclose(
        knocked_out(model, "id").item_vectors(),
        identity.mean(axis=0) + whitened @ content.T,
        atol=1e-5,
    )


def test_kept_content_is_knocked_out_too() -> None:
    model = fitted("two-tower", "id+look", kept_content=5.0)
    vectors = knocked_out(model, "look").item_vectors()[:, 16:]
    assert np.ptp(vectors, axis=0).max() == 0
    assert np.ptp(knocked_out(model, "id").item_vectors()[:, 16:], axis=0).max() > 0


def test_item_knn_is_left_with_the_other_part() -> None:
    train, _ = checkerboard()
    both, histories = fitted("item-knn", "id+look"), train.histories()[:9]
    for part, other in (("id", "look"), ("look", "id")):
        np.testing.assert_array_equal(
            knocked_out(both, part).score(histories), fitted("item-knn", other).score(histories)
        )


@pytest.mark.parametrize("name", ["content-knn", "item-knn"])
def test_one_of_several_contents_is_levelled(name: str) -> None:
    model = fitted(name, "look+sound")
    assert knockable_parts(model) == ("look", "sound")
    assert share_right(knocked_out(model, "sound")) > 0.95
    assert share_right(knocked_out(model, "look")) < 0.75


@pytest.mark.parametrize(
    ("name", "spec"),
    [("sasrec", "look"), ("item-knn", "id"), ("ease", "id+look"), ("popularity", "id")],
)
def test_what_has_no_parts_says_so(name: str, spec: str) -> None:
    model = fitted(name, spec)
    assert knockable_parts(model) == ()
    with pytest.raises(SeesayError, match="no parts"):
        knocked_out(model, "id")


def test_an_unknown_part_is_named_with_those_there_are() -> None:
    model = build_plugin("recommender", "content-knn", {})
    model.fit(Interactions.from_histories([], 40), given("look+sound"))
    with pytest.raises(SeesayError, match=r"'title' cannot.*look, sound"):
        knocked_out(model, "title")
