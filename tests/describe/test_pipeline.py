"""The way of one item through decoding and describing; jobs as a whole are in test_run."""

from __future__ import annotations

from pathlib import Path

import pytest

from making import make_clip
from seesay.describe.account import Account, NoAccount
from seesay.describe.base import Description, Facets, Failure
from seesay.describe.budget import Budget
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.describe.ledger import Ledger
from seesay.describe.pace import NotSent
from seesay.describe.pipeline import decoders_for, outcomes_of
from seesay.describe.plan import ItemFile, Work
from seesay.describe.tokens import Tokens
from seesay.media.base import MediaSettings

MEDIA = MediaSettings(count=1)


class Holding:
    """A describer that is asked over a line, and holds back what its title says."""

    name = "holding"
    batch_size = 1
    in_flight = 1

    def __init__(self) -> None:
        self.account: Account = NoAccount()
        self.stopped = False

    def fingerprint(self):
        return {}

    def check(self):
        """Work always."""

    def start(self, account):
        self.account = account

    def stop(self):
        self.stopped = True

    def has_price(self):
        return False

    def price_of(self, tokens):
        return 0.0

    def likely_tokens(self, video):
        return Tokens(0, 0)

    def describe(self, videos):
        (video,) = videos
        if video.title == "hold":
            raise NotSent("not now")
        self.account.sending(video.item_id, lambda: 0.0)
        return [Description(video.item_id, "w", Facets(summary="w"), "w")]


@pytest.fixture
def ledger(tmp_path: Path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        yield Ledger(journal, Budget(None))


def work(name: str, path: Path, title: str = "") -> Work:
    return Work(ItemFile(name, path, title), Attempt(f"key {name}", name, "holding"))


def test_without_work_no_process_is_started(ledger):
    assert list(outcomes_of([], Holding(), MEDIA, ledger)) == []


def test_a_file_that_cannot_be_decoded_is_recorded_and_nobody_is_asked(ledger, tmp_path):
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    (ended,) = outcomes_of([work("bad", bad)], Holding(), MEDIA, ledger)
    assert isinstance(ended.outcome, Failure)
    assert not ended.asked
    (row,) = ledger.journal.attempts()
    # It costs nothing to look again, and another version may be able to read it.
    assert (row.state, row.retry) == ("failed", True)


def test_what_is_held_back_ends_the_job_and_is_nowhere_an_outcome(ledger, tmp_path):
    clip = make_clip(tmp_path / "clip.mp4", seconds=1, sound=False)
    works = [work("a", clip), work("b", clip, "hold"), *(work(f"c{n}", clip) for n in range(60))]
    describer = Holding()
    names = [ended.work.item.item_id for ended in outcomes_of(works, describer, MEDIA, ledger)]
    assert describer.stopped
    assert "b" not in names
    assert len(names) < 60
    assert {row.item_id for row in ledger.journal.attempts()} == set(names)


def test_half_of_the_processors_decode_and_never_more_than_there_are_files():
    assert decoders_for(1) == 1
    assert 2 <= decoders_for(1000) <= 8
