"""The words of a workspace: three kinds of them, and what is made from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from seesay.core.errors import SeesayError
from seesay.describe.base import Description, Facets, Failure, Kind
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.encode.features import read_features
from seesay.workspace import Workspace


@pytest.fixture
def worded(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "work")
    table = pl.DataFrame({"item_id": ["a", "b", "c"], "title": ["one", "two", "three"]})
    table.write_csv(tmp_path / "items.csv")
    made.add_items(tmp_path / "items.csv")
    return made


def say(workspace: Workspace, item: str, text: str, kind: Kind = "both") -> None:
    with Journal(workspace.folder / "journal.sqlite") as journal:
        attempt = replace(Attempt(f"{item} {kind} {text}", item, "hand"), kind=kind)
        journal.record(attempt, Description(item, text, Facets(summary=text), text))


def test_each_kind_has_its_words_and_both_falls_back_to_the_two(worded: Workspace) -> None:
    assert worded.descriptions() == worded.descriptions("video") == {}
    say(worded, "a", "A cat purrs.")
    say(worded, "a", "A cat.", "video")
    say(worded, "b", "A rocket.", "video")
    say(worded, "b", "A roar.", "audio")
    say(worded, "c", "Wind.", "audio")
    assert worded.descriptions() == {
        "a": "A cat purrs.",
        "b": "A rocket.\nA roar.",
        "c": "Wind.",
    }
    assert worded.descriptions("video") == {"a": "A cat.", "b": "A rocket."}
    assert worded.descriptions("audio") == {"b": "A roar.", "c": "Wind."}


def test_each_kind_is_a_feature_of_its_own(worded: Workspace) -> None:
    for item in "abc":
        say(worded, item, f"A film of {item}.", "video")
        say(worded, item, f"The sound of {item}.", "audio")
    names = ["described", "described-video", "described-audio"]
    worded.encode(names)
    rows = [read_features(worded.folder / "features" / name).vectors[0] for name in names]
    assert rows[1] @ rows[2] < rows[0] @ rows[1] < 0.999
    say(worded, "a", "Another sound.", "audio")
    made = worded.encode(names)
    assert [made[name].fresh for name in names] == [True, False, True]


def test_what_was_made_from_stale_words_is_stale_too(
    worded: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for item in "abc":
        say(worded, item, f"A film of {item}.")
    worded.encode(["described", "shuffled"])
    assert "has changed" not in capsys.readouterr().err
    say(worded, "a", "New words.")
    worded.encode(["shuffled"])
    assert "'shuffled' was made from has changed" in capsys.readouterr().err
    with pytest.raises(SeesayError, match=r"'shuffled' .*Run: seesay encode described shuffled"):
        worded.train("content-knn", "shuffled")
    worded.encode(["described"])
    with pytest.raises(SeesayError, match=r"'shuffled' .*Run: seesay encode shuffled"):
        worded.train("content-knn", "shuffled")
    worded.encode(["shuffled"])
    assert not worded._features().is_stale("shuffled")


def test_an_item_that_failed_is_not_called_untried(worded: Workspace) -> None:
    attempt = Attempt("key", "a", "hand", kind="video")
    with Journal(worded.folder / "journal.sqlite") as journal:
        journal.record(attempt, Failure("a", "too dark"))
        journal.record(attempt, Failure("a", "the model refused", retry=False))
    with pytest.raises(SeesayError, match=r"the model refused\. Try .*describe --retry"):
        worded.journalled("a")
    for item, kind in (("a", "audio"), ("b", None)):
        with pytest.raises(SeesayError, match="has no description yet"):
            worded.journalled(item, kind)
    say(worded, "a", "A cat.", "audio")
    assert [entry.text for entry in worded.journalled("a")] == ["A cat."]


def test_describe_without_videos(workspace: Workspace) -> None:
    with pytest.raises(SeesayError, match="No item has a video file"):
        workspace.describe()
    with pytest.raises(SeesayError, match=r"no describer called 'percepton'.*'perception'"):
        workspace.describe("percepton")
