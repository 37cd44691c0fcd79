from __future__ import annotations

import numpy as np
import pytest
import torch

from recommend.worlds import colours, features
from seesay.recommend.geometry import half_whiten
from seesay.recommend.item_tower import ItemTower, ItemTowerSettings

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
    whitened = half_whiten(colours(), 0.5)
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


def test_content_is_not_saved_with_the_weights() -> None:
    tower = ItemTower(features("id+look"), 40, 8, ItemTowerSettings())
    assert set(tower.state_dict()) == {"identity.weight", "projections.look.weight"}
