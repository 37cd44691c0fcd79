"""Tables as people really save them, and what each fault is told as."""

import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from seesay.catalog.tables import (
    ColumnSettings,
    check_known_items,
    interactions_table,
    items_table,
    read_table,
    why_untimed,
)
from seesay.core.errors import SeesayError

NAMES = ColumnSettings()
HERE = Path("data/log.csv")


def written(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def log(timestamps: list[Any]) -> pl.DataFrame:
    rows = len(timestamps)
    return pl.DataFrame(
        {
            "user_id": ["u"] * rows,
            "item_id": [str(row) for row in range(rows)],
            "timestamp": timestamps,
        },
        strict=False,
    )


def test_csv_keeps_ids_as_they_are_written(tmp_path: Path) -> None:
    path = written(tmp_path, '\ufeffitem_id, title ,likes\n007,"a, quoted ""title""",3\n7,,\n')
    items = items_table(read_table(path), NAMES, path)
    assert items["item_id"].to_list() == ["007", "7"]
    assert items["title"].to_list() == ['a, quoted "title"', ""]
    assert items.columns == ["item_id", "path", "title", "likes"]


def test_tsv_and_parquet(tmp_path: Path) -> None:
    path = written(tmp_path, "item_id\ttitle\na\tone, two\n", "items.tsv")
    assert read_table(path).rows() == [("a", "one, two")]
    pl.DataFrame({"item_id": [1, 2]}).write_parquet(tmp_path / "items.parquet")
    table = read_table(tmp_path / "items.parquet")
    assert items_table(table, NAMES, path)["item_id"].to_list() == ["1", "2"]


def test_whole_numbers_that_became_floats_are_ids() -> None:
    items = items_table(pl.DataFrame({"item_id": [1.0, 12.0]}), NAMES, HERE)
    assert items["item_id"].to_list() == ["1", "12"]


def test_columns_are_mapped_and_paths_belong_to_the_table(tmp_path: Path) -> None:
    path = written(tmp_path, "video,caption,file\nx,hello,clips/x.mp4\ny,,\n")
    names = ColumnSettings(item="video", title="caption", path="file")
    items = items_table(read_table(path), names, path)
    assert items.columns == ["item_id", "path", "title"]
    assert items.rows() == [("x", str(tmp_path / "clips/x.mp4"), "hello"), ("y", None, "")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.csv", None, "There is no file"),
        ("items.xlsx", b"PK", "not a table that can be read"),
        ("empty.csv", b"", "holds no rows"),
        ("head.csv", b"item_id,title\n", "holds no rows"),
        ("latin.csv", "item_id,title\na,caf\xe9\n".encode("latin-1"), "cannot be read as csv"),
        (
            "ragged.csv",
            b'item_id,title\na,"two\nlines"\nb,c,d\n',
            r"as csv \(line 4 has 3 values and the head names 2 columns\)",
        ),
        ("text.parquet", b"item_id,title\n", "cannot be read as parquet"),
        ("cut.parquet", b"PAR1" + b"\0" * 40, "cannot be read as parquet"),
    ],
)
def test_unreadable_files(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SeesayError, match=message):
        read_table(path)


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(SeesayError, match=r"is a folder, not a table\. Give a csv, tsv"):
        read_table(tmp_path)


def test_missing_column_names_those_there_are_and_the_option() -> None:
    table = pl.DataFrame({"video": ["a"], "who": ["u"]})
    with pytest.raises(
        SeesayError, match="no column 'item_id'; its columns are: video, who"
    ) as got:
        items_table(table, NAMES, HERE)
    assert "--item-column" in got.value.remedy
    with pytest.raises(SeesayError, match="'user_id', 'item_id'") as got:
        interactions_table(table, NAMES, HERE)
    assert "which ones they are with --user-column NAME and --item-column NAME" in got.value.remedy
    with pytest.raises(SeesayError, match="'when'") as got:
        interactions_table(log([1]), ColumnSettings(timestamp="when"), HERE)
    assert "--timestamp-column" in got.value.remedy


def test_a_column_that_differs_by_case_or_spaces_alone_is_named() -> None:
    table = pl.DataFrame({"User_ID": ["u"], "item id": ["a"], "Timestamp": [1]})
    with pytest.raises(SeesayError, match="--user-column User_ID and --item-column 'item id'"):
        interactions_table(table, NAMES, HERE)
    assert why_untimed(table, NAMES, HERE).endswith("--timestamp-column Timestamp")
    table = pl.DataFrame({"Item_ID": ["a"], "ITEM_ID": ["b"]})
    with pytest.raises(SeesayError, match="--item-column NAME"):
        items_table(table, NAMES, HERE)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.csv", "item_id;title\na;one, two\n"),
        ("log.csv", '\ufeff"item_id"\t"title"\na\tone, two\n'),
        ("log.tsv", 'item_id,title\na,"one, two"\n'),
    ],
)
def test_a_head_with_another_separator_is_read_by_it(tmp_path: Path, name: str, text: str) -> None:
    table = read_table(written(tmp_path, text, name))
    assert (table.columns, table.rows()) == (["item_id", "title"], [("a", "one, two")])


def test_signs_in_the_names_of_columns_are_no_separators(tmp_path: Path) -> None:
    for head in ("item_id,title;x", 'item_id,"title;x"'):
        assert read_table(written(tmp_path, f"{head}\na,b\n")).columns == ["item_id", "title;x"]
    assert read_table(written(tmp_path, '"a;b"\nc\n')).columns == ["a;b"]


def test_duplicate_and_missing_ids() -> None:
    table = pl.DataFrame({"item_id": ["a", "b", "a", "b", "c"]})
    with pytest.raises(SeesayError, match=r"2 item IDs more than once \(the first: 'a'\)"):
        items_table(table, NAMES, HERE)
    table = pl.DataFrame({"item_id": ["a", None, " "]})
    with pytest.raises(SeesayError, match=r"2 rows without item_id .* line 3"):
        items_table(table, NAMES, HERE)
    table = pl.DataFrame({"item_id": ["a", "b"], "user_id": ["u", ""]})
    with pytest.raises(SeesayError, match=r"1 row without user_id .* line 3"):
        interactions_table(table, NAMES, HERE)


@pytest.mark.parametrize(
    ("timestamps", "wanted"),
    [
        ([30, 10, 20], [30, 10, 20]),
        (["30", " 10", "20"], [30, 10, 20]),
        ([30.0, 10.0], [30, 10]),
        ([0.5, 0.25], [500_000, 250_000]),
        (["0.5", "2"], [500_000, 2_000_000]),
        ([date(1970, 1, 2)], [86_400_000_000]),
        ([datetime(1970, 1, 1, 0, 0, 1)], [1_000_000]),
        ([datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)], [1_000_000]),
        (["1970-01-01T00:00:01", "1970-01-01 00:00:02"], [1_000_000, 2_000_000]),
        (["1970-01-01T00:00:01Z", "1970-01-01T01:00:02+01:00"], [1_000_000, 2_000_000]),
        (["1970-01-02"], [86_400_000_000]),
    ],
)
def test_timestamps(timestamps: list[Any], wanted: list[int]) -> None:
    rows = interactions_table(log(timestamps), NAMES, HERE).sort("item_id")
    assert rows["timestamp"].to_list() == wanted
    assert rows.schema["timestamp"] == pl.Int64


@pytest.mark.parametrize(
    "timestamps",
    [
        [1, None],
        [1.5, math.nan],
        [1.0, math.nan],
        [1.0, math.inf],
        [1.5, 1e300],
        ["1", "NaN"],
        ["1", ""],
        ["2020-01-01", "yesterday"],
        ["2020-01-01", "2020-13-01"],
        ["1", "2020-01-01"],
        ["2020-01-01", "1577836800", "2020-01-02"],
    ],
)
def test_bad_timestamps(timestamps: list[Any]) -> None:
    with pytest.raises(SeesayError, match=r"1 timestamp missing, .* line 3[:,]") as got:
        interactions_table(log(timestamps), NAMES, HERE)
    assert "every row a number, or every row an ISO date" in got.value.remedy
    empty = timestamps[1] in (None, "")
    assert ("line 3, which is empty)" if empty else "line 3: ") in got.value.problem


def test_rows_are_time_where_there_are_no_timestamps() -> None:
    table = pl.DataFrame({"user_id": ["v", "u", "v"], "item_id": ["b", "a", "a"]})
    rows = interactions_table(table, NAMES, HERE)
    assert rows.rows() == [("u", "a", 1), ("v", "b", 0), ("v", "a", 2)]


def test_unknown_items() -> None:
    items = pl.DataFrame({"item_id": ["1", "2"]})
    rows = log([5, 6, 7, 8])
    with pytest.raises(SeesayError, match=r"2 of 4 .*the first: '0'\).*--drop-unknown"):
        check_known_items(rows, items)
    assert check_known_items(rows, items, drop_unknown=True)["item_id"].to_list() == ["1", "2"]
    assert check_known_items(rows[1:3], items).equals(rows[1:3])
    with pytest.raises(SeesayError, match="mean the same items"):
        check_known_items(rows[:1], items, drop_unknown=True)


def test_columns_that_only_spaces_tell_apart(tmp_path: Path) -> None:
    path = written(tmp_path, "item_id, item_id \na,b\n")
    with pytest.raises(SeesayError, match="differ by spaces alone"):
        read_table(path)


@pytest.mark.parametrize("values", [[["a"], ["b"]], [b"\xff\xfe", b"b"], [{"x": 1}, {"x": 2}]])
def test_columns_that_are_no_text(values: list[Any]) -> None:
    with pytest.raises(SeesayError, match=r"column 'item_id' of .* which is no text"):
        items_table(pl.DataFrame({"item_id": values}), NAMES, HERE)
    with pytest.raises(SeesayError, match=r"'timestamp' of .* which is no text"):
        interactions_table(log(values), NAMES, HERE)
