"""Near copies through a whole run: one is described, the other takes its words."""

from __future__ import annotations

import pytest

from seesay.describe.base import Description, Facets
from seesay.describe.journal import Journal
from seesay.describe.known_files import known_pictures
from seesay.describe.plan import ItemFile
from seesay.describe.run import describe_items
from seesay.media.base import MediaSettings

MEDIA = MediaSettings(count=2)


class Counting:
    """A describer that counts what it is asked."""

    name = "counting"
    batch_size = 1
    in_flight = 1

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fingerprint(self):
        return {"model": "m"}

    def check(self) -> None:
        pass

    def describe(self, videos):
        self.asked += [video.item_id for video in videos]
        return [
            Description(video.item_id, f"Words for {video.item_id}.", Facets(summary="x"), "")
            for video in videos
        ]


@pytest.fixture(scope="module")
def clips(tmp_path_factory, make_clip):
    folder = tmp_path_factory.mktemp("near")
    first = make_clip(folder / "a.mp4", seconds=1.0)
    copy = make_clip(folder / "b.mp4", seconds=1.0, gop=3)
    assert first.read_bytes() != copy.read_bytes()
    return [ItemFile("a", first, "one"), ItemFile("b", copy, "another")]


def test_a_near_copy_takes_the_words_of_the_first(tmp_path, clips):
    asked = Counting()
    with Journal(tmp_path / "journal.sqlite") as journal:
        report = describe_items(clips, asked, MEDIA, journal, distance=6)
        assert (report.described, report.already_done, asked.asked) == (1, 1, ["a"])
        found = journal.descriptions()
        assert found["b"].text == "Words for a."
        assert found["b"].copied_from == found["a"].id
        assert found["b"].attempt.request_key != found["a"].attempt.request_key
        again = describe_items(clips, asked, MEDIA, journal, distance=6)
        assert (again.described, again.already_done) == (0, 2)
        apart = describe_items(clips[1:], asked, MEDIA, journal)
        assert (apart.already_done, asked.asked) == (1, ["a"])


def test_by_default_every_file_is_described_by_itself(tmp_path, clips):
    asked = Counting()
    with Journal(tmp_path / "journal.sqlite") as journal:
        assert describe_items(clips, asked, MEDIA, journal).described == 2
        assert known_pictures(journal, ["x"], 1) == {}
