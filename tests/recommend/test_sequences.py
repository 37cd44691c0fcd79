from __future__ import annotations

import numpy as np
import pytest
import torch

from seesay.recommend.interactions import Interactions
from seesay.recommend.sequences import Tokens, training_batches

HISTORIES = [np.array([5, 6, 7]), np.array([8]), np.array([1, 2])]


def test_tokens_by_hand() -> None:
    tokens = Tokens.from_histories(HISTORIES, longest=2)
    assert tokens.items.tolist() == [6, 7, 8, 1, 2]
    assert tokens.rows.tolist() == [0, 0, 1, 2, 2]
    assert tokens.columns.tolist() == [0, 1, 0, 0, 1]
    assert tokens.last().tolist() == [1, 2, 4]


def test_padding_comes_after_each_history_and_goes_away_again() -> None:
    tokens = Tokens.from_histories(HISTORIES, longest=10)
    values = tokens.items.float()[:, None]
    padded = tokens.pad(values)
    assert padded[:, :, 0].tolist() == [[5, 6, 7], [8, 0, 0], [1, 2, 0]]
    assert torch.equal(tokens.unpad(padded), values)


LATER = {(0, 4), (0, 5), (1, 5)}
EVERYTHING = {(token, item) for token in (0, 1) for item in (3, 4, 5)}


@pytest.mark.parametrize(("mask_history", "masked"), [(False, LATER), (True, EVERYTHING)])
def test_batches_predict_the_next_item_and_name_what_is_no_negative(
    mask_history: bool, masked: set[tuple[int, int]]
) -> None:
    train = Interactions.from_histories([np.array([3, 4, 5]), np.array([9]), np.array([1, 2])], 10)
    batches = list(training_batches(train, 10, 1, mask_history, np.random.default_rng(0)))
    assert len(batches) == 2
    found = {}
    for batch in batches:
        seen = {(int(token), int(item)) for token, item in zip(*batch.excluded, strict=True)}
        found[tuple(batch.tokens.items.tolist())] = (batch.targets.tolist(), seen)
        assert (batch.excluded[0].diff() >= 0).all()
    assert found[(3, 4)] == ([4, 5], masked)
    assert found[(1,)][0] == [2]


def test_a_long_history_is_cut_to_its_end() -> None:
    train = Interactions.from_histories([np.arange(8)], 8)
    (batch,) = training_batches(train, 3, 4, True, np.random.default_rng(0))
    assert batch.tokens.items.tolist() == [4, 5, 6]
    assert batch.targets.tolist() == [5, 6, 7]
    assert batch.excluded[0].tolist() == [0] * 8 + [1] * 8 + [2] * 8
    assert batch.excluded[1].tolist() == [*range(8)] * 3
    (batch,) = training_batches(train, 3, 4, False, np.random.default_rng(0))
    assert batch.excluded[0].tolist() == [0, 0, 0, 1, 1, 2]
    assert batch.excluded[1].tolist() == [5, 6, 7, 6, 7, 7]
