from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from recommend.worlds import checkerboard, colours, features
from seesay.core.errors import SeesayError
from seesay.recommend.base import FeatureSet, FeatureSpec, Growing
from seesay.recommend.content_knn import ContentKNN
from seesay.recommend.interactions import Interactions
from seesay.recommend.kept_content import WEIGHTS
from seesay.recommend.ranking import top_k
from seesay.recommend.tiger import Tiger, TigerSettings
from seesay.recommend.tiger_model import TigerModel, sibling_loss
from seesay.recommend.training import validation_ndcg
from seesay.recommend.trie import Trie

SMALL = {"dim": 16, "hidden": 16, "codes": 6, "learning_rate": 0.01, "batch_users": 32}


@pytest.fixture(scope="module")
def trained() -> Tiger:
    train, holdout = checkerboard()
    settings = TigerSettings(**SMALL, epochs=4, kept_content=0.0)
    return Tiger(settings).fit(train, features("id+look"), holdout)


def small_model() -> tuple[TigerModel, Trie]:
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    books = [random.normal(size=(4, 8)).astype(np.float32) for _ in range(2)]
    model = TigerModel(books, 3, TigerSettings(dim=8, longest=5, layers=1, hidden=8, flatten=True))
    ids = np.array([[0, 0, 0], [0, 0, 1], [0, 3, 0], [1, 2, 0], [2, 1, 0], [2, 2, 0], [2, 2, 1]])
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model, Trie.of(ids)


def test_the_loss_is_minus_the_log_probability_of_the_whole_id() -> None:
    model, trie = small_model()
    random = np.random.default_rng(1)
    states = [torch.from_numpy(random.normal(size=(9, 8)).astype(np.float32)) for _ in range(3)]
    targets = random.integers(0, 7, 9)
    nodes = trie.nodes(7)[targets]
    with torch.no_grad():
        vectors = [model.nodes(torch.from_numpy(level.paths)).numpy() for level in trie.levels]
        losses = [
            sibling_loss(model, level, state, torch.from_numpy(nodes[:, depth]))
            for depth, (level, state) in enumerate(zip(trie.levels, states, strict=True))
        ]
    scores = trie.log_probabilities([state.numpy() for state in states], vectors, 7)
    wanted = -scores[np.arange(9), targets].sum()
    np.testing.assert_allclose(sum(loss.item() for loss in losses), wanted, rtol=1e-5)


def test_what_is_not_in_the_trie_counts_for_nothing() -> None:
    model, trie = small_model()
    states = torch.randn(3, 8)
    whole = sibling_loss(model, trie.levels[0], states, torch.tensor([0, -1, 2]))
    part = sibling_loss(model, trie.levels[0], states[[0, 2]], torch.tensor([0, 2]))
    torch.testing.assert_close(whole, part)
    assert sibling_loss(model, trie.levels[0], states, torch.tensor([-1] * 3)).item() == 0


def test_scores_are_log_probabilities(trained: Tiger) -> None:
    train, _ = checkerboard()
    scores = trained.score(train.histories()[:9]).astype(np.float64)
    np.testing.assert_allclose(np.exp(scores).sum(axis=1), 1, atol=1e-4)


def test_an_empty_history_scores_all_items_alike(trained: Tiger) -> None:
    nothing = [np.empty(0, np.int32)]
    assert not trained.score(nothing).any()
    assert (trained.recommend(nothing, 5)[0] == -1).all()


@pytest.mark.parametrize("k", [1, 5, 31, 40])
def test_generated_items_are_real_distinct_and_unseen(trained: Tiger, k: int) -> None:
    histories = checkerboard()[0].histories()[:20]
    indices, values = trained.recommend(histories, k)
    assert indices.shape == values.shape == (20, k)
    for history, row, odds in zip(histories, indices, values, strict=True):
        found = row[row >= 0].tolist()
        assert len(found) == len(set(found)) == min(k, 40 - len(history))
        assert max(found) < 40
        assert not set(found) & set(history.tolist())
        np.testing.assert_array_equal(np.isfinite(odds), row >= 0)


def test_a_wide_beam_generates_what_the_scores_say(trained: Tiger) -> None:
    histories = checkerboard()[0].histories()[:20]
    exact, scores = top_k(trained, histories, 10)
    indices, values = trained.recommend(histories, 10)
    np.testing.assert_array_equal(indices, exact)
    np.testing.assert_allclose(values, scores, atol=1e-5)


def test_every_item_has_an_id_of_its_own_and_the_summary_says_how(trained: Tiger) -> None:
    assert trained.ids.shape == (40, 4)
    assert len(np.unique(trained.ids, axis=0)) == 40
    summary = trained.summary()
    assert [level["codes"] for level in summary["codebooks"]] == [6, 6, 6]
    assert all(1 <= level["perplexity"] <= level["used"] <= 6 for level in summary["codebooks"])
    assert summary["collisions"]["largest"] == trained.ids[:, -1].max() + 1


def test_fewer_items_than_codes_make_the_codebook_small(capsys: pytest.CaptureFixture[str]) -> None:
    train, holdout = checkerboard()
    settings = TigerSettings(**{**SMALL, "codes": 256}, epochs=1)
    model = Tiger(settings).fit(train, features("look"), holdout)
    assert [level["codes"] for level in model.summary()["codebooks"]] == [10, 10, 10]
    assert capsys.readouterr().err.splitlines()[0] == (
        "tiger uses 10 codes a level: there are only 40 items"
    )


def test_a_new_item_gets_an_id_and_is_recommended_without_training(trained: Tiger) -> None:
    train, _ = checkerboard()
    assert isinstance(trained, Growing)
    grown = trained.with_items({"look": colours()[:4]})
    assert grown.ids.shape == (44, 4)
    np.testing.assert_array_equal(grown.ids[:40], trained.ids)
    assert len(np.unique(grown.ids, axis=0)) == 44
    scores = grown.score(train.histories()[:20])
    assert scores.shape == (20, 44)
    wanted = np.arange(20) % 2
    assert ((scores[:, 40] > scores[:, 41]) == (wanted == 0)).mean() > 0.9
    assert {40, 42} & set(grown.recommend(train.histories()[:20:2], 10)[0].ravel().tolist())
    # All of the forty were watched: what was learned of them stays.
    np.testing.assert_allclose(scores[:, :40], trained.score(train.histories()[:20]), atol=1e-5)


def test_new_items_of_the_same_content_have_ids_of_their_own_and_the_same_score(
    trained: Tiger,
) -> None:
    train, _ = checkerboard()
    grown = trained.with_items({"look": np.repeat(colours()[:1], 500, axis=0)})
    assert len(np.unique(grown.ids, axis=0)) == 540
    scores = grown.score(train.histories()[:9])
    assert (scores[:, 40:] == scores[:, 40:41]).all()
    read = grown.score([np.array([0, 40], np.int32), np.array([0, 539], np.int32)])
    np.testing.assert_allclose(read[0], read[1], atol=1e-5)


def test_a_saved_one_takes_new_items_too(trained: Tiger, tmp_path: Path) -> None:
    trained.save(tmp_path)
    again = Tiger(trained.settings).load(tmp_path, features("id+look"))
    new = {"look": colours()[:4]}
    grown = trained.with_items(new)
    np.testing.assert_array_equal(again.with_items(new).ids, grown.ids)
    grown.save(tmp_path)
    histories = checkerboard()[0].histories()[:5]
    looks = np.vstack([colours(), new["look"]])
    read = Tiger(trained.settings).load(tmp_path, features("id+look", looks))
    np.testing.assert_allclose(read.score(histories), grown.score(histories), atol=1e-6)


def keeping(weight: float | None, learning_rate: float = 0.01) -> Tiger:
    train, holdout = checkerboard()
    options = {**SMALL, "learning_rate": learning_rate}
    settings = TigerSettings(**options, epochs=2, kept_content=weight)
    return Tiger(settings).fit(train, features("look"), holdout)


def test_kept_content_is_added_to_the_log_probabilities(tmp_path: Path) -> None:
    train, _ = checkerboard()
    histories = train.histories()[:9]
    plain, kept = keeping(0.0), keeping(0.6)
    content = ContentKNN().fit(train, features("look")).score(histories)
    expected = plain.score(histories) + 0.6 / 0.06 * content
    np.testing.assert_allclose(kept.score(histories), expected, atol=1e-4)
    kept.save(tmp_path)
    again = Tiger(kept.settings).load(tmp_path, features("look"))
    np.testing.assert_array_equal(again.score(histories), kept.score(histories))


def test_the_validation_items_choose_how_much_is_kept() -> None:
    _, holdout = checkerboard()
    gains = [validation_ndcg(keeping(weight, 1e-5), holdout) for weight in WEIGHTS]
    chosen = keeping(None, 1e-5)
    assert chosen.summary()["kept_content"] == WEIGHTS[int(np.argmax(gains))] != 0
    assert validation_ndcg(chosen, holdout) == pytest.approx(max(gains))


def test_kept_content_ranks_what_the_beam_finds_and_places_new_items() -> None:
    histories = checkerboard()[0].histories()[:20]
    grown = keeping(0.6).with_items({"look": colours(seed=1)[:4]})
    exact, scores = top_k(grown, histories, 10)
    indices, values = grown.recommend(histories, 10)
    np.testing.assert_array_equal(indices, exact)
    np.testing.assert_allclose(values, scores, atol=1e-5)
    assert (indices >= 40).any()


def test_an_id_alone_cannot_place_a_new_item() -> None:
    train, holdout = checkerboard()
    model = Tiger(TigerSettings(**SMALL, epochs=1)).fit(train, features("id"), holdout)
    with pytest.raises(SeesayError, match="without content"):
        model.with_items({})


def test_items_that_nobody_watched_are_not_pushed_away() -> None:
    even = checkerboard()[0]
    kept = [history[history < 36] for history in even.histories()]
    train = Interactions.from_histories(kept, 40)
    # Without a validation nothing is kept.
    model = Tiger(TigerSettings(**SMALL, epochs=6)).fit(train, features("look"))
    known = np.exp(model.score(kept[:20])[:, :36].astype(np.float64))
    np.testing.assert_allclose(known.sum(axis=1), 1, atol=1e-4)
    right = np.arange(36, 40)[None] % 2 == (np.arange(20) % 2)[:, None]
    scores = model.score(kept[:20])
    place = (scores[:, None, :36] > scores[:, 36:, None]).sum(axis=2)
    assert place[right].mean() < 18 < place[~right].mean()


@pytest.mark.parametrize("matrix", [np.ones((40, 3)), np.zeros((40, 3))])
def test_a_constant_feature_gives_scores_all_the_same(matrix: np.ndarray) -> None:
    train, holdout = checkerboard()
    given = FeatureSet(FeatureSpec.parse("look"), {"look": matrix.astype(np.float32)})
    model = Tiger(TigerSettings(**SMALL, epochs=1)).fit(train, given, holdout)
    assert np.isfinite(model.score(train.histories()[:3])).all()
    assert model.summary()["collisions"] == {"items": 40, "groups": 1, "largest": 40}


def test_rqvae_is_the_other_quantiser() -> None:
    train, holdout = checkerboard()
    settings = TigerSettings(**SMALL, epochs=2, quantiser="rqvae", quantiser_epochs=3)
    one, two = (Tiger(settings).fit(train, features("look"), holdout) for _ in range(2))
    np.testing.assert_array_equal(one.ids, two.ids)
    histories = train.histories()[:5]
    np.testing.assert_array_equal(one.score(histories), two.score(histories))


def test_without_training_it_says_so() -> None:
    with pytest.raises(SeesayError, match="Call fit or load"):
        Tiger().score([np.array([1])])


def test_a_log_of_single_views_says_what_to_do() -> None:
    for histories in [[0], [1]], [[0, 0, 0], [0, 0]]:
        train = Interactions.from_histories([np.array(history) for history in histories], 2)
        with pytest.raises(SeesayError, match="watched two different items"):
            Tiger().fit(train, features("id"))


def test_attention_over_all_tokens_reads_each_history_by_itself() -> None:
    train, holdout = checkerboard()
    settings = TigerSettings(**SMALL, epochs=2, flatten=True, longest=4)
    model = Tiger(settings).fit(train, features("look"), holdout)
    histories = [train.history(0), train.history(1)[:2], train.history(2)[-1:]]
    one_by_one = np.vstack([model.score([history]) for history in histories])
    np.testing.assert_allclose(model.score(histories), one_by_one, atol=1e-5)
    np.testing.assert_allclose(model.score([histories[0][-4:]])[0], one_by_one[0], atol=1e-5)
    assert np.abs(model.score([histories[0][::-1]])[0] - one_by_one[0]).max() > 1e-3
