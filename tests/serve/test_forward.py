"""Numpy gives what torch gives, for every recommender that is served without torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from recommend.worlds import checkerboard, colours, features
from seesay.core.plugins import plugin_class
from seesay.recommend.base import Recommender
from seesay.serve.forward import FORWARDS, NumpyUsers, agrees


def trained(name: str, spec: str, folder: Path) -> Recommender:
    """Return one whose weights are far from the start, where many parts are zeros."""
    settings = plugin_class("recommender", name).Settings(
        dim=16, epochs=1, longest=10, kept_content=0.4
    )
    model: Recommender = plugin_class("recommender", name)(settings)
    model.fit(checkerboard()[0], features(spec))
    model.save(folder)
    from safetensors.torch import load_file, save_file

    torch.manual_seed(1)
    weights = load_file(folder / "weights.safetensors")
    shaken = {key: value + 0.3 * torch.randn(value.shape) for key, value in weights.items()}
    save_file(shaken, folder / "weights.safetensors")
    return plugin_class("recommender", name)(settings).load(folder, features(spec))


@pytest.mark.parametrize("spec", ["id", "id+look"])
@pytest.mark.parametrize("name", sorted(FORWARDS))
def test_vectors_of_users(tmp_path: Path, name: str, spec: str) -> None:
    model = trained(name, spec, tmp_path)
    options = model.settings.model_dump(mode="json")
    items = model.item_vectors()
    users = NumpyUsers(name, options, tmp_path, items, lambda: model)
    histories = [np.arange(length, dtype=np.int32) for length in (0, 1, 2, 9, 10, 11, 30)]
    np.testing.assert_allclose(
        users.user_vectors(histories), model.user_vectors(histories), atol=2e-5
    )
    assert agrees(users, model, np.random.default_rng(0))
    if spec == "id":
        return
    new = {"look": colours()[3:5]}
    grown, theirs = users.with_items(new), model.with_items(new)
    newest = [np.array([1, 40, 41], np.int32)]
    np.testing.assert_allclose(grown.score(newest), theirs.score(newest), atol=1e-4)
    again = grown.with_items({"look": colours()[5:6]})
    np.testing.assert_array_equal(again.item_vectors()[:42], grown.item_vectors())
    assert len(again.item_vectors()) == 43


@pytest.mark.parametrize("change", [{"layers": 1}, {"heads": 4}, {"layers": 3}])
def test_one_that_differs_is_noticed(tmp_path: Path, change: dict[str, int]) -> None:
    model = trained("sasrec", "id", tmp_path)
    options = {**model.settings.model_dump(mode="json"), **change}
    users = NumpyUsers("sasrec", options, tmp_path, model.item_vectors(), lambda: model)
    assert not agrees(users, model, np.random.default_rng(0))
