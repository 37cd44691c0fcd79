"""Why something is suggested: computed from the vectors and the log of the bundle."""

from __future__ import annotations

import numpy as np
import pytest

from seesay.encode.features import FeatureTable, read_features, write_features
from seesay.recommend.reasons import Reason
from seesay.serve.bundle import read_bundle
from seesay.serve.reasons import reasons_by_search, reasons_of, suggestions_of
from seesay.serve.shelf import Shelf
from seesay.workspace import Workspace
from serve.conftest import run_of

NOBODY = np.array([], np.int64)


def shelf_of(workspace: Workspace, recommender: str, features: str) -> Shelf:
    workspace.bundle(run_of(workspace, recommender, features))
    return Shelf(read_bundle(workspace.folder / "bundle"))


def test_ids_are_carried_by_the_item_that_most_users_have_too(workspace: Workspace) -> None:
    shelf = shelf_of(workspace, "item-knn", "id")
    log = workspace.catalog.interactions().group_by("user_id").agg("item_id")["item_id"].to_list()
    with_it = {
        item: sum("i1" in watched and item in watched for watched in log) for item in ("i3", "i5")
    }
    history = np.array([shelf.row("i3"), shelf.row("i5")])
    (found,) = reasons_of(shelf, [(shelf.row("i1"), 0.5)], history)
    assert found.because == "together"
    assert found.value == max(with_it.values()) == with_it[found.other]


def test_content_is_carried_by_the_nearest_of_the_history(workspace: Workspace) -> None:
    shelf = shelf_of(workspace, "content-knn", "described")
    rows = np.array([shelf.row(item) for item in ("i2", "i3", "i4")])
    (found,) = reasons_of(shelf, [(shelf.row("i1"), 0.5)], rows)
    cosines = shelf.units[rows] @ shelf.units[shelf.row("i1")]
    assert (found.because, found.feature) == ("similar", "described")
    assert found.other == shelf.ids[rows[int(np.argmax(cosines))]]
    assert found.value == pytest.approx(cosines.max(), abs=1e-6)


def test_without_a_history_it_is_the_count_that_it_ranks_by(workspace: Workspace) -> None:
    shelf = shelf_of(workspace, "content-knn", "described")
    assert reasons_of(shelf, [(0, 7.0)], NOBODY) == [Reason("popular", value=7.0)]
    assert reasons_of(shelf, [], NOBODY) == []


def test_a_recommender_that_takes_nothing_counts_whatever_was_watched(workspace: Workspace) -> None:
    shelf = shelf_of(workspace, "popularity", "-")
    assert reasons_of(shelf, [(3, 9.0)], np.array([1])) == [Reason("popular", value=9.0)]


def test_what_is_alike_by_the_vectors_for_search_says_so(workspace: Workspace) -> None:
    shelf = shelf_of(workspace, "popularity", "-")
    (found,) = reasons_by_search(shelf, [(shelf.row("i3"), 0.8)], shelf.row("i1"))
    assert (found.because, found.other, found.feature) == ("similar", "i1", "described")
    assert found.value == 0.8
    assert found.quote == shelf.quote(shelf.row("i3"), shelf.row("i1"))


def test_a_suggestion_says_its_reason_with_the_title_of_the_other(workspace: Workspace) -> None:
    shelf = shelf_of(workspace, "item-knn", "id")
    reason = Reason("together", "i3", value=2.0)
    told, bare = (suggestions_of(shelf, [(0, 1.5)], reasons)[0] for reasons in ([reason], []))
    assert (told.item.item_id, told.score, told.reason) == (shelf.ids[0], 1.5, reason)
    assert told.sentence == reason.sentence(shelf.title(shelf.row("i3")))
    assert (bare.reason, bare.sentence) == (None, "")


def test_an_item_without_a_vector_explains_nothing(workspace: Workspace) -> None:
    table = read_features(workspace.folder / "features/described").only({"i1", "i3", "i5", "i7"})
    half = FeatureTable("half", table.item_ids, table.vectors, {})
    write_features(workspace.folder / "features/half", half)
    (workspace.folder / "seesay.toml").write_text('[defaults]\nmissing = "mean"\n')
    filling = Workspace(workspace.folder)
    filling.bundle(filling.train("content-knn", "half").id)
    shelf = Shelf(read_bundle(filling.folder / "bundle"))
    history = np.array([shelf.row("i9"), shelf.row("i3")])
    lacking, whole = reasons_of(shelf, [(shelf.row("i11"), 0.5), (shelf.row("i1"), 0.5)], history)
    assert lacking.because == "unknown"
    assert (whole.because, whole.other) == ("similar", "i3")
