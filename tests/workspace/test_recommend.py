"""Features, runs and recommendations of a workspace, with real encoders and real training."""

import json

import numpy as np
import polars as pl
import pytest

from seesay.catalog.base import Catalog
from seesay.core.errors import SeesayError
from seesay.describe.base import Description, Facets
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.encode.features import FeatureTable, write_features
from seesay.workspace import Workspace
from workspace.groups import ITEMS, USERS, Groups, catalogue, describe_by_hand


def test_train_evaluate_and_train_again(workspace: Workspace) -> None:
    run = workspace.train("item-knn")
    assert "test" not in run.metrics
    assert run.metrics["validation"]["hr@10"] > 0.9
    done = workspace.evaluate(run.id)
    assert done.metrics["test"]["hr@10"] > 0.9
    users = pl.read_parquet(run.folder / "per_user.parquet")
    assert users["user_id"].to_list() == sorted(f"u{user}" for user in range(USERS))
    assert users["hr@10"].mean() == done.metrics["test"]["hr@10"]
    written = json.loads((run.folder / "manifest.json").read_text())
    assert written["plan"]["inputs"]["split"] == {"min_interactions": 5, "keep_last": 13}
    stamp = (run.folder / "manifest.json").stat().st_mtime_ns
    assert workspace.train("item-knn").id == run.id
    assert (run.folder / "manifest.json").stat().st_mtime_ns == stamp


def test_seed_and_options_make_other_runs(workspace: Workspace) -> None:
    options = {"epochs": 1, "dim": 8}
    runs = [workspace.train("two-tower", "id", seed, options) for seed in (0, 1)]
    assert len({run.id for run in runs}) == 2
    assert [run.plan["options"]["seed"] for run in runs] == [0, 1]
    assert runs[0].plan["options"]["dim"] == 8
    with pytest.raises(SeesayError, match="Known keys"):
        workspace.train("two-tower", options={"dimension": 8})


def test_features_that_are_missing_or_do_not_fit(workspace: Workspace) -> None:
    with pytest.raises(SeesayError, match="Run: seesay encode title"):
        workspace.train("content-knn", "title")
    with pytest.raises(SeesayError, match="uses content features alone"):
        workspace.train("content-knn", "id")
    with pytest.raises(SeesayError, match="no set of features"):
        workspace.train("item-knn", "id++title")
    half = FeatureTable("half", ["i0", "i1"], np.eye(2, dtype=np.float32), {})
    write_features(workspace.folder / "features/half", half)
    with pytest.raises(SeesayError, match="does not cover 22 of 24 items"):
        workspace.train("content-knn", "half")
    assert not (workspace.folder / "runs").exists()


def test_left_out_items_are_named_or_filled(workspace: Workspace) -> None:
    why = {f"i{item}": "it is broken" for item in range(2, ITEMS)}
    half = FeatureTable("half", ["i0", "i1"], np.eye(2, dtype=np.float32), {"left_out": why})
    write_features(workspace.folder / "features/half", half)
    with pytest.raises(SeesayError, match=r"leaves out 22 of 24.*'i2', because it is broken"):
        workspace.train("content-knn", "half")
    (workspace.folder / "seesay.toml").write_text('[defaults]\nmissing = "mean"\n')
    filling = Workspace(workspace.folder)
    assert filling.train("content-knn", "half").metrics["validation"]
    # It says nothing to a run that uses no content.
    assert filling.train("item-knn").id == workspace.train("item-knn").id


def test_encode_makes_only_what_is_new(workspace: Workspace) -> None:
    assert workspace.encode(["random"])["random"].fresh
    assert not workspace.encode(["random"])["random"].fresh
    workspace.catalog.add_items(
        pl.DataFrame({"item_id": ["new"], "path": ["x.mp4"], "title": ["new"]})
    )
    assert workspace.encode(["random"])["random"].manifest["rows"] == ITEMS + 1
    with pytest.raises(SeesayError, match=r"no encoder called 'rndom'.*'random'"):
        workspace.encode(["random", "rndom"])
    with pytest.raises(SeesayError, match=r"No item could be encoded.*Run: seesay describe"):
        workspace.encode(["described"])
    with pytest.raises(SeesayError, match="'id' is not encoded"):
        workspace.encode(["id", "random"])
    workspace.load_dataset(Groups())
    with pytest.raises(SeesayError, match=r"it has no video file.*Add items"):
        workspace.encode(["video"])


def test_recommend_to_a_user(workspace: Workspace) -> None:
    with pytest.raises(SeesayError, match="No run is trained yet"):
        workspace.recommend(user="u0")
    workspace.train("popularity")
    knn = workspace.train("item-knn")
    assert workspace.best_run() == knn.id
    seen = set(catalogue().interactions.filter(pl.col("user_id") == "u0")["item_id"])
    found = workspace.recommend(user="u0", k=30, explain=True)
    assert not seen & {one.item_id for one in found}
    first = found[0]
    assert first.reason is not None
    assert first.reason.because == "together"
    assert first.reason.other in seen
    watchers = {
        item: set(catalogue().interactions.filter(pl.col("item_id") == item)["user_id"])
        for item in (first.item_id, first.reason.other)
    }
    assert first.reason.value == len(watchers[first.item_id] & watchers[first.reason.other])
    assert workspace.recommend(user="u0", k=2)[0].reason is None


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({}, "not said for whom"),
        ({"user": "u0", "like": "i0"}, "More than one of"),
        ({"user": "nobody"}, "There is no user 'nobody'"),
        ({"like": "nothing"}, "There is no item 'nothing'"),
        ({"user": "u0", "run": "absent"}, "There is no run called 'absent'"),
        ({"user": "u0", "k": 0}, "k is 0"),
        ({"query": "cats"}, "No feature is made of words yet"),
    ],
)
def test_questions_that_cannot_be_answered(
    workspace: Workspace, ask: dict[str, str], message: str
) -> None:
    workspace.train("item-knn")
    with pytest.raises(SeesayError, match=message):
        workspace.recommend(**ask)


def test_words(workspace: Workspace) -> None:
    describe_by_hand(workspace)
    workspace.encode(["described", "title"])
    found = workspace.recommend(query="spaceship launch", k=12, explain=True)
    assert {int(one.item_id[1:]) % 2 for one in found} == {1}
    assert found[0].reason is not None
    assert found[0].reason.because == "fits"
    alike = workspace.recommend(like="i1", k=5, explain=True)
    assert {int(one.item_id[1:]) % 2 for one in alike} == {1}
    assert "i1" not in {one.item_id for one in alike}
    workspace.train("content-knn", "described")
    first = workspace.recommend(user="u1", k=1, explain=True)[0]
    assert first.reason is not None
    assert first.reason.quote is not None
    words = workspace.descriptions()
    assert first.reason.quote.recommended in words[first.item_id]
    assert first.reason.quote.other in words[first.reason.other]


def test_titles_that_changed_since_they_were_encoded(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.encode(["title", "random"])
    workspace.train("content-knn", "title")
    row = {"item_id": ["i0"], "path": [None], "title": ["something else"]}
    workspace.catalog.add_items(pl.DataFrame(row, schema_overrides={"path": pl.String}))
    for ask in (
        lambda: workspace.train("content-knn", "title", options={"decay": 0.6}),
        lambda: workspace.compare(["item-knn"], ["random", "random+title"]),
    ):
        with pytest.raises(SeesayError, match=r"'title' was made from.*Run: seesay encode title"):
            ask()
    workspace.train("content-knn", "random")
    capsys.readouterr()
    workspace.recommend(query="cats", k=1)
    assert "'title' was made from has changed" in capsys.readouterr().err
    assert workspace.encode(["title"])["title"].fresh
    workspace.recommend(query="cats", k=1)
    assert "has changed" not in capsys.readouterr().err
    (workspace.folder / "seesay.toml").write_text("[encoders.title]\nprefix = 'film: '\n")
    with pytest.raises(SeesayError, match="'title' was made from"):
        Workspace(workspace.folder).train("content-knn", "title", seed=1)


def test_words_that_changed_since_they_were_encoded(workspace: Workspace) -> None:
    describe_by_hand(workspace)
    workspace.encode(["described"])
    with Journal(workspace.folder / "journal.sqlite") as journal:
        other = Description("i3", "new words", Facets(summary="new words"), "")
        journal.record(Attempt("key", "i3", "another"), other)
    with pytest.raises(SeesayError, match="'described' was made from"):
        workspace.compare(["content-knn"], ["described"])


def test_the_best_run_is_one_of_the_data_of_now(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    old = workspace.train("item-knn")
    random = np.random.default_rng(1)
    noise = [
        (f"v{user}", f"i{item}", 0) for user in range(60) for item in random.permutation(ITEMS)[:9]
    ]
    schema = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}
    workspace.catalog.put(
        Catalog(catalogue().items, pl.DataFrame(noise, schema=schema, orient="row"), True), "groups"
    )
    assert workspace.best_run() == old.id
    workspace.recommend(user="v1", k=1)
    assert f"have changed since '{old.id}' was trained" in capsys.readouterr().err
    new = workspace.train("item-knn")
    assert new.metrics["validation"]["ndcg@10"] < old.metrics["validation"]["ndcg@10"]
    assert workspace.best_run() == new.id
    workspace.recommend(user="v1", k=1)
    assert "have changed" not in capsys.readouterr().err


def test_a_run_carries_the_mark_of_simulated_viewers(workspace: Workspace) -> None:
    run = workspace.train("item-knn")
    written = json.loads((run.folder / "settings.json").read_text())
    assert written["inputs"]["simulated"] is True
    workspace.catalog.add_interactions(catalogue().interactions, timed=True, replace=True)
    assert not workspace.simulated
    with pytest.raises(SeesayError, match=r"the viewers or item-knn itself.*Train it again"):
        workspace.recommend(user="u1", run=run.id)
    assert workspace.best_run() is None
    assert "simulated" not in workspace.train("item-knn").plan["inputs"]


def test_more_items_than_there_are(workspace: Workspace) -> None:
    workspace.train("item-knn")
    assert len(workspace.recommend(user="u1", k=10**12)) == ITEMS - 8
    assert len(workspace.recommend(like="i1", k=10**12)) <= ITEMS - 1


def test_a_placebo_never_recommends(workspace: Workspace) -> None:
    workspace.encode(["random"])
    placebo = workspace.train("content-knn", "random")
    assert workspace.best_run() is None
    real = workspace.train("popularity")
    assert workspace.best_run() == real.id != placebo.id


def test_items_by_a_user_who_has_watched_all(workspace: Workspace) -> None:
    workspace.train("item-knn")
    rows = [("all", f"i{item}", item) for item in range(ITEMS)]
    schema = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}
    log = pl.DataFrame(rows, schema=schema, orient="row")
    workspace.catalog.add_interactions(log, timed=True, replace=True)
    workspace.train("item-knn")
    assert workspace.recommend(user="all", explain=True) == []


def test_random_words_are_encoded_as_descriptions_are(workspace: Workspace) -> None:
    text = '[encoders.described]\nprefix = "clip: "\n[encoders.random-words]\nseed = 3\n'
    (workspace.folder / "seesay.toml").write_text(text)
    describe_by_hand(workspace)
    made = Workspace(workspace.folder).encode(["random-words"])["random-words"]
    fingerprint = made.manifest["fingerprint"]
    assert (fingerprint["prefix"], fingerprint["seed"]) == ("clip: ", 3)
