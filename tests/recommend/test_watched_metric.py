from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommend.worlds import checkerboard, features, turn_axes
from seesay.encode.base import unit_rows
from seesay.recommend import watched_metric as module
from seesay.recommend.content_knn import ContentKNN, ContentKNNSettings
from seesay.recommend.interactions import Holdout, Interactions
from seesay.recommend.item_knn import ItemKNN, ItemKNNSettings
from seesay.recommend.knock_out import knocked_out
from seesay.recommend.ranking import ndcg, target_ranks
from seesay.recommend.watched_metric import watched_metric

WATCHED = ContentKNNSettings(metric="watched")
EYE = np.eye(2, dtype=np.float32)


def log(*histories: list[int], n_items: int) -> Interactions:
    return Interactions.from_histories([np.array(one, np.int32) for one in histories], n_items)


@pytest.mark.parametrize(("ridge", "eigenvalue"), [(0.0, 1 / 2), (1.0, 1 / 4)])
def test_by_hand(ridge: float, eigenvalue: float) -> None:
    # Two items on the axes, watched together once, and a third that is not watched: G is the
    # identity, C is a half off the diagonal. The axis (1, 1) attracts, (1, -1) is left the floor.
    vectors = np.vstack([EYE, [[0.6, 0.8]]]).astype(np.float32)
    metric = watched_metric(log([0, 1], n_items=3), vectors, ridge)
    likeness = np.array([[1, 1], [1, 1]]) / 2 + 0.001**0.5 * np.array([[1, -1], [-1, 1]]) / 2
    np.testing.assert_allclose(metric @ metric.T, eigenvalue**0.5 * likeness, 1e-5)


def test_it_is_the_least_squares_form_of_what_was_watched_together() -> None:
    # Without a ridge, M is nearest to the scaled co-occurrences with zeros on the diagonal.
    vectors = unit_rows(np.random.default_rng(1).normal(size=(9, 3)))
    histories = [[0, 1, 2], [1, 3], [4, 5, 6, 7], [0, 8], [2, 8, 5]]
    train = log(*histories, n_items=9)
    counts = np.bincount(np.concatenate(histories), minlength=9)
    wanted = np.zeros((9, 9))
    for one in histories:
        for a in one:
            for b in one:
                wanted[a, b] += (a != b) / len(one) / np.sqrt(counts[a] * counts[b])
    pairs = np.einsum("ik,jl->ijkl", vectors, vectors).reshape(81, 9)
    form = np.linalg.lstsq(pairs, wanted.ravel(), rcond=None)[0].reshape(3, 3)
    values, axes = np.linalg.eigh(form)
    values = np.sqrt(np.maximum(values, 1e-3 * values[-1]))
    metric = watched_metric(train, vectors, 0.0)
    np.testing.assert_allclose(metric @ metric.T, axes * values @ axes.T, atol=1e-4)


def test_an_item_of_many_views_counts_for_less_by_hand() -> None:
    # 0-1 once and 0-2 once, on three axes; 0 was watched twice: each pair counts 1/2 / root 2.
    metric = watched_metric(log([0, 1], [0, 2], n_items=3), np.eye(3, dtype=np.float32), 0.0)
    # That is C = [[0, c, c], [c, 0, 0], [c, 0, 0]], where c is 1 over root 8: eigenvalue 1/2.
    strongest = metric[:, np.abs(metric).max(axis=0).argmax()]
    np.testing.assert_allclose(np.abs(strongest), 0.5**0.25 * np.array([0.5**0.5, 0.5, 0.5]), 1e-5)


def test_without_anything_watched_together_it_changes_nothing() -> None:
    np.testing.assert_array_equal(watched_metric(log([0], [1], n_items=2), EYE, 0.1), EYE)
    np.testing.assert_array_equal(watched_metric(log(n_items=2), EYE, 0.1), EYE)
    vectors = unit_rows(np.random.default_rng(0).normal(size=(50, 8)))
    alone = log(*([item, item] for item in range(50)), n_items=50)
    np.testing.assert_array_equal(watched_metric(alone, vectors, 0.1), np.eye(8))


def test_users_in_blocks_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    train, _ = checkerboard()
    vectors = unit_rows(np.random.default_rng(0).normal(size=(40, 6)))
    likeness = vectors @ watched_metric(train, vectors, 0.1)
    monkeypatch.setattr(module, "USERS_AT_ONCE", 7)
    again = vectors @ watched_metric(train, vectors, 0.1)
    np.testing.assert_allclose(again @ again.T, likeness @ likeness.T, atol=1e-4)


def world() -> tuple[Interactions, Holdout, np.ndarray]:
    """One axis of eight says what is watched together; the last ten of forty items are new."""
    train, holdout = checkerboard(n_users=200)
    warm = [history[history < 30] for history in train.histories()]
    new = holdout.targets >= 30
    random = np.random.default_rng(5)
    vectors = random.normal(size=(40, 8)).astype(np.float32)
    vectors[:, 0] += np.where(np.arange(40) % 2, -1, 1)
    histories = [history for history, is_new in zip(warm, new, strict=True) if is_new]
    told = Interactions.from_histories(histories, 40)
    cold = Holdout(told, holdout.targets[new], np.arange(30, 40, dtype=np.int32))
    return Interactions.from_histories(warm, 40), cold, vectors


def test_it_finds_new_items_better_than_the_cosine() -> None:
    train, cold, vectors = world()
    given = features("look", vectors)
    ranks = [
        target_ranks(ContentKNN(settings).fit(train, given), cold)
        for settings in (ContentKNNSettings(), WATCHED)
    ]
    plain, learned = (float(ndcg(each, 5).mean()) for each in ranks)
    assert learned > plain + 0.05


def test_save_and_load_of_both_that_use_it(tmp_path: Path) -> None:
    train, cold, vectors = world()
    asked = cold.histories.histories()[:5]
    for model, spec in (
        (ContentKNN(WATCHED), "look"),
        (ItemKNN(ItemKNNSettings(content=WATCHED)), "look"),
        (ItemKNN(ItemKNNSettings(content=WATCHED)), "id+look"),
    ):
        given = features(spec, vectors)
        folder = tmp_path / f"{model.name} {spec}"
        folder.mkdir()
        model.fit(train, given).save(folder)
        again = type(model)(model.settings).load(folder, given)  # type: ignore[arg-type]
        np.testing.assert_array_equal(again.score(asked), model.score(asked))


def test_another_processors_axes_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, cold, vectors = world()
    given = features("look", vectors)
    asked = cold.histories.histories()[:5]
    model = ContentKNN(WATCHED).fit(train, given)
    model.save(tmp_path)
    turn_axes(monkeypatch)
    again = ContentKNN(WATCHED).load(tmp_path, given)
    np.testing.assert_allclose(again.score(asked), model.score(asked), atol=1e-6)


def test_a_new_item_is_placed_by_the_same_metric() -> None:
    train, _, vectors = world()
    model = ContentKNN(WATCHED).fit(train, features("look", vectors))
    grown = model.with_items({"look": vectors[3:5]})
    np.testing.assert_allclose(grown.item_vectors()[40:], model.item_vectors()[3:5], atol=1e-6)


def test_a_knocked_out_feature_is_levelled_before_the_metric() -> None:
    train, _, vectors = world()
    given = features("look+sound", vectors)
    model = ContentKNN(WATCHED).fit(train, given)
    without = knocked_out(model, "look").item_vectors()
    alone = knocked_out(knocked_out(model, "look"), "sound").item_vectors()
    np.testing.assert_allclose(alone, np.broadcast_to(alone[0], alone.shape), atol=1e-5)
    assert np.ptp(without, axis=0).max() > 0.1
