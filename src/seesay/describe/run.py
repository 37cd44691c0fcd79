"""Describing as a job: what is done is skipped, what is paid for is written down at once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from seesay.core.errors import SeesayError
from seesay.core.progress import track
from seesay.describe.account import PaidDescriber
from seesay.describe.base import Describer, Failure
from seesay.describe.budget import Budget
from seesay.describe.journal import Journal
from seesay.describe.ledger import Ledger
from seesay.describe.pipeline import Ended, Outcome, outcomes_of
from seesay.describe.plan import ItemFile, Plan, Progress, plan_work
from seesay.media.base import MediaSettings

__all__ = ["DescribeReport", "ItemFile", "describe_items"]

# So many failures in a row, or as many as are in flight if that is more, stop the job.
FAILURES_IN_A_ROW = 10


@dataclass
class DescribeReport:
    """What a run came to.

    Attributes:
        described: videos described now.
        already_done: items whose description was there, or was made for an equal file.
        failed: item and reason, in the order in which they failed.
        given_up: how many of those were not asked again, since the same request failed for good.
        left: videos that were not asked because the budget was used up.
        cost, requests: what this run spent; the money in the unit of the price table.
        possible_cost: what it may have spent beyond that, on requests without an answer.
    """

    described: int = 0
    already_done: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    given_up: int = 0
    left: int = 0
    seconds: float = 0.0
    cost: float = 0.0
    possible_cost: float = 0.0
    requests: int = 0


def describe_items(
    items: Sequence[ItemFile],
    describer: Describer,
    media: MediaSettings,
    journal: Journal,
    *,
    limit: int | None = None,
    budget: float | None = None,
    retry: bool = False,
    trial: bool = False,
    distance: int = 0,
    progress: Progress = track,
) -> DescribeReport:
    """Describe every item that has no description by these settings yet.

    A video that cannot be read or described fails alone, and is tried again by the next run, but
    where the model refused it or the endpoint would not take it. Interrupted or killed at any
    moment, the next run goes on behind the last recorded answer.

    Args:
        limit: describe this many new videos at most.
        budget: the most that the journal may ever come to, with all that was spent before and all
            that may have been; where the next request does not fit, nothing more is sent.
        retry: ask again also where the same request failed for good.
        trial: the words are not to become those of the items; they are kept, and not paid for
            again when they are asked for in earnest.
        distance: within which videos count as the same, see `DuplicatesSettings`.
        progress: passes things through while it shows how many; by default on standard error.

    Raises:
        SeesayError: the describer cannot work at all, one video after the other fails, the journal
            cannot be written, another process is describing with the same describer into the same
            journal, or there is a budget and no price.
        KeyboardInterrupt: after the requests that are on their way have been written down.
    """
    start = time.monotonic()
    report = DescribeReport()
    if budget is not None:
        check_price(describer)
    with journal.only_run(describer.name):
        plan = plan_work(
            items,
            describer,
            media,
            journal,
            limit,
            progress,
            retry=retry,
            trial=trial,
            distance=distance,
        )
        if plan.work:
            describer.check()
        report.already_done = plan.already_done
        for work, fault in plan.failed:
            journal.record(work.attempt, fault)
            report.failed.append((work.item.item_id, fault.error))
        _name_given_up(plan, report)
        ledger = Ledger(journal, Budget(budget, sum(journal.spent())))
        streak = _Streak(max(FAILURES_IN_A_ROW, describer.batch_size * describer.in_flight))
        endings: dict[str, Outcome] = {}
        with closing(outcomes_of(plan.work, describer, media, ledger)) as outcomes:
            for ended in progress(outcomes, "describe", len(plan.work)):
                endings[ended.work.attempt.request_key] = ended.outcome
                _count(report, ended)
                # Videos cut off by the end of the budget say nothing about the endpoint either.
                if not ledger.budget.over:
                    streak.add(ended, report)
        report.left = len(plan.work) - len(endings)
        report.possible_cost = ledger.possible
        _settle_twins(plan, endings, journal, report)
    report.seconds = time.monotonic() - start
    return report


def check_price(describer: Describer) -> None:
    """See that a budget means something to a describer.

    Raises:
        SeesayError: it is not known what a request costs.
    """
    if not isinstance(describer, PaidDescriber):
        raise SeesayError(
            f"The describer '{describer.name}' does not count money.", "Leave --budget out."
        )
    if not describer.has_price():
        raise SeesayError(
            "There is a budget, but the model has no price.",
            f"Give it one in [describers.{describer.name}.prices] of seesay.toml, such as: "
            '"the-model" = { prompt = 0.2, completion = 0.8 }',
        )


@dataclass
class _Streak:
    """Counts failures without a success between them, and stops the job when it is no accident."""

    most: int
    in_a_row: int = 0

    def add(self, ended: Ended, report: DescribeReport) -> None:
        outcome = ended.outcome
        if not isinstance(outcome, Failure):
            self.in_a_row = 0
        elif ended.asked and (outcome.retry or outcome.usage.requests):
            # What is wrong with a file alone says nothing about the endpoint or the model.
            self.in_a_row += 1
            if self.in_a_row >= self.most:
                raise SeesayError(
                    f"Stopped: {self.in_a_row} videos failed one after the other, the last with: "
                    f"{outcome.error}. {report.described} were described and are kept.",
                    "Mend that and run the same command again; it goes on from here.",
                )


def _count(report: DescribeReport, ended: Ended) -> None:
    report.cost += ended.outcome.usage.cost
    report.requests += ended.outcome.usage.requests
    if isinstance(ended.outcome, Failure):
        report.failed.append((ended.work.item.item_id, ended.outcome.error))
    else:
        report.described += 1


def _name_given_up(plan: Plan, report: DescribeReport) -> None:
    report.given_up = len(plan.given_up)
    report.failed += [(work.item.item_id, f"not asked again: {why}") for work, why in plan.given_up]


def _settle_twins(
    plan: Plan, endings: Mapping[str, Outcome], journal: Journal, report: DescribeReport
) -> None:
    """Give each item that equals another what came of that one."""
    for twin in plan.twins:
        own = twin.attempt.request_key
        key = own if own in endings else twin.like
        outcome = endings.get(key)
        if outcome is None:
            report.left += 1
        elif isinstance(outcome, Failure):
            failure = Failure(twin.item.item_id, outcome.error, outcome.retry)
            journal.record(twin.attempt, failure)
            report.failed.append((twin.item.item_id, outcome.error))
        else:
            journal.copy(twin.attempt, key)
            report.already_done += 1
