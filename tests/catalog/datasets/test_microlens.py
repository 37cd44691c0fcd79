"""The official files: a small copy of their form, and the real ones where they are."""

from pathlib import Path

import pytest

from seesay.catalog.datasets.microlens import MicroLens, MicroLensSettings
from seesay.catalog.split import split_log
from seesay.core.errors import SeesayError

REAL = Path(__file__).parents[4] / "shared/data/microlens-50k"
PAIRS = "2\t10 3 11\r\n10\t3 12\r\n"
TITLES = 'item,title\r\n3,"a, b # c"\r\n10,plain\r\n11,"say ""x"""\r\n99,nobody saw it\r\n'


def official(folder: Path, pairs: str = PAIRS, titles: str = TITLES) -> Path:
    (folder / "MicroLens-50k_pairs.tsv").write_text(pairs, "utf-8", newline="")
    (folder / "MicroLens-50k_titles.csv").write_text(titles, "utf-8", newline="")
    return folder


def test_small_copy(tmp_path: Path) -> None:
    official(tmp_path)
    (tmp_path / "tags_to_summary.csv").write_text("video_id, tag\n3,Game\n3,Twice\n99,Food\n")
    (tmp_path / "MicroLens-100k_likes_and_views.txt").write_text("3\t100\t200\n")
    catalog = MicroLens(MicroLensSettings(folder=tmp_path)).load()
    assert catalog.items.rows() == [
        ("3", None, "a, b # c", "Game"),
        ("10", None, "plain", None),
        ("11", None, 'say "x"', None),
        ("12", None, "", None),
        ("99", None, "nobody saw it", "Food"),
    ]
    assert catalog.items.columns == ["item_id", "path", "title", "tag"]
    assert catalog.interactions.rows() == [
        ("10", "3", 3),
        ("10", "12", 4),
        ("2", "10", 0),
        ("2", "3", 1),
        ("2", "11", 2),
    ]
    assert not catalog.simulated
    assert not catalog.timed


def test_the_form_of_100k_and_1m(tmp_path: Path) -> None:
    """No heads, commas and open quotes in titles, and the log with its times in a table."""
    (tmp_path / "MicroLens-100k_title_en.csv").write_text(
        '\ufeff1,a, b # c\r\n2,"say ""x"", y"\r\n3, "open\r\n4,\r\n\r\n5,"a" and "b"\r\n',
        "utf-8",
        newline="",
    )
    (tmp_path / "tags_to_summary.csv").write_text("1,Game\n2,Food\n")
    (tmp_path / "MicroLens-100k_pairs.tsv").write_text("7\t2 1\n")
    (tmp_path / "MicroLens-100k_pairs.csv").write_text(
        "user,item,timestamp\n7,1,1654408947388\n7,2,1654408947000\n8,6,1\n"
    )
    catalog = MicroLens(MicroLensSettings(folder=tmp_path)).load()
    assert catalog.timed
    assert catalog.items.drop("path").rows() == [
        ("1", "a, b # c", "Game"),
        ("2", 'say "x", y', "Food"),
        ("3", '"open', None),
        ("4", "", None),
        ("5", '"a" and "b"', None),
        ("6", "", None),
    ]
    assert catalog.interactions.rows() == [
        ("7", "2", 1654408947000),
        ("7", "1", 1654408947388),
        ("8", "6", 1),
    ]


@pytest.mark.parametrize(
    "pairs", ["7,1,5\n", "user,item,timestamp\n7,1,\n", "user,item,timestamp\n,1,5\n", ""]
)
def test_other_tables_of_pairs_are_refused(tmp_path: Path, pairs: str) -> None:
    official(tmp_path)
    (tmp_path / "MicroLens-50k_pairs.csv").write_text(pairs)
    with pytest.raises(SeesayError, match=r"pairs\.csv' does not have the form"):
        MicroLens(MicroLensSettings(folder=tmp_path)).load()


def test_videos_are_found_by_item_id(tmp_path: Path) -> None:
    official(tmp_path)
    videos = tmp_path / "videos"
    videos.mkdir()
    for name in ("3.webm", "3.mp4", "100.mp4"):
        (videos / name).touch()
    (videos / "10.mp4").mkdir()
    settings = MicroLensSettings(folder=tmp_path, videos=videos)
    paths = dict(MicroLens(settings).load().items.select("item_id", "path").iter_rows())
    assert paths["3"] == str(videos / "3.mp4")
    assert paths["10"] is None
    with pytest.raises(SeesayError, match="--videos"):
        MicroLens(MicroLensSettings(folder=tmp_path, videos=tmp_path / "absent")).load()


@pytest.mark.parametrize("pairs", ["1 2 3\n", "1\t2 3\tx\n", "1\t2 3\n1\t4\n", "1\t\n", ""])
def test_other_pairs_are_refused(tmp_path: Path, pairs: str) -> None:
    official(tmp_path, pairs=pairs)
    with pytest.raises(SeesayError, match="does not have the form of the official file"):
        MicroLens(MicroLensSettings(folder=tmp_path)).load()


@pytest.mark.parametrize(
    "titles",
    ["1,a\nx,b\n", "1,a\n2\n", "item,title,likes\n1,a,3\n", "item\n1\n", ",title\n,x\n", ""],
)
def test_other_titles_are_refused(tmp_path: Path, titles: str) -> None:
    official(tmp_path, titles=titles)
    with pytest.raises(SeesayError, match="does not have the form of the official file"):
        MicroLens(MicroLensSettings(folder=tmp_path)).load()


def test_missing_and_doubled_files(tmp_path: Path) -> None:
    settings = MicroLensSettings(folder=tmp_path)
    with pytest.raises(SeesayError, match=r"holds no file \*_pairs.tsv"):
        MicroLens(settings).load()
    official(tmp_path)
    (tmp_path / "MicroLens-100k_pairs.tsv").write_text(PAIRS)
    with pytest.raises(SeesayError, match=r"MicroLens-100k_pairs.tsv, MicroLens-50k_pairs.tsv"):
        MicroLens(settings).load()
    with pytest.raises(SeesayError, match="There is no folder"):
        MicroLens(MicroLensSettings(folder=tmp_path / "absent")).load()


@pytest.mark.skipif(not REAL.is_dir(), reason="shared/data/microlens-50k is not there")
def test_the_real_files() -> None:
    catalog = MicroLens(MicroLensSettings(folder=REAL)).load()
    assert catalog.interactions["user_id"].n_unique() == 50_000
    assert catalog.interactions.height == 359_708
    assert catalog.items.height == 19_220
    assert (catalog.items["title"] != "").all()
    assert catalog.items["tag"].n_unique() == 23
    split = split_log(catalog.interactions)
    assert split.test.height == split.validation.height == 50_000
