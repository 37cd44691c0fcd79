from __future__ import annotations

import numpy as np
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


def test_batches_predict_the_next_item_and_name_all_that_the_user_saw() -> None:
    train = Interactions.from_histories([np.array([3, 4, 5]), np.array([9]), np.array([1, 2])], 10)
    batches = list(training_batches(train, 10, 1, np.random.default_rng(0)))
    assert len(batches) == 2
    found = {}
    for batch in batches:
        seen = {(int(token), int(item)) for token, item in zip(*batch.seen, strict=True)}
        found[tuple(batch.tokens.items.tolist())] = (batch.targets.tolist(), seen)
        assert (batch.seen[0].diff() >= 0).all()
    assert found[(3, 4)] == ([4, 5], {(t, i) for t in (0, 1) for i in (3, 4, 5)})
    assert found[(1,)] == ([2], {(0, 1), (0, 2)})


def test_a_long_history_is_cut_to_its_end() -> None:
    train = Interactions.from_histories([np.arange(8)], 8)
    (batch,) = training_batches(train, 3, 4, np.random.default_rng(0))
    assert batch.tokens.items.tolist() == [4, 5, 6]
    assert batch.targets.tolist() == [5, 6, 7]
    assert set(batch.seen[1].tolist()) == set(range(8))
