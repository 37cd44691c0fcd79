import numpy as np
import torch

from recommend.worlds import features
from seesay.recommend.bert4rec import GAP, BERT4Rec, BERT4RecSettings, _with_gaps
from seesay.recommend.interactions import Interactions
from seesay.recommend.sequences import Tokens

HISTORIES = [np.array([10, 11, 12, 13]), np.array([20, 21]), np.array([30, 31, 32])]


def gaps(**options):
    settings = BERT4RecSettings(**options)
    return _with_gaps(HISTORIES, settings, np.random.default_rng(0))


def test_the_last_item_alone() -> None:
    batch = gaps(last_share=1.0)
    assert batch.targets.tolist() == [13, 21, 32]
    assert batch.tokens.items.tolist() == [10, 11, 12, GAP, 20, GAP, 30, 31, GAP]
    assert batch.asked.tolist() == [3, 5, 8]
    number, item = batch.excluded
    assert list(zip(number.tolist(), item.tolist(), strict=True)) == [(0, 13), (1, 21), (2, 32)]


def test_what_comes_after_a_gap_is_no_negative_of_it() -> None:
    batch = gaps(last_share=0.0, gap_share=0.999)
    assert batch.targets.tolist() == np.concatenate(HISTORIES).tolist()
    number, item = batch.excluded
    pairs = {row: item[number == row].tolist() for row in range(9)}
    assert pairs[0] == [10, 11, 12, 13]
    assert pairs[2] == [12, 13]
    assert pairs[5] == [21]
    whole = gaps(last_share=0.0, gap_share=0.999, mask_history=True).excluded
    assert whole[1][whole[0] == 2].tolist() == [10, 11, 12, 13]


def test_every_history_has_a_gap() -> None:
    batch = gaps(last_share=0.0, gap_share=1e-9)
    assert batch.targets.tolist() == [13, 21, 32]


def test_it_looks_both_ways_and_never_at_the_padding() -> None:
    torch.manual_seed(0)
    model = BERT4Rec(BERT4RecSettings(dim=8, heads=2)).build(features("id"), 40).eval()
    for block in model.blocks:
        torch.nn.init.normal_(block.merge.weight)
    torch.nn.init.normal_(model.gap)

    def first_state(*histories: list[int]) -> np.ndarray:
        tokens = Tokens.from_histories([np.array(history) for history in histories], 50)
        with torch.no_grad():
            return model.states(model.items(tokens.items.clamp(min=0)), tokens)[0].numpy()

    alone = first_state([GAP, 3])
    np.testing.assert_allclose(first_state([GAP, 3], [1, 2, 3, 4, 5]), alone, atol=1e-6)
    assert np.abs(first_state([GAP, 7]) - alone).max() > 1e-3


def test_it_learns_an_order() -> None:
    starts = np.random.default_rng(0).integers(0, 12, 300)
    train = Interactions.from_histories([(start + np.arange(5)) % 12 for start in starts], 12)
    settings = BERT4RecSettings(dim=16, epochs=25, batch_users=32, learning_rate=0.01)
    fitted = BERT4Rec(settings).fit(train, features("id"))
    assert fitted.score([np.array([4, 5, 6]), np.array([10, 11])]).argmax(axis=1).tolist() == [7, 0]


def test_a_gap_enters_as_the_item_shown_before_it_in_the_same_history() -> None:
    model = BERT4Rec(BERT4RecSettings(dim=2, heads=1)).build(features("id"), 40).eval()
    histories = [np.array([5, GAP, GAP]), np.array([GAP, 7])]
    vectors = torch.arange(10.0).view(5, 2)
    with torch.no_grad():
        model.gap.copy_(torch.tensor([0.25, 0.5]))
        entered = model.enter(vectors, Tokens.from_histories(histories, 50)) - torch.tensor(
            [[0.0, 0.0], [0.25, 0.5], [0.25, 0.5], [0.25, 0.5], [0.0, 0.0]]
        )
    expected = torch.tensor([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 0.0], [8.0, 9.0]])
    torch.testing.assert_close(entered, expected * 2**0.5)


def test_untrained_it_ranks_by_nearness_to_the_last_item() -> None:
    model = BERT4Rec(BERT4RecSettings(dim=8, heads=2)).build(features("title"), 40).eval()
    tokens = Tokens.from_histories([np.array([3, 4, GAP])], 50)
    with torch.no_grad():
        vectors = model.items(torch.arange(40))
        state = model.states(vectors[tokens.items.clamp(min=0)], tokens)[2]
    last = torch.nn.functional.normalize(vectors[4], dim=0)
    torch.testing.assert_close(state, last, rtol=0, atol=1e-5)
