from __future__ import annotations

import numpy as np
import torch

from seesay.recommend.rqvae import RQVAE, _restart, quantiser, train_rqvae
from seesay.recommend.semantic_ids import quantise, residual_kmeans


def vectors(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(400, 6)).astype(np.float32)


def test_untrained_it_quantises_like_kmeans() -> None:
    given = vectors()
    books = residual_kmeans(given, 8, 2, np.random.default_rng(0))
    model = RQVAE(6, books)
    with torch.no_grad():
        latents = model.latents(torch.from_numpy(given)).numpy()
    np.testing.assert_array_equal(quantise(latents, books), quantise(given, books))


def test_loss_by_hand() -> None:
    # One vector (2, 0), codes (1, 0) then (0, 0): the residuals are 2 and 1 from their codes'
    # zeros, so each level is (1 + 0.25) * 1 / 2, and the reconstruction (1, 0) is off by 1 / 2.
    books = [np.array([[1, 0], [-9, 9]], np.float32), np.array([[0, 0], [9, 9]], np.float32)]
    loss = RQVAE(2, books).loss(torch.tensor([[2.0, 0.0]]))
    assert loss.item() == 0.5 + 2 * 1.25 / 2


def test_training_learns_to_give_the_vectors_back() -> None:
    # The quantiser is trained where a few directions carry all: three of them, seen through six.
    random = np.random.default_rng(1)
    given = (random.normal(size=(400, 3)) @ random.normal(size=(3, 6))).astype(np.float32)
    table = torch.from_numpy(given)
    torch.manual_seed(0)
    untrained = RQVAE(6, residual_kmeans(given, 8, 2, np.random.default_rng(0)))
    torch.manual_seed(0)
    trained = train_rqvae(given, 8, 2, 40, np.random.default_rng(0))
    assert trained.loss(table).item() < 0.9 * untrained.loss(table).item()
    assert len(np.unique(quantiser(trained)(given), axis=0)) > 30


def test_the_quantiser_is_the_network() -> None:
    given = vectors()
    trained = train_rqvae(given, 8, 2, 5, np.random.default_rng(0))
    with torch.no_grad():
        latents = trained.latents(torch.from_numpy(given)).numpy()
    made = quantiser(trained)
    np.testing.assert_array_equal(made(given), quantise(latents, made.codebooks))
    assert not np.array_equal(made(given), quantise(given, made.codebooks))


def test_a_dead_code_is_put_among_the_latents() -> None:
    given = vectors()
    books = residual_kmeans(given, 4, 1, np.random.default_rng(0))
    books[0][2] = 1e6
    model = RQVAE(6, books)
    _restart(model, torch.from_numpy(given), np.random.default_rng(0))
    assert (model.codebooks[0].detach().numpy()[2] == given).all(axis=1).any()
