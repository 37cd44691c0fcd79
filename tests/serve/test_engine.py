from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from seesay.core.errors import SeesayError
from seesay.serve.base import UnknownItem, UnknownUser
from seesay.serve.bundle import read_bundle
from seesay.serve.engine import BundleEngine
from seesay.serve.posted import Newcomer, Posted
from seesay.workspace import Workspace
from serve.conftest import ITEMS, run_of


def engine_on(workspace: Workspace, recommender: str, features: str, tmp: Path) -> BundleEngine:
    workspace.bundle(run_of(workspace, recommender, features))
    return BundleEngine(read_bundle(workspace.folder / "bundle"), Posted(tmp))


def ids(found: list) -> list[str]:
    return [one.item.item_id for one in found]


@pytest.mark.parametrize(
    ("recommender", "features"),
    [
        ("popularity", "-"),
        ("item-knn", "id"),
        ("item-knn", "id+described"),
        ("content-knn", "described"),
        ("ease", "id"),
        ("sasrec", "id+described"),
    ],
)
def test_it_answers_as_the_workspace_does(
    workspace: Workspace, tmp_path: Path, recommender: str, features: str
) -> None:
    engine = engine_on(workspace, recommender, features, tmp_path / "posted")
    run = run_of(workspace, recommender, features)
    for user in ("u00", "u07"):
        theirs = workspace.recommend(user=user, k=5, run=run, explain=True)
        ours = engine.recommend(engine.history(user), 5)
        assert ids(ours) == [one.item_id for one in theirs]
        np.testing.assert_allclose(
            [one.score for one in ours], [one.score for one in theirs], rtol=1e-4
        )
        for mine, yours in zip(ours, theirs, strict=True):
            assert mine.reason is not None
            assert yours.reason is not None
            assert mine.reason.because == yours.reason.because
            assert mine.reason.other == yours.reason.other
            assert mine.reason.value == pytest.approx(yours.reason.value, abs=1e-5)
            said, wanted = mine.reason.quote, yours.reason.quote
            assert (said and dataclasses.astuple(said)[:2]) == (
                wanted and dataclasses.astuple(wanted)[:2]
            )
    if recommender != "popularity":
        theirs = workspace.recommend(like="i3", k=5, run=run)
        assert ids(engine.similar("i3", 5)) == [one.item_id for one in theirs]


def test_what_is_like_an_item_is_never_explained_by_a_count(
    workspace: Workspace, tmp_path: Path
) -> None:
    engine = engine_on(workspace, "popularity", "-", tmp_path / "posted")
    found = engine.similar("i3", 4)
    assert len(found) == 4
    for one in found:
        assert one.reason is not None
        assert (one.reason.because, one.reason.other) == ("similar", "i3")
        assert one.reason.value == pytest.approx(one.score)
        assert "watched" not in one.sentence
    assert all(one.reason is None for one in engine.similar("i3", 4, explain=False))


def test_an_empty_history_gets_what_most_people_watch(engine: BundleEngine) -> None:
    found = engine.recommend([], 3)
    assert [one.reason and one.reason.because for one in found] == ["popular"] * 3
    log = [item for user in engine.users(100) for item in engine.history(user)]
    most = max(log.count(item) for item in set(log))
    assert found[0].score == most == log.count(found[0].item.item_id)
    assert ids(engine.recommend(["nobody knows this"], 3)) == ids(found)


def test_what_is_barred_never_comes(engine: BundleEngine) -> None:
    best = ids(engine.recommend(["i1", "i3"], ITEMS))
    assert len(best) == ITEMS - 2
    assert not {"i1", "i3"} & set(best)
    without = ids(engine.recommend(["i1", "i3"], ITEMS, exclude=best[:2]))
    assert without == best[2:]
    rockets = ids(engine.recommend(["i1", "i3"], ITEMS, where={"topic": "rockets"}))
    assert rockets == [item for item in best if int(item[1:]) % 2 == 0]
    assert ids(engine.recommend(["i1"], 5, where={"likes": "7"})) == ["i7"]
    assert ids(engine.recommend(["i1"], 5, where={"topic": "none such"})) == []
    with pytest.raises(SeesayError, match="topc"):
        engine.recommend(["i1"], 5, where={"topc": "cats"})


def test_diversity_brings_the_other_topic(engine: BundleEngine) -> None:
    plain = ids(engine.recommend(["i1", "i3", "i5"], 6))
    spread = ids(engine.recommend(["i1", "i3", "i5"], 6, diversity=0.9))
    assert {int(item[1:]) % 2 for item in plain} == {1}
    assert {int(item[1:]) % 2 for item in spread} == {0, 1}
    assert spread[0] == plain[0]


def test_search_by_words_alone(engine: BundleEngine) -> None:
    found = ids(engine.search("kittens chase", 3))
    assert all("kittens" in engine.item(item).words for item in found)
    assert ids(engine.search("number 7", 1)) == ["i7"]
    assert engine.search("zzz", 3) == []
    with pytest.raises(SeesayError, match="nothing to search"):
        engine.search("  ", 3)


def test_vectors_find_what_has_not_one_of_the_words(workspace: Workspace) -> None:
    bundle = read_bundle(workspace.folder / "bundle")
    rocket = np.asarray(bundle.vectors("described")[0])
    engine = BundleEngine(bundle, Posted(workspace.folder / "p"), lambda text: rocket)
    assert ids(engine.search("zzz", 1)) == ["i0"]
    both = {one.item.item_id: one for one in engine.search("kittens", ITEMS)}
    # Each half of the score counts: the cosine, and the part of the highest possible BM25.
    words = bundle.words()
    for row, part in enumerate(words.scores("kittens") / words.most("kittens")):
        one = both[f"i{row}"]
        assert one.reason is not None
        assert one.reason.because == "fits"
        assert one.score == pytest.approx((one.reason.value + part) / 2, abs=1e-5)


def test_an_article_in_the_query_changes_nothing(workspace: Workspace) -> None:
    bundle = read_bundle(workspace.folder / "bundle")
    rocket = np.asarray(bundle.vectors("described")[0])
    engine = BundleEngine(bundle, Posted(workspace.folder / "p2"), lambda text: rocket)
    plain = engine.search("guitar", ITEMS)
    with_article = engine.search("a guitar", ITEMS)
    assert any(" a " in f" {one.item.words.lower()}" for one in plain)
    assert ids(with_article) == ids(plain)


def test_an_item_is_all_that_is_known_of_it(engine: BundleEngine) -> None:
    item = engine.item("i1")
    assert item.title == "cat number 1"
    assert item.words.startswith("A cat opens the fridge.")
    assert item.columns == {"topic": "cats", "likes": 1}
    assert item.video is not None
    assert item.video.name == "i1.mp4"
    assert item.poster is not None
    assert item.poster.read_bytes()[:2] == b"\xff\xd8"
    assert item.poster_frames == 6
    assert engine.item("i9").video is None
    assert [one.item_id for one in engine.items(22, 10)] == ["i22", "i23"]
    for ask in (engine.item, lambda name: engine.similar(name, 3)):
        with pytest.raises(UnknownItem):
            ask("nothing")
    with pytest.raises(UnknownUser):
        engine.history("nobody")


def test_the_next_recommendation_knows_what_was_watched(engine: BundleEngine) -> None:
    before = ids(engine.recommend(engine.history("u00"), 3))
    engine.watched("u00", before[0])
    assert engine.history("u00")[-1] == before[0]
    assert before[0] not in ids(engine.recommend(engine.history("u00"), 3))
    engine.watched("somebody new", "i1")
    assert engine.history("somebody new") == ["i1"]
    assert engine.users(2)[0] == "somebody new"
    with pytest.raises(UnknownItem):
        engine.watched("u00", "nothing")


def newcomer(engine_bundle, like: int, **changes) -> Newcomer:
    vector = np.asarray(engine_bundle.vectors("described")[like])
    words = "A brand-new aardvark is here."
    base = Newcomer("new", "aardvark", words, {"summary": words}, "x.mp4", 0, {"described": vector})
    return dataclasses.replace(base, **changes)


def test_a_new_item_is_found_and_recommended(workspace: Workspace) -> None:
    bundle, posted = read_bundle(workspace.folder / "bundle"), Posted(workspace.folder / "p")
    engine = BundleEngine(bundle, posted)
    posted.add(newcomer(bundle, 1))
    engine.catch_up()
    assert ids(engine.search("aardvark", 1)) == ["new"]
    assert engine.item("new").recommended
    assert ids(engine.similar("i1", 1)) == ["new"]
    assert "new" in ids(engine.recommend(["i3", "i1"], ITEMS))
    engine.watched("u00", "new")
    assert engine.history("u00")[-1] == "new"
    again = BundleEngine(bundle, Posted(workspace.folder / "p"))
    assert ids(again.search("aardvark", 1)) == ["new"]
    assert again.items(ITEMS, 5)[0].title == "aardvark"


def test_vectors_of_another_width_are_left_aside(workspace: Workspace) -> None:
    bundle, posted = read_bundle(workspace.folder / "bundle"), Posted(workspace.folder / "p")
    short = np.ones(7, np.float32)
    posted.add(newcomer(bundle, 1, vectors={"described": short}, sentences={"A. B": short}))
    posted.add(newcomer(bundle, 3, item_id="good"))
    engine = BundleEngine(bundle, posted)
    assert not engine.item("new").recommended
    assert engine.item("good").recommended
    assert {"new", "good"} == set(ids(engine.search("aardvark", 2)))
    assert ids(engine.similar("i3", 1)) == ["good"]


def test_a_recommender_of_ids_says_that_it_cannot_give_a_new_item(
    workspace: Workspace, tmp_path: Path
) -> None:
    engine = engine_on(workspace, "ease", "id", tmp_path / "posted")
    engine._posted.add(newcomer(read_bundle(workspace.folder / "bundle"), 1))
    engine.catch_up()
    assert not engine.item("new").recommended
    assert ids(engine.search("aardvark", 1)) == ["new"]
    assert ids(engine.similar("new", 1)) == ["i1"]
    assert "new" not in ids(engine.recommend(["i1"], 10 * ITEMS))
    # A history that holds nothing else is that of a stranger.
    assert ids(engine.recommend(["new"], 3)) == ids(engine.recommend([], 3))


def test_the_map_has_a_place_for_each_item(engine: BundleEngine) -> None:
    places = engine.map()
    assert [item for item, _, _ in places] == [f"i{item}" for item in range(ITEMS)]
    assert all(0 <= x <= 1 and 0 <= y <= 1 for _, x, y in places)
    spots = np.array([(x, y) for _, x, y in places])
    cats, rockets = spots[1::2].mean(axis=0), spots[::2].mean(axis=0)
    apart = np.linalg.norm(spots[1::2] - cats, axis=1) < np.linalg.norm(
        spots[1::2] - rockets, axis=1
    )
    assert apart.mean() > 0.8


def test_quality_tells_of_the_run_and_of_the_worst_words(engine: BundleEngine) -> None:
    told = engine.quality()
    assert told["comparison"] is None
    assert "validation" in told["run"]
    assert {row["item_id"] for row in told["worst"]} <= {f"i{item}" for item in range(ITEMS)}
    assert told["worst"][0]["title"]
