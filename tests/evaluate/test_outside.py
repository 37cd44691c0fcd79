"""Outside scores: by hand, against the ranking of everything, and bad tables."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluate.worlds import make_bench
from seesay.core.errors import SeesayError
from seesay.evaluate.compare import run_trials
from seesay.evaluate.keep_comparison import keep_comparison
from seesay.evaluate.outside import OutsideScores, read_scores
from seesay.recommend.base import FeatureSpec
from seesay.recommend.interactions import Holdout, Interactions, Vocabulary
from seesay.recommend.ranking import rank
from seesay.recommend.task import Task

NOBODY = np.empty(0, np.int32)


def task_of(histories: list[list[int]], targets: list[int], n_items: int = 5) -> Task:
    arrays = [np.array(history, np.int32) for history in histories]
    held = Holdout(Interactions.from_histories(arrays, n_items), np.array(targets))
    names = [f"u{user}" for user in range(len(targets))]
    ids = tuple(f"i{item}" for item in range(n_items))
    return Task(Vocabulary(ids), names, held.histories, held, held, NOBODY)


def written(folder: Path, rows: list[tuple[str, str, float]], name: str = "ours.parquet") -> Path:
    pl.DataFrame(rows, ["user_id", "item_id", "score"], orient="row").write_parquet(folder / name)
    return folder / name


def test_by_hand(tmp_path: Path) -> None:
    # u0 has seen i0. Its target i2 is below i1 alone; u1's target i4 has no score: below i1 and
    # i2, it ties with i0 and i3; u2 has no scores at all; u3's target is in the history.
    task = task_of([[0], [], [1], [2]], [2, 4, 0, 2])
    rows = [("u0", "i0", 9.0), ("u0", "i1", 3.0), ("u0", "i2", 2.0), ("u0", "i3", 1.0)]
    rows += [("u1", "i1", -1.0), ("u1", "i2", -2.0), ("u3", "i2", 5.0)]
    rows += [("stranger", "i2", 5.0), ("u1", "unknown", 5.0)]
    scores = read_scores(written(tmp_path, rows), task)
    ranking = scores.ranked(task.test, 3)
    assert ranking.ranks.tolist() == [2, 5, 4, 5]
    assert ranking.top.tolist() == [[1, 2, 3], [1, 2, -1], [-1, -1, -1], [-1, -1, -1]]
    assert (scores.name, scores.without, scores.left_out) == ("ours", 1, 2)
    note = scores.outcome(task).note
    assert "for 3 of 4 tested users; for the others all items tie, and the right" in note
    assert "2 rows of other" in note


def test_a_tie_counts_against_the_scorer(tmp_path: Path) -> None:
    task = task_of([[]], [3])
    rows = [("u0", f"i{item}", 1.0) for item in range(4)]
    assert read_scores(written(tmp_path, rows), task).ranked(task.test, 1).ranks.tolist() == [4]


class Row:
    """Gives each history the scores of its first item's row."""

    name = "row"
    takes = "nothing"

    def __init__(self, table: np.ndarray) -> None:
        self.table = table

    def score(self, histories):
        return self.table[[history[0] for history in histories]]


@settings(deadline=None)
@given(st.data())
def test_scores_of_everything_rank_as_the_model_itself_does(data: st.DataObject) -> None:
    n_items = data.draw(st.integers(3, 12))
    items = st.integers(0, n_items - 1)
    users = data.draw(st.integers(1, 5))
    table = np.array(
        data.draw(
            st.lists(
                st.lists(st.integers(0, 4), min_size=n_items, max_size=n_items),
                min_size=n_items,
                max_size=n_items,
            )
        ),
        np.float32,
    )
    candidates = np.array(sorted(data.draw(st.sets(items, min_size=1))))
    histories = [data.draw(st.lists(items, min_size=1, max_size=4)) for _ in range(users)]
    targets = [data.draw(st.sampled_from(candidates.tolist())) for _ in range(users)]
    task = task_of(histories, targets, n_items)
    asked = np.repeat(np.arange(users), n_items)
    firsts = np.array([history[0] for history in histories])
    columns = np.tile(np.arange(n_items), users)
    given_scores = table[firsts[asked], columns].astype(np.float64)
    scores = OutsideScores("ours", asked, columns, given_scores, 0, 0, "")
    for holdout in (
        task.test,
        Holdout(task.test.histories, task.test.targets, candidates),
    ):
        expected = partial(rank, Row(table))(holdout, 3)
        found = scores.ranked(holdout, 3)
        assert found.ranks.tolist() == expected.ranks.tolist()
        assert found.top.tolist() == expected.top.tolist()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"user": ["u0"], "item_id": ["i0"], "score": [1.0]}, "no column user_id"),
        ({"user_id": ["u0"], "item_id": ["i0"], "score": [None]}, "without a finite score"),
        ({"user_id": ["u0", "u0"], "item_id": ["i0"] * 2, "score": [1.0, np.inf]}, "is row 2"),
        ({"user_id": ["u0", None], "item_id": ["i0", "i1"], "score": [1, 2]}, "is row 2"),
        ({"user_id": ["u0"] * 2, "item_id": ["i0"] * 2, "score": [1, 2]}, "'i0' for user 'u0' m"),
        ({"user_id": ["x"], "item_id": ["i0"], "score": [1]}, "None of the 1 rows"),
        ({"user_id": ["u0"], "item_id": [["i0"]], "score": [[1]]}, "in the column item_id, score"),
        ({"user_id": ["u0"], "item_id": ["x"], "score": [1]}, "its first item is 'x'"),
    ],
)
def test_bad_tables(tmp_path: Path, table: dict, said: str) -> None:
    path = tmp_path / "bad.parquet"
    pl.DataFrame(table).write_parquet(path)
    with pytest.raises(SeesayError, match=said):
        read_scores(path, task_of([[1]], [2]))


def test_ids_that_are_numbers(tmp_path: Path) -> None:
    task = replace(task_of([[0]], [2], 3), vocabulary=Vocabulary(("7", "8", "9")), users=["1"])
    path = tmp_path / "numbers.parquet"
    pl.DataFrame({"user_id": [1], "item_id": [9], "score": [1]}).write_parquet(path)
    assert read_scores(path, task).ranked(task.test, 1).ranks.tolist() == [1]


def test_scores_apart_by_rounding_tie_as_they_do_inside(tmp_path: Path) -> None:
    task = task_of([[0]], [1], 5)
    rows = [("u0", f"i{item}", 0.3 + item * 1e-9) for item in range(1, 4)]
    ranked = read_scores(written(tmp_path, rows), task).ranked(task.test, 1)
    assert ranked.ranks.tolist() == [3]
    rows = [("u0", f"i{item}", 0.3 - item * 1e-5) for item in range(1, 4)]
    assert read_scores(written(tmp_path, rows), task).ranked(task.test, 1).ranks.tolist() == [1]


def test_outside_scores_stand_in_the_same_table(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    targets = bench.task.vocabulary.ids(bench.task.test.targets)
    rows = [(user, item, 1.0) for user, item in zip(bench.task.users, targets, strict=True)][:15]
    path = written(tmp_path, rows, "their-model.parquet")
    trials = run_trials(["item-knn"], [FeatureSpec.parse("id")], [0], bench, scores=[path])
    kept, folder = keep_comparison(trials, bench)
    theirs = kept.cells[-1]
    assert (theirs.recommender, theirs.features) == ("their-model", "-")
    assert theirs.mean["hr@10"] == 0.5
    assert "for 15 of 30 tested users" in theirs.note
    per_user = pl.read_parquet(folder / "per_user.parquet")
    assert per_user.filter(pl.col("recommender") == "their-model").height == 30
    alone, other = keep_comparison(
        run_trials(["item-knn"], [FeatureSpec.parse("id")], [0], bench), bench
    )
    assert (len(alone.cells), other == folder) == (1, False)
    with pytest.raises(SeesayError, match="called like"):
        run_trials(
            ["item-knn"],
            [FeatureSpec.parse("id")],
            [0],
            bench,
            scores=[written(tmp_path, rows, "item-knn.parquet")],
        )
