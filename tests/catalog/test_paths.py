"""What a table may name, and all the ways in which one may try to name something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from seesay.catalog.paths import resolve_paths
from seesay.core.errors import SeesayError


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return a folder with a table and a video, beside a folder with a secret."""
    for name in ("table/films/a.mp4", "table/b.mp4", "secret/s.mp4", "table-2/c.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path.resolve()


def resolve(here: Path, *paths: str | None, folders: tuple[str, ...] = ()) -> list[str | None]:
    return resolve_paths(
        paths, here / "table", [here / name for name in folders], here / "table/items.csv"
    )


def test_files_of_the_tables_own_folder(here: Path) -> None:
    found = resolve(here, "films/a.mp4", "./films/../b.mp4", str(here / "table/b.mp4"), "", None)
    assert found == [
        str(here / "table/films/a.mp4"),
        *[str(here / "table/b.mp4")] * 2,
        None,
        None,
    ]


def test_a_file_that_is_not_there_yet_may_come(here: Path) -> None:
    assert resolve(here, "later.mp4") == [str(here / "table/later.mp4")]


def test_files_of_a_folder_that_was_named(here: Path) -> None:
    path = str(here / "secret/s.mp4")
    with pytest.raises(SeesayError, match=r"--videos .*/secret, or in seesay\.toml"):
        resolve(here, path)
    assert resolve(here, path, "../secret/s.mp4", folders=("secret",)) == [path, path]


@pytest.mark.parametrize(
    "path",
    [
        "../secret/s.mp4",
        "films/../../secret/s.mp4",
        "/etc/passwd",
        "../table-2/c.mp4",
        "..",
        "a\0.mp4",
        "../table/../secret/s.mp4",
    ],
)
def test_what_leads_out_is_refused(here: Path, path: str) -> None:
    with pytest.raises(SeesayError, match="1 file outside of its folder"):
        resolve(here, "b.mp4", path)


def test_links_are_followed(here: Path) -> None:
    (here / "table/out.mp4").symlink_to(here / "secret/s.mp4")
    (here / "table/folder").symlink_to(here / "secret")
    (here / "table/inside.mp4").symlink_to(here / "table/b.mp4")
    (here / "table/loop.mp4").symlink_to(here / "table/loop.mp4")
    assert resolve(here, "inside.mp4") == [str(here / "table/b.mp4")]
    for path in ("out.mp4", "folder/s.mp4"):
        with pytest.raises(SeesayError, match=rf"'{path}', which is '{here}/secret/s.mp4'"):
            resolve(here, path)
    assert resolve(here, "loop.mp4") == [str(here / "table/loop.mp4")]


def test_a_folder_that_is_itself_a_link(here: Path) -> None:
    (here / "mine").symlink_to(here / "table")
    found = resolve_paths(["b.mp4"], here / "mine", [], here / "mine/items.csv")
    assert found == [str(here / "table/b.mp4")]


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/a.mp4",
        "HTTPS://example.org/a.mp4",
        "file:///etc/passwd",
        "rtsp://127.0.0.1/live",
        "concat:a.mp4|/etc/passwd",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "data:video/mp4;base64,AAAA",
        "pipe:0",
        "crypto+file:/etc/passwd",
    ],
)
def test_addresses_are_refused(here: Path, address: str) -> None:
    with pytest.raises(SeesayError, match="names 1 address where"):
        resolve(here, "b.mp4", address)


def test_a_name_with_a_colon_is_a_name_where_the_file_is_there(here: Path) -> None:
    (here / "table/Part1:cats.mp4").touch()
    assert resolve(here, "Part1:cats.mp4") == [str(here / "table/Part1:cats.mp4")]
