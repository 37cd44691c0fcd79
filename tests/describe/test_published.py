from __future__ import annotations

import json

import polars as pl
import pytest

from seesay.core.errors import SeesayError
from seesay.describe.journal import Journal
from seesay.describe.published import Columns, Imported, Published, import_published, read_published

ROWS = [
    {"kind": "video", "text": "A cat.", "item_id": "007"},
    {"kind": "audio", "text": "It purrs.", "item_id": "007"},
    {"kind": "both", "text": "A rocket rises.", "item_id": "b"},
]
TEXTS = [
    Published("007", "video", "A cat."),
    Published("007", "audio", "It purrs."),
    Published("b", "both", "A rocket rises."),
]


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def write(path, rows=ROWS):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
    else:
        pl.DataFrame(rows).write_csv(path)
    return path


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl", "a.csv"])
def test_every_form_of_table_gives_the_same(tmp_path, name):
    assert read_published(write(tmp_path / name), Columns()) == (TEXTS, 0)


def test_a_folder_of_tables_is_read_whole_but_for_what_is_hidden(tmp_path):
    write(tmp_path / "words/data/1.parquet", ROWS[:1])
    write(tmp_path / "words/data/2.jsonl", ROWS[1:])
    write(tmp_path / "words/.cache/3.jsonl", [{"odd": 1}])
    (tmp_path / "words/README.md").write_text("about")
    assert read_published(tmp_path / "words", Columns()) == (TEXTS, 0)


def test_other_names_of_columns_are_known_or_said(tmp_path):
    rows = [{"Video-ID": 12, "modality": "Sound", "caption": "It purrs."}]
    found, _ = read_published(write(tmp_path / "a.parquet", rows), Columns())
    assert found == [Published("12", "audio", "It purrs.")]
    odd = write(tmp_path / "odd.parquet", [{"clip": "x", "said": "A cat.", "how": "visual"}])
    with pytest.raises(SeesayError, match=r"columns are: clip, said, how.*--item-column"):
        read_published(odd, Columns())
    with pytest.raises(SeesayError, match="no column of texts"):
        read_published(odd, Columns(item="clip"))
    found, _ = read_published(odd, Columns("clip", "said", "how"))
    assert found == [Published("x", "video", "A cat.")]


def test_a_column_for_each_kind(tmp_path):
    rows = [
        {"item_id": 5, "video_description": "A cat.", "audio_description": "It purrs.", "year": 1},
        {"item_id": 6, "video_description": "A dog.", "audio_description": None, "year": 2},
    ]
    found, empty = read_published(write(tmp_path / "a.parquet", rows), Columns())
    assert found == [
        Published("5", "video", "A cat."),
        Published("6", "video", "A dog."),
        Published("5", "audio", "It purrs."),
    ]
    assert empty == 1


def test_without_a_column_of_kinds_the_user_says_it(tmp_path):
    rows = [{"item_id": "a", "text": "A cat."}]
    path = write(tmp_path / "a.csv", rows)
    assert read_published(path, Columns())[0][0].kind == "both"
    assert read_published(path, Columns(texts_are="audio"))[0][0].kind == "audio"


def test_what_cannot_be_read_says_why(tmp_path):
    with pytest.raises(SeesayError, match="There is no"):
        read_published(tmp_path / "none", Columns())
    (tmp_path / "empty").mkdir()
    with pytest.raises(SeesayError, match="holds no table"):
        read_published(tmp_path / "empty", Columns())
    (tmp_path / "bad.jsonl").write_text("{no json\n")
    with pytest.raises(SeesayError, match="cannot be read as jsonl"):
        read_published(tmp_path / "bad.jsonl", Columns())
    wrong = write(tmp_path / "kind.csv", [{"item_id": "a", "text": "x", "kind": "smell"}])
    with pytest.raises(SeesayError, match=r"'smell'.*no kind of text"):
        read_published(wrong, Columns())
    twice = write(tmp_path / "twice.csv", [{"item_id": "a", "text": text} for text in "xy"])
    with pytest.raises(SeesayError, match="several texts of the kind 'both' for 'a'"):
        read_published(twice, Columns())
    blank = write(tmp_path / "blank.csv", [{"item_id": "a", "text": " "}])
    with pytest.raises(SeesayError, match="holds no text"):
        read_published(blank, Columns())


def test_texts_become_descriptions_once(tmp_path, journal):
    source = write(tmp_path / "what-you-see/a.parquet").parent
    first = import_published(source, journal, ["007", "b", "c"])
    kinds = {"both": 1, "video": 1, "audio": 1}
    assert first == Imported("what-you-see", 3, 0, 0, 0, kinds)
    entry = journal.descriptions(kind="audio")["007"]
    assert (entry.text, entry.facets.summary, entry.usage.cost) == ("It purrs.", "It purrs.", 0)
    assert entry.attempt.describer == "what-you-see"
    again = import_published(source, journal, ["007", "b", "c"])
    assert (again.added, again.already_there) == (0, 3)
    assert len(journal.attempts()) == 3
    import_published(write(tmp_path / "other.csv"), journal, ["007", "b"])
    assert journal.descriptions()["b"].attempt.describer == "other"
    back = import_published(source, journal, ["007", "b"])
    assert back.added == 3
    assert journal.descriptions()["b"].attempt.describer == "what-you-see"
    assert journal.descriptions()["b"].copied_from


def test_unknown_items(tmp_path, journal):
    source = write(tmp_path / "a.csv")
    with pytest.raises(SeesayError, match=r"1 text of 3 about .*'b'.*--drop-unknown"):
        import_published(source, journal, ["007"])
    with pytest.raises(SeesayError, match=r"3 texts of 3 .*mean the same"):
        import_published(source, journal, ["x"], drop_unknown=True)
    assert journal.attempts() == []
    assert import_published(source, journal, ["007"], drop_unknown=True).dropped == 1
    assert set(journal.descriptions(kind="video")) == {"007"}


def test_nobody_takes_the_name_of_a_describer(tmp_path, journal):
    source = write(tmp_path / "perception.csv")
    with pytest.raises(SeesayError, match="--name"):
        import_published(source, journal, ["007", "b"])
    assert import_published(source, journal, ["007", "b"], name="theirs").added == 3
