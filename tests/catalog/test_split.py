"""The three splits: by hand, and properties over random logs."""

from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seesay.catalog.split import Split, SplitSettings, Step, k_core, split_log
from seesay.core.errors import SeesayError

Event = tuple[str, str, int]
SCHEMA = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}
events = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 9).map(str), st.integers(0, 5)),
    max_size=60,
)
some_settings = st.builds(
    SplitSettings, min_interactions=st.integers(3, 6), keep_last=st.integers(3, 8)
)


def log(rows: list[Event]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def of_user(table: pl.DataFrame, user: str) -> list[Event]:
    return table.filter(pl.col("user_id") == user).rows()


def test_by_hand() -> None:
    rows = [("u", item, time) for time, item in enumerate("abcdef")]
    rows += [("short", item, time) for time, item in enumerate("abcd")]
    split = split_log(log(rows), SplitSettings(min_interactions=5, keep_last=5))
    assert split.train["item_id"].to_list() == ["b", "c", "d"]
    assert split.validation.rows() == [("u", "e", 4)]
    assert split.test.rows() == [("u", "f", 5)]


def test_defaults_are_those_of_microlens() -> None:
    split = split_log(log([("u", str(time), time) for time in range(20)]))
    assert split.train["timestamp"].to_list() == list(range(7, 18))
    assert split.validation["timestamp"].to_list() == [18]
    assert split.test["timestamp"].to_list() == [19]


def test_ties_keep_the_order_of_the_log() -> None:
    rows = [("u", item, 7) for item in "zyxwv"]
    split = split_log(log(rows))
    assert split.train["item_id"].to_list() == ["z", "y", "x"]
    assert split.test["item_id"].to_list() == ["v"]


@settings(deadline=None)
@given(events, some_settings)
def test_every_user_loses_two_and_nothing_is_lost(
    rows: list[Event], settings: SplitSettings
) -> None:
    rows = list(dict.fromkeys(rows))
    counts = {user: sum(row[0] == user for row in rows) for user, _, _ in rows}
    kept = sorted(user for user, count in counts.items() if count >= settings.min_interactions)
    if not kept:
        with pytest.raises(SeesayError, match="Nothing is left"):
            split_log(log(rows), settings)
        return
    split = split_log(log(rows), settings)
    assert split.validation["user_id"].to_list() == kept
    assert split.test["user_id"].to_list() == kept
    assert split.train["user_id"].unique().sort().to_list() == kept
    for user in kept:
        mine = sorted((row for row in rows if row[0] == user), key=lambda row: row[2])
        parts = [of_user(part, user) for part in (split.train, split.validation, split.test)]
        assert [row for part in parts for row in part] == mine[-settings.keep_last :]
        assert [len(part) for part in parts[1:]] == [1, 1]


@settings(deadline=None)
@given(events)
def test_order_of_other_users_does_not_matter(rows: list[Event]) -> None:
    grouped = sorted(rows, key=lambda row: row[0])

    def outcome(these: list[Event]) -> Split | str:
        try:
            return split_log(log(these))
        except SeesayError as error:
            return str(error)

    first, second = outcome(rows), outcome(grouped)
    if isinstance(first, str) or isinstance(second, str):
        assert first == second
    else:
        assert first.train.equals(second.train)
        assert first.test.equals(second.test)


def test_nothing_left_says_how_much_there_was() -> None:
    with pytest.raises(SeesayError, match="of 2 users with 3 interactions, none has 5"):
        split_log(log([("u", "a", 0), ("u", "b", 1), ("v", "a", 0)]))


def timed(**changes: float) -> SplitSettings:
    return SplitSettings(
        kind="global-time",
        **{"min_interactions": 3, "validation_share": 0.2, "test_share": 0.3, **changes},
    )


def cold(**changes: float) -> SplitSettings:
    return timed(**changes).model_copy(update={"kind": "cold-items"})


def test_global_time_by_hand() -> None:
    # Ten interactions: from 5 on is validation, from 7 on test.
    u = [("u", "a", 0), ("u", "b", 2), ("u", "c", 5), ("u", "d", 8)]
    v = [("v", "a", 1), ("v", "c", 3), ("v", "b", 7)]
    w = [("w", "a", 4), ("w", "e", 6), ("w", "b", 9)]
    split = split_log(log([*u, *v, *w]), timed())
    assert split.train.rows() == [*u[:2], *v[:2], w[0]]
    assert split.validation.rows() == [u[2], w[1]]
    assert split.validation_histories.rows() == [*u[:2], w[0]]
    assert split.test.rows() == [u[3], v[2], w[2]]
    assert split.test_histories.rows() == [*u[:3], *v[:2], *w[:2]]
    assert split.steps == (
        Step("the log", 3, 5, 10),
        Step("users with 3 or more", 3, 5, 10),
        Step("train", 3, 3, 5),
        Step("validation", 2, 2, 2),
        Step("test", 3, 2, 3),
    )


def test_whoever_has_no_history_at_the_cut_is_told_and_not_tested() -> None:
    rows = [("u", item, time) for item, time in zip("abcde", (0, 1, 2, 5, 8), strict=True)]
    rows += [("new", item, time) for item, time in zip("abc", (7, 9, 10), strict=True)]
    rows += [("v", item, time) for item, time in zip("abc", (3, 4, 6), strict=True)]
    split = split_log(log(rows), timed())
    assert split.test.rows() == [("u", "e", 8)]
    assert split.steps[-1] == Step("without a history, so not tested", 1, 0, 1)


def test_the_order_of_each_users_rows_is_no_time() -> None:
    rows = [(user, item, row) for row, (user, item) in enumerate(product("uvw", "abcdef"))]
    with pytest.raises(SeesayError, match="needs times"):
        split_log(log(rows), timed())


def test_cold_items_by_hand() -> None:
    watched = {"u": "abcdefghij", "v": "jihgfedcba", "w": "fgabcdejih", "x": "abfijcdegh"}
    users = {
        user: [(user, item, time) for time, item in enumerate(watched[user])] for user in "uvwx"
    }
    rows = [row for mine in users.values() for row in mine]
    split = split_log(log(rows), cold(keep_last=4))
    assert (len(split.cold), len(split.cold_validation)) == (3, 2)
    for name, mine in users.items():
        tested = max(mine, key=lambda row: (row[1] in split.cold, row[2]))
        stopped = [row for row in mine if row[1] in split.cold_validation and row[2] < tested[2]]
        warm = [row for row in mine if row[1] not in (*split.cold, *split.cold_validation)]
        assert of_user(split.test, name) == [tested]
        assert (
            of_user(split.test_histories, name) == [row for row in warm if row[2] < tested[2]][-4:]
        )
        assert of_user(split.validation, name) == stopped[-1:]
        first = min(row[2] for row in [*stopped[-1:], tested])
        learned = [row for row in warm if row[2] < first]
        assert of_user(split.train, name) == learned[-4:]
    assert split_log(log(rows), cold(seed=1)).cold != split.cold
    untouched = split_log(log(rows), cold()).train
    assert untouched.height > split.train.height
    assert split.steps[2].name == "before what is held out"
    assert split.steps[2].interactions == untouched.height


unique_times = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 9).map(str)), min_size=10, max_size=60
).map(lambda pairs: [(user, item, time) for time, (user, item) in enumerate(pairs)])


@settings(deadline=None)
@given(unique_times, st.sampled_from([SplitSettings(min_interactions=3), timed(), cold()]))
def test_nothing_of_what_is_guessed_is_known_before(
    rows: list[Event], settings: SplitSettings
) -> None:
    try:
        split = split_log(log(rows), settings)
    except SeesayError as error:
        known = ("leaves nothing", "Nothing is left", "needs times")
        assert any(words in str(error) for words in known)  # noqa: PT017
        return
    learned, stopped, tested = split.train, split.validation, split.test
    assert not {*learned.rows()} & {*stopped.rows(), *tested.rows()}
    for targets, histories in (
        (stopped, split.validation_histories),
        (tested, split.test_histories),
    ):
        assert targets["user_id"].is_unique().all()
        assert histories["user_id"].unique(maintain_order=True).equals(targets["user_id"])
        for target in targets.rows():
            history = of_user(histories, target[0])
            mine = [row for row in rows if row[0] == target[0]]
            assert 1 <= len(history) <= settings.keep_last
            assert all(row in mine and row[2] < target[2] for row in history)
            assert history == sorted(history, key=lambda row: row[2])
            assert all(row[2] < target[2] for row in of_user(learned, target[0]))
    for user, _, time in stopped.rows():
        assert all(time < row[2] for row in of_user(tested, user))
    if settings.kind == "global-time":
        assert learned["timestamp"].max() < stopped["timestamp"].min()
        assert stopped["timestamp"].max() < tested["timestamp"].min()
    if settings.kind == "cold-items":
        unseen = {*split.cold, *split.cold_validation}
        parts = (learned, split.validation_histories, split.test_histories)
        assert not unseen & {item for part in parts for item in part["item_id"]}
        assert {*tested["item_id"]} <= {*split.cold}
        assert {*stopped["item_id"]} <= {*split.cold_validation}
        assert not {*split.cold} & {*split.cold_validation}


def test_the_core_by_hand() -> None:
    # d has one row; without it u has two left, so a has one, and then v has one.
    rows = [("u", "a", 0), ("u", "d", 1), ("v", "a", 2), ("v", "b", 3)]
    rows += [(user, item, 4) for user in "xy" for item in "bc"]
    assert k_core(log(rows), 2).rows() == rows[4:]
    assert k_core(log(rows), 1).height == len(rows)
    assert k_core(log(rows), 3).is_empty()


def test_an_event_that_is_logged_twice_counts_once() -> None:
    rows = [("u", item, time) for time, item in enumerate("abcdef")]
    split = split_log(log([*rows, rows[-1], rows[2]]))
    assert split.test.rows() == rows[-1:]
    assert split.train.rows() == rows[:4]


@settings(deadline=None)
@given(events, st.integers(1, 4))
def test_the_core_is_the_largest_part_where_all_have_enough(rows: list[Event], k: int) -> None:
    left = list(rows)
    while few := [
        row
        for row in left
        if min(sum(other[0] == row[0] for other in left), sum(other[1] == row[1] for other in left))
        < k
    ]:
        left = [row for row in left if row not in few]
    assert k_core(log(rows), k).rows() == left


def test_only_the_core_is_a_candidate() -> None:
    rows = [(user, item, time) for user in "uv" for time, item in enumerate("abcde")]
    split = split_log(log([*rows, ("u", "once", 9)]), SplitSettings(core=2))
    assert split.items == ("a", "b", "c", "d", "e")
    assert split.steps[1] == Step("its 2-core", 2, 5, 10)
    with pytest.raises(SeesayError, match="in its 3-core"):
        split_log(log(rows), SplitSettings(core=3))


def test_a_split_that_leaves_nothing_to_test_says_what_was_there() -> None:
    rows = [(user, "one", time) for user in "uv" for time in range(6)]
    with pytest.raises(SeesayError, match=r"'cold-items' leaves nothing to train on .the log: 2"):
        split_log(log(rows), cold())


def test_what_decides_a_split() -> None:
    assert SplitSettings().deciding() == {"min_interactions": 5, "keep_last": 13}
    assert SplitSettings(seed=3).deciding() == SplitSettings().deciding()
    kinds = [SplitSettings(core=5), timed(), timed(test_share=0.1), cold(), cold(seed=1)]
    assert len({str(settings.deciding()) for settings in kinds}) == 5


def test_who_is_tested_on_an_item_of_the_own_history_is_counted() -> None:
    rows = [("new", item, time) for time, item in enumerate("abcde")]
    rows += [("again", item, time) for time, item in enumerate("abcda")]
    # The first of eight is not in the history any more, so it can be found.
    rows += [("long", item, time) for time, item in enumerate("ebcdacbe")]
    schema = ["user_id", "item_id", "timestamp"]
    split = split_log(pl.DataFrame(rows, schema=schema, orient="row"), SplitSettings(keep_last=5))
    counts = {step.name: step.users for step in split.steps if "nobody finds" in step.name}
    assert list(counts.values()) == [1]
