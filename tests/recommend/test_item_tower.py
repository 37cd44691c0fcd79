from __future__ import annotations

import numpy as np
import pytest
import torch

from recommend.worlds import colours, features
from seesay.recommend.base import FeatureSet, FeatureSpec
from seesay.recommend.geometry import Whitening
from seesay.recommend.item_tower import ItemTower, ItemTowerSettings, LayerMix

EVERY = torch.arange(40)


@pytest.mark.parametrize("spec", ["id", "look", "id+look", "look+sound", "id+look+sound"])
@pytest.mark.parametrize("fusion", ["sum", "concat", "gate"])
def test_every_part_learns(spec: str, fusion: str) -> None:
    torch.manual_seed(0)
    tower = ItemTower(features(spec), 40, 8, ItemTowerSettings.model_validate({"fusion": fusion}))
    vectors = tower(EVERY)
    assert vectors.shape == (40, 8)
    (vectors * torch.randn(40, 8)).sum().backward()
    for name, parameter in tower.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_an_untrained_content_tower_has_the_cosines_of_the_content() -> None:
    tower = ItemTower(features("look"), 40, 8, ItemTowerSettings())
    whitened = Whitening.fit(colours())(colours())
    with torch.no_grad():
        vectors = tower(EVERY).numpy()
    np.testing.assert_allclose(vectors @ vectors.T, whitened @ whitened.T, atol=1e-5)


def test_untrained_fusions_start_from_the_same_sum() -> None:
    results = []
    for fusion in ("sum", "concat", "gate"):
        torch.manual_seed(0)
        settings = ItemTowerSettings.model_validate({"fusion": fusion})
        results.append(ItemTower(features("id+look"), 40, 8, settings)(EVERY))
    torch.testing.assert_close(results[0], results[1])
    torch.testing.assert_close(results[0], results[2])


@pytest.mark.parametrize("name", ["type", "items", "train", "training", "keys"])
def test_a_feature_may_be_called_like_something_of_torch(name: str) -> None:
    spec = FeatureSpec.parse(f"id+{name}")
    tower = ItemTower(FeatureSet(spec, {name: colours()}), 40, 8, ItemTowerSettings())
    same = ItemTower(features("id+look"), 40, 8, ItemTowerSettings())
    with torch.no_grad():
        tower.identity.weight.copy_(same.identity.weight)
    torch.testing.assert_close(tower(EVERY), same(EVERY))
    assert any(name in part for part in tower.state_dict())


def test_content_is_not_saved_with_the_weights() -> None:
    tower = ItemTower(features("id+look"), 40, 8, ItemTowerSettings())
    axes = {"mean_look_0", "axes_look_0"}
    assert set(tower.state_dict()) == {"identity.weight", "projections.look.weight", *axes}


def layered(count: int = 3) -> FeatureSet:
    """Return an ID and a feature of layers, the first of them the colours, the others noise."""
    noise = np.random.default_rng(5).standard_normal((40, 8 * (count - 1))).astype(np.float32)
    spec = FeatureSpec.parse("id+hidden")
    return FeatureSet(spec, {"hidden": np.hstack([colours(), noise])}, {"hidden": count})


def test_every_layer_and_its_weight_learn() -> None:
    torch.manual_seed(0)
    tower = ItemTower(layered(), 40, 8, ItemTowerSettings(fusion="layers"))
    (tower(EVERY) * torch.randn(40, 8)).sum().backward()
    learned = dict(tower.named_parameters())
    assert {"projections.hidden.weights", "projections.hidden.projections.2.weight"} <= set(learned)
    for name, parameter in learned.items():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_layers_start_from_their_mean_each_half_whitened_by_itself() -> None:
    features = layered().without_id()
    tower = ItemTower(features, 40, 8, ItemTowerSettings(fusion="layers"))
    blocks = np.split(features.content["hidden"], 3, axis=1)
    by_hand = np.mean([Whitening.fit(block)(block) for block in blocks], axis=0)
    with torch.no_grad():
        np.testing.assert_allclose(tower(EVERY).numpy(), by_hand, atol=1e-6)
    assert not [name for name in tower.state_dict() if name.startswith("content")]


def test_the_weights_find_the_layer_that_helps() -> None:
    torch.manual_seed(0)
    features = layered().without_id()
    tower = ItemTower(features, 40, 8, ItemTowerSettings(fusion="layers"))
    goal = torch.from_numpy(Whitening.fit(colours())(colours()))
    optimiser = torch.optim.Adam(tower.parameters(), 0.05)
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.mse_loss(tower(EVERY), goal).backward()
        optimiser.step()
    mix = tower.projections["hidden"]
    assert isinstance(mix, LayerMix)
    assert mix.weights.softmax(0).argmax() == 0


def test_without_layers_the_fusion_of_layers_is_the_gate() -> None:
    towers = []
    for fusion in ("gate", "layers"):
        torch.manual_seed(0)
        settings = ItemTowerSettings.model_validate({"fusion": fusion})
        towers.append(ItemTower(features("id+look"), 40, 8, settings))
    assert towers[0].state_dict().keys() == towers[1].state_dict().keys()
    torch.testing.assert_close(towers[0](EVERY), towers[1](EVERY))


@pytest.mark.parametrize("fusion", ["sum", "concat", "gate"])
def test_other_fusions_take_layers_as_one_vector(fusion: str) -> None:
    settings = ItemTowerSettings.model_validate({"fusion": fusion})
    made = layered()
    results = []
    for one in (made, FeatureSet(made.spec, made.content)):
        torch.manual_seed(0)
        results.append(ItemTower(one, 40, 8, settings)(EVERY))
    assert torch.equal(results[0], results[1])
