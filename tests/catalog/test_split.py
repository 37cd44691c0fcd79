"""Leave-one-out: by hand, and properties over random logs."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seesay.catalog.split import Split, SplitSettings, leave_one_out
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
    split = leave_one_out(log(rows), SplitSettings(min_interactions=5, keep_last=5))
    assert split.train["item_id"].to_list() == ["b", "c", "d"]
    assert split.validation.rows() == [("u", "e", 4)]
    assert split.test.rows() == [("u", "f", 5)]


def test_defaults_are_those_of_microlens() -> None:
    split = leave_one_out(log([("u", str(time), time) for time in range(20)]))
    assert split.train["timestamp"].to_list() == list(range(7, 18))
    assert split.validation["timestamp"].to_list() == [18]
    assert split.test["timestamp"].to_list() == [19]


def test_ties_keep_the_order_of_the_log() -> None:
    rows = [("u", item, 7) for item in "zyxwv"]
    split = leave_one_out(log(rows))
    assert split.train["item_id"].to_list() == ["z", "y", "x"]
    assert split.test["item_id"].to_list() == ["v"]


@given(events, some_settings)
def test_every_user_loses_two_and_nothing_is_lost(
    rows: list[Event], settings: SplitSettings
) -> None:
    counts = {user: sum(row[0] == user for row in rows) for user, _, _ in rows}
    kept = sorted(user for user, count in counts.items() if count >= settings.min_interactions)
    if not kept:
        with pytest.raises(SeesayError, match="Nothing is left"):
            leave_one_out(log(rows), settings)
        return
    split = leave_one_out(log(rows), settings)
    assert split.validation["user_id"].to_list() == kept
    assert split.test["user_id"].to_list() == kept
    assert split.train["user_id"].unique().sort().to_list() == kept
    for user in kept:
        mine = sorted((row for row in rows if row[0] == user), key=lambda row: row[2])
        parts = [of_user(part, user) for part in (split.train, split.validation, split.test)]
        assert [row for part in parts for row in part] == mine[-settings.keep_last :]
        assert [len(part) for part in parts[1:]] == [1, 1]


@given(events)
def test_order_of_other_users_does_not_matter(rows: list[Event]) -> None:
    grouped = sorted(rows, key=lambda row: row[0])

    def outcome(these: list[Event]) -> Split | str:
        try:
            return leave_one_out(log(these))
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
        leave_one_out(log([("u", "a", 0), ("u", "b", 1), ("v", "a", 0)]))
