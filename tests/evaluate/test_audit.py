"""Each leak is planted in what is otherwise clean, and found under its name."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evaluate.worlds import make_bench
from seesay.catalog.split import COLUMNS, Split, SplitSettings, split_log
from seesay.core.errors import SeesayError
from seesay.encode.features import FeatureTable
from seesay.evaluate.audit import (
    COUNTED,
    FEW_VECTORS,
    Audit,
    Check,
    Popularity,
    audit_choices,
    audit_features,
    audit_split,
    popularity_of,
)
from seesay.exchange.outside import add_features
from seesay.recommend.base import FeatureSpec

KINDS = ("leave-one-out", "global-time", "cold-items")


def split_of(kind: str) -> Split:
    random = np.random.default_rng(0)
    items = [
        f"i{item}"
        for user in range(40)
        for item in random.permutation(np.arange(user % 2, 40, 2))[:8]
    ]
    users = [f"u{user:02}" for user in range(40) for _ in range(8)]
    log = pl.DataFrame([users, items, random.permutation(320)], schema=COLUMNS)
    return split_log(log, SplitSettings.model_validate({"kind": kind, "test_share": 0.2}))


def failed(checks) -> list[str]:
    return [check.name for check in checks if not check.passed]


@pytest.mark.parametrize("kind", KINDS)
def test_a_split_of_ours_is_clean(kind: str) -> None:
    checks = list(audit_split(split_of(kind)))
    assert not failed(checks)
    assert len(checks) == {"leave-one-out": 6, "global-time": 8, "cold-items": 7}[kind]
    Audit(tuple(checks)).demand()


@pytest.mark.parametrize("kind", KINDS)
def test_a_test_row_in_training_is_found(kind: str) -> None:
    split = split_of(kind)
    leaking = replace(split, train=pl.concat([split.train, split.test[3:4]]))
    assert "test rows in training" in failed(audit_split(leaking))
    user, item, _ = split.test.row(3)
    with pytest.raises(SeesayError, match=f"1 of .*, the first: '{item}' of user '{user}'"):
        Audit(tuple(audit_split(leaking))).demand()


@pytest.mark.parametrize("kind", KINDS)
def test_a_history_that_reaches_the_test_is_found(kind: str) -> None:
    split = split_of(kind)
    itself = replace(split, test_histories=pl.concat([split.test_histories, split.test[:1]]))
    assert "test histories that reach what is guessed" in failed(audit_split(itself))
    warm = split.test_histories[0, "item_id"]
    later = split.test[:1].with_columns(item_id=pl.lit(warm), timestamp=pl.lit(999, pl.Int64))
    after = replace(split, test_histories=pl.concat([split.test_histories, later]))
    assert failed(audit_split(after)) == ["test histories that reach what is guessed"]
    if kind != "global-time":
        trained = replace(split, train=pl.concat([split.train, later]))
        assert "training from a user's test row on" in failed(audit_split(trained))


@pytest.mark.parametrize("kind", KINDS)
def test_training_that_holds_what_decides_when_to_stop_is_found(kind: str) -> None:
    split = split_of(kind)
    leaking = replace(split, train=pl.concat([split.train, split.validation[:1]]))
    assert "training from a user's validation row on" in failed(audit_split(leaking))


def test_a_test_that_decides_when_to_stop_is_found() -> None:
    split = split_of("leave-one-out")
    both = replace(
        split, validation=split.test, validation_histories=split.test_histories, train=split.train
    )
    assert failed(audit_split(both)) == ["test rows that decide when to stop"]


def test_training_after_the_cut_is_found() -> None:
    split = split_of("global-time")
    late = pl.DataFrame([["nobody"], ["i1"], [split.moments[0]]], schema=split.train.schema)
    assert failed(audit_split(replace(split, train=pl.concat([split.train, late])))) == [
        "training after the cut"
    ]


def test_a_cold_item_in_training_is_found() -> None:
    split = split_of("cold-items")
    for item in (split.cold[0], split.cold_validation[0]):
        row = pl.DataFrame([["nobody"], [item], [0]], schema=split.train.schema)
        assert failed(audit_split(replace(split, train=pl.concat([split.train, row])))) == [
            "cold items in training or in a history"
        ]


def test_popularity_by_hand() -> None:
    log = pl.DataFrame([["u"] * 5 + ["v"] * 5, [*"abcde", *"bcdea"], [*range(10)]], schema=COLUMNS)
    counted = popularity_of(log, split_log(log), ["unseen", *"abcde"])
    assert counted.whole.tolist() == [0, 2, 2, 2, 2, 2]
    assert counted.training.tolist() == [0, 1, 2, 2, 1, 0]
    assert counted.test.tolist() == [0, 1, 0, 0, 0, 1]


IDS = [f"i{item}" for item in range(30)]


@pytest.fixture
def popularity() -> Popularity:
    random = np.random.default_rng(1)
    training, test = random.integers(0, 50, 30), random.integers(0, 9, 30)
    return Popularity(training, test, training + test)


def features(popularity: Popularity, manifest=None, **matrices) -> list[Check]:
    tables = [
        (FeatureTable(name, IDS, matrix, manifest or {}), matrix)
        for name, matrix in matrices.items()
    ]
    return list(audit_features(tables, IDS, popularity))


def noise() -> np.ndarray:
    return np.random.default_rng(2).normal(size=(30, 300)).astype(np.float32)


def test_clean_vectors_pass(popularity: Popularity) -> None:
    assert not failed(features(popularity, vectors=noise(), multi_view=noise(), likeness=noise()))


@pytest.mark.parametrize("what", ["test", "whole"])
def test_a_column_in_the_order_of_the_tests_views_is_found(
    popularity: Popularity, what: str
) -> None:
    vectors = noise()
    vectors[:, 200] = -np.sqrt(getattr(popularity, what))
    found = features(popularity, vectors=vectors)
    assert failed(found) == ["features in the order of the test's views"]
    assert "'vectors': column 200 is in the order of views in the" in found[1].detail
    assert "(rank correlation 1.00)" in found[1].detail


def test_views_of_training_are_no_leak(popularity: Popularity) -> None:
    vectors = noise()
    vectors[:, 0] = popularity.training
    assert not failed(features(popularity, vectors=vectors))


@pytest.mark.parametrize(
    "manifest",
    [
        {"columns": ["length", "Views"]},
        {"fingerprint": {"columns": "like_count"}},
        {"fingerprint": {"column": "likes"}},
        {"columns": ["numLikes"]},
    ],
)
def test_a_feature_that_says_it_was_made_from_views_is_found(
    popularity: Popularity, manifest
) -> None:
    assert failed(features(popularity, manifest, vectors=noise())) == [
        "features made from views or likes"
    ]


def test_views_in_a_table_from_outside_are_found(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    table = pl.DataFrame({"item_id": bench.item_ids, "length": range(20), "views": range(20)})
    table.write_parquet(tmp_path / "stats.parquet")
    add_features("stats", tmp_path / "stats.parquet", bench.features, bench.item_ids)
    checks = {check.name: check for check in bench.audit([FeatureSpec.parse("stats")])}
    found = checks["features made from views or likes"]
    assert (found.passed, found.detail) == (False, "'stats' is made from 'views'")


@pytest.mark.parametrize(
    "name",
    [
        *("view_counts", "viewcounts", "comment_count", "commentsCount", "saves", "votes"),
        *("like_cnt", "play_cnt", "view_cnt", "n_comments", "diggCount", "share_num", "num_like"),
        *("total_view", "number_of_likes", "upvotes", "engagement", "retention", "star_count"),
        *("dislikes", "bookmarks", "reposts", "reactions", "hearts", "subscriber_count"),
    ],
)
def test_counts_of_what_people_did_are_found_by_their_names(name: str) -> None:
    assert COUNTED.search(re.sub("(?<=[a-z])(?=[A-Z])", "_", name))


@pytest.mark.parametrize(
    "name",
    [
        *("comments", "viewer_age", "start_time", "collection", "preview", "collection_number"),
        *("star_number", "n_frames", "total_seconds", "number", "interview_num"),
        *("heart", "description", "dislikeable", "subscribers"),
    ],
)
def test_what_is_no_count_is_not(name: str) -> None:
    assert not COUNTED.search(name)


def test_what_came_from_outside_is_named(popularity: Popularity) -> None:
    found = features(popularity, {"outside": {"file": "x.npy"}}, mine=noise(), theirs=noise())
    assert not failed(found)
    assert found[0].unknown == "what 'mine', 'theirs' came from"
    assert not any(one.unknown for one in features(popularity, vectors=noise()))


def test_a_feature_that_is_called_after_views_is_found(popularity: Popularity) -> None:
    assert failed(features(popularity, **{"log-likes": noise()}))


def test_few_different_vectors_are_told(popularity: Popularity) -> None:
    groups = np.repeat(noise()[:5], 6, axis=0)
    found = {check.name: check for check in features(popularity, tag=groups, title=noise())}
    assert found[FEW_VECTORS].passed
    assert found[FEW_VECTORS].detail == "'tag': 5 among 30 items"


def test_vectors_that_say_nothing(popularity: Popularity) -> None:
    constant = np.ones((30, 4), np.float32)
    assert failed(features(popularity, vectors=constant)) == [
        "features that are the same for all items"
    ]
    vectors = noise()
    vectors[[3, 7]] = 0
    found = features(popularity, vectors=vectors)
    assert not failed(found)
    (flat,) = (one for one in found if one.name == "items whose vector is one value")
    assert flat.detail == "'vectors': 2 items, 'i3', 'i7'"


def test_a_choice_on_the_test_is_found() -> None:
    assert audit_choices({"a": "12ab", "b": "validation"}, "12ab").passed
    assert "'b' was not chosen on val" in audit_choices({"a": "12ab", "b": "34"}, "12ab").detail
    assert not audit_choices({"a": "12ab"}, "12ab", ["sasrec x id"]).passed
    told = audit_choices({"a": "12ab"}, "12ab", untold=["sasrec", "ease", "sasrec"])
    assert told.passed
    assert told.unknown == "how the settings of ease, sasrec in seesay.toml were chosen"


def test_what_was_found_is_kept_by_name() -> None:
    audit = Audit((Check("one", True, "none of 3"), Check("two", False, "2 of 3")))
    assert audit.facts()["two"] == {"passed": False, "detail": "2 of 3", "unknown": ""}
    with pytest.raises(SeesayError, match=r"would be wrong\. two: 2 of 3\. Leave out"):
        audit.demand()
