from __future__ import annotations

from pathlib import Path

import pytest

from contracts import recommender_contract as contract
from recommend.worlds import checkerboard, features
from seesay.core.errors import SeesayError
from seesay.core.plugins import plugin_class, plugin_names

NAMES = plugin_names("recommender")
CELLS = [(name, spec) for name in NAMES for spec in contract.specs(name)]
GROWING = [
    (name, spec)
    for name, spec in CELLS
    if hasattr(plugin_class("recommender", name), "with_items") and "look" in spec
]
SCORERS = [cell for cell in CELLS if cell[0] != "popularity"]


def test_the_five_of_the_first_release_are_installed() -> None:
    assert {"popularity", "item-knn", "content-knn", "two-tower", "sasrec"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_settings_survive_a_round_trip(name: str) -> None:
    contract.settings_survive_a_round_trip(name)


@pytest.mark.parametrize(("name", "spec"), CELLS)
def test_same_seed_same_scores(name: str, spec: str) -> None:
    contract.same_seed_gives_the_same_scores(name, spec)


@pytest.mark.parametrize(("name", "spec"), CELLS)
def test_scores_have_the_right_form(name: str, spec: str) -> None:
    contract.scores_have_the_right_form(name, spec)


@pytest.mark.parametrize(("name", "spec"), CELLS)
def test_dot_products_agree_with_scores(name: str, spec: str) -> None:
    contract.dot_products_agree_with_scores(name, spec)


@pytest.mark.parametrize(("name", "spec"), CELLS)
def test_save_and_load(name: str, spec: str, tmp_path: Path) -> None:
    contract.save_and_load_give_the_same_scores(name, spec, tmp_path / "model")


@pytest.mark.parametrize(("name", "spec"), SCORERS)
def test_finds_the_checkerboard(name: str, spec: str) -> None:
    contract.finds_the_checkerboard(name, spec)


@pytest.mark.parametrize(("name", "spec"), GROWING)
def test_places_new_items_by_their_content(name: str, spec: str) -> None:
    contract.places_new_items_by_their_content(name, spec)


# Those of tiger have tokens of their own, of which it learns.
@pytest.mark.parametrize(
    "name", sorted({name for name, spec in CELLS if spec == "look"} - {"tiger"})
)
def test_items_of_equal_content_tie(name: str) -> None:
    contract.items_of_equal_content_tie(name)


@pytest.mark.parametrize("name", ["two-tower", "sasrec"])
def test_an_id_alone_cannot_place_new_items(name: str) -> None:
    with pytest.raises(SeesayError, match="IDs alone"):
        contract.fitted(name, "id").with_items({})


def test_popularity_cannot_find_the_checkerboard() -> None:
    with pytest.raises(AssertionError):
        contract.finds_the_checkerboard("popularity", "id")


@pytest.mark.parametrize("name", ["two-tower", "sasrec"])
def test_another_seed_gives_other_weights(name: str) -> None:
    train, _ = checkerboard()
    one, two = (contract.fitted(name, "id", seed=seed) for seed in (0, 1))
    assert (one.score(train.histories()[:5]) != two.score(train.histories()[:5])).any()


@pytest.mark.parametrize("name", ["two-tower", "sasrec"])
def test_scoring_before_training_says_what_to_do(name: str) -> None:
    train, _ = checkerboard()
    with pytest.raises(SeesayError, match="Call fit or load"):
        contract.build(name).score(train.histories()[:1])


def test_content_knn_refuses_an_id() -> None:
    train, _ = checkerboard()
    with pytest.raises(SeesayError, match="item-knn"):
        contract.build("content-knn").fit(train, features("id+look"))
