"""The catalogue on disk: adding, adding again, replacing, and what must not be mixed."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from seesay.catalog.base import Catalog
from seesay.catalog.store import CatalogStore, Removed
from seesay.core.errors import SeesayError

Event = tuple[str, str, int]


def items(*ids: str, path: str | None = None) -> pl.DataFrame:
    rows = [(item, path, f"title of {item}") for item in ids]
    schema = {"item_id": pl.String, "path": pl.String, "title": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def log(*rows: Event) -> pl.DataFrame:
    schema = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_items_are_added_and_replaced(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    assert store.add_items(items("a", "b")).added == 2
    newer = items("b", "c").with_columns(pl.lit("x").alias("tag"))
    done = store.add_items(newer)
    assert (done.added, done.replaced, done.total) == (1, 1, 3)
    assert store.items().select("item_id", "tag").rows() == [("a", None), ("b", "x"), ("c", "x")]
    assert store.add_items(items("d", "a")).replaced == 1
    assert store.items()["item_id"].to_list() == ["a", "b", "c", "d"]


def test_items_of_another_type_are_refused_whole(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    store.add_items(items("a").with_columns(pl.lit(3).alias("likes")))
    before = (tmp_path / "items.parquet").read_bytes()
    with pytest.raises(SeesayError, match="do not fit"):
        store.add_items(items("b").with_columns(pl.lit("many").alias("likes")))
    assert (tmp_path / "items.parquet").read_bytes() == before


def test_paths_inside_move_with_the_workspace(tmp_path: Path) -> None:
    old, new, outside = tmp_path / "old", tmp_path / "new", str(tmp_path / "x.mp4")
    old.mkdir()
    CatalogStore(old).add_items(items("a", path=str(old / "videos/a.mp4")))
    CatalogStore(old).add_items(items("b", path=outside))
    CatalogStore(old).add_items(items("c"))
    old.rename(new)
    assert CatalogStore(new).items()["path"].to_list() == [
        str(new / "videos/a.mp4"),
        outside,
        None,
    ]


def test_the_same_log_twice_adds_nothing(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    store.add_items(items("a", "b"))
    rows = log(("u", "a", 1), ("u", "b", 2), ("u", "a", 3))
    first = store.add_interactions(rows, timed=True)
    assert (first.added, first.repeats) == (3, 1)
    again = store.add_interactions(rows, timed=True)
    assert (again.added, again.already_there, again.total) == (0, 3, 3)
    assert (again.replaced, again.repeats) == (0, 0)
    store.add_interactions(log(("u", "b", 0)), timed=True)
    assert store.interactions()["timestamp"].to_list() == [0, 1, 2, 3]


def test_what_a_new_log_replaces_is_counted_even_beside_a_damaged_one(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    store.add_items(items("a", "b"))
    store.add_interactions(log(("u", "a", 1), ("u", "b", 2)), timed=True)
    done = store.add_interactions(log(("u", "a", 1)), timed=True, replace=True)
    assert (done.added, done.replaced, done.already_there, done.total) == (1, 2, 0, 1)
    (tmp_path / "interactions.parquet").write_bytes(b"nothing")
    done = store.add_interactions(log(("u", "a", 1)), timed=True, replace=True)
    assert (done.added, done.replaced, done.total) == (1, 0, 1)


def test_duplicates_in_one_log_are_kept_and_told(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    store.add_items(items("a"))
    done = store.add_interactions(log(("u", "a", 1), ("u", "a", 1)), timed=True)
    assert (done.added, done.repeats, done.total) == (2, 1, 2)


def test_row_order_and_times_do_not_mix(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    store.add_items(items("a"))
    store.add_interactions(log(("u", "a", 0)), timed=False)
    with pytest.raises(SeesayError, match="without timestamps in both"):
        store.add_interactions(log(("u", "a", 5)), timed=True)
    store.add_interactions(log(("u", "a", 5)), timed=True, replace=True)
    assert store.interactions().rows() == [("u", "a", 5)]


def test_unknown_items_write_nothing(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    with pytest.raises(SeesayError, match="no items yet"):
        store.add_interactions(log(("u", "a", 1)), timed=True)
    store.add_items(items("a"))
    with pytest.raises(SeesayError, match="--drop-unknown"):
        store.add_interactions(log(("u", "a", 1), ("u", "z", 2)), timed=True)
    assert not (tmp_path / "interactions.parquet").exists()
    done = store.add_interactions(log(("u", "a", 1), ("u", "z", 2)), timed=True, drop_unknown=True)
    assert (done.added, done.dropped) == (1, 1)


def test_the_mark_of_simulation_stays_until_the_log_goes(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    catalog = Catalog(items("a"), log(("u", "a", 1)), simulated=True)
    store.put(catalog, "demo")
    store.add_items(items("b"))
    assert store.about()["simulated"] is True
    store.add_interactions(log(("v", "b", 1)), timed=True, replace=True)
    assert store.about()["simulated"] is False


@pytest.mark.parametrize("timed", [True, False])
def test_a_log_with_times_can_be_added_to_a_data_set_with_times(
    tmp_path: Path, timed: bool
) -> None:
    store = CatalogStore(tmp_path)
    store.put(Catalog(items("a"), log(("u", "a", 1)), timed=timed), "microlens")
    more = log(("v", "a", 2))
    if timed:
        assert store.add_interactions(more, timed=True).total == 2
    else:
        with pytest.raises(SeesayError, match="without timestamps in both"):
            store.add_interactions(more, timed=True)


def test_a_data_set_does_not_overwrite_another_catalogue(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    store.put(Catalog(items("a"), log(("u", "a", 1))), "demo")
    store.put(Catalog(items("b"), log(("u", "b", 1))), "demo")
    assert store.items()["item_id"].to_list() == ["b"]
    with pytest.raises(SeesayError, match=r"already holds a catalogue \(demo\)"):
        store.put(Catalog(items("c"), log(("u", "c", 1))), "microlens")


def test_damaged_files(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    with pytest.raises(SeesayError, match="no interactions yet"):
        store.interactions()
    (tmp_path / "items.parquet").write_bytes(b"nothing")
    with pytest.raises(SeesayError, match="is damaged"):
        store.items()


def test_times_in_another_unit_do_not_mix(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    store.add_items(items("a"))
    second = 1_700_000_000
    store.add_interactions(log(("u", "a", second)), timed=True)
    for unit in (1000, 1_000_000):
        with pytest.raises(SeesayError, match=r"in another unit.*--replace"):
            store.add_interactions(log(("u", "a", second * unit)), timed=True)
    store.add_interactions(log(("u", "a", second // 3)), timed=True)
    assert store.interactions().height == 2


def test_several_processes_lose_nothing(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    store.add_items(items("a", *(f"b{time}" for time in range(15))))
    store.add_interactions(log(*(("w", f"b{time}", 0) for time in range(15))), timed=True)
    script = """
import sys
import polars as pl
from pathlib import Path
from seesay.catalog.store import CatalogStore
for time in range(15):
    rows = pl.DataFrame({"user_id": [sys.argv[2]], "item_id": ["a"], "timestamp": [time]})
    CatalogStore(Path(sys.argv[1])).add_interactions(rows, timed=True)
    if sys.argv[2] == "u":
        CatalogStore(Path(sys.argv[1])).remove_items([f"b{time}"])
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), user]) for user in "uvw"
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    assert store.interactions().height == 45
    assert store.items()["item_id"].to_list() == ["a"]


def test_items_are_removed_with_their_interactions(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    inside, outside = str(tmp_path / "a.mp4"), "/elsewhere/b.mp4"
    store.add_items(pl.concat([items("a", path=inside), items("b", path=outside), items("c")]))
    store.add_interactions(log(("u", "a", 1), ("u", "c", 2), ("v", "a", 3)), timed=True)
    assert store.remove_items(["a", "b", "a"]) == Removed(items=2, interactions=2, left=1)
    assert store.items()["item_id"].to_list() == ["c"]
    assert store.interactions().rows() == [("u", "c", 2)]
    store.add_items(items("b", path=inside))
    assert store.remove_items(["c"]) == Removed(items=1, interactions=1, left=1)
    assert store.items()["path"].to_list() == [inside]
    store.add_interactions(log(("u", "b", 0)), timed=False)


def test_where_one_item_is_unknown_none_is_removed(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    with pytest.raises(SeesayError, match="no items yet"):
        store.remove_items(["a"])
    store.add_items(items("a"))
    store.add_interactions(log(("u", "a", 1)), timed=True)
    with pytest.raises(SeesayError, match=r"no item 'x', 'y'\. Nothing was removed"):
        store.remove_items(["y", "a", "x"])
    with pytest.raises(SeesayError, match="'4' and 3 more"):
        store.remove_items([str(number) for number in range(8)])
    assert (store.items().height, store.interactions().height) == (1, 1)


def test_the_last_item_can_be_removed(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    store.put(Catalog(items("a"), log(("u", "a", 1)), simulated=True), "demo")
    assert store.remove_items(["a"]).left == 0
    with pytest.raises(SeesayError, match="no items yet"):
        store.items()
    store.add_items(items("b"))
    store.add_interactions(log(("u", "b", 0)), timed=False)
    assert store.about()["simulated"] is False


def test_killed_while_a_simulated_log_is_written(tmp_path: Path) -> None:
    store = CatalogStore(tmp_path)
    (tmp_path / "interactions.parquet").mkdir()
    with pytest.raises(OSError, match="interactions"):
        store.put(Catalog(items("a"), log(("u", "a", 1)), simulated=True), "demo")
    assert store.items().height == 1
    assert store.about()["simulated"] is True


def test_a_file_that_may_not_be_read_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CatalogStore(tmp_path)
    store.add_items(items("a"))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SeesayError, match=r"\(Permission denied\). See that you may read it"):
        store.items()
