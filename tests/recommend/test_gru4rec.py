import numpy as np
import torch

from recommend.worlds import colours, features
from seesay.recommend.geometry import Whitening
from seesay.recommend.gru4rec import GRU4Rec, GRU4RecSettings
from seesay.recommend.interactions import Interactions
from seesay.recommend.sequences import Tokens


def model(spec: str = "look"):
    settings = GRU4RecSettings(dim=8, hidden=6)
    return GRU4Rec(settings).build(features(spec), 40).eval()


def test_untrained_it_ranks_by_nearness_to_the_last_item() -> None:
    built = model()
    tokens = Tokens.from_histories([np.array([3, 5, 8])], 50)
    vectors = built.items(tokens.items)
    with torch.no_grad():
        state = built.states(vectors, tokens)[-1].numpy()
    np.testing.assert_allclose(state, Whitening.fit(colours())(colours())[8], atol=1e-5)


def test_a_state_knows_what_came_before_it_and_no_more() -> None:
    torch.manual_seed(0)
    built = model("id")
    torch.nn.init.normal_(built.narrow.weight)

    def states(*histories: list[int]) -> np.ndarray:
        tokens = Tokens.from_histories([np.array(history) for history in histories], 50)
        with torch.no_grad():
            return built.states(built.items(tokens.items), tokens).numpy()

    together = states([1, 2, 3], [4, 5], [1, 2, 9, 9])
    np.testing.assert_allclose(together[:2], together[5:7], atol=1e-6)
    np.testing.assert_allclose(together[3:5], states([4, 5]), atol=1e-6)
    assert np.abs(together[2] - states([3])[0]).max() > 1e-3


def test_it_learns_an_order() -> None:
    """Each item is followed by the next one on a ring."""
    random = np.random.default_rng(0)
    starts = random.integers(0, 12, 200)
    rings = [(start + np.arange(5)) % 12 for start in starts]
    train = Interactions.from_histories(rings, 12)
    settings = GRU4RecSettings(dim=16, epochs=15, batch_users=32, learning_rate=0.01)
    fitted = GRU4Rec(settings).fit(train, features("id"))
    scores = fitted.score([np.array([3, 4, 5, 6]), np.array([8, 9, 10, 11])])
    assert scores.argmax(axis=1).tolist() == [7, 0]
