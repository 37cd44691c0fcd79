"""What a report shows beside the table, made from the outcomes, the runs and the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seesay.describe.journal_rows import JournalEntry
from seesay.describe.words import text_of
from seesay.encode.features import read_features
from seesay.evaluate.bench import Bench
from seesay.evaluate.codebook import Codebook, codebooks_of
from seesay.evaluate.comparison import MAIN, KnockOut
from seesay.evaluate.contrasts import DESCRIBED, Contrast, choose_pair, contrast
from seesay.evaluate.item_facts import item_facts
from seesay.evaluate.item_map import LONGEST_TITLE, ItemMap, make_map, shorten
from seesay.evaluate.knock_outs import make_knock_outs
from seesay.evaluate.outcomes import Outcome, users_values
from seesay.evaluate.report import Case, Shown, WordsAtWork
from seesay.evaluate.slices import Slices, cuts_of_users, slice_cells
from seesay.media.thumbnail import Thumbnails
from seesay.recommend.base import PLACEBOS
from seesay.recommend.run import Run

LAST = 5
LONGEST_WORDS = 280
# A map is of what the words say, where there are any.
FIRST_OF_MAPS = ("described", "described-video", "described-audio", "title")


@dataclass(frozen=True)
class Evidence:
    """See `Comparison` and `Pictures`, of which these are parts."""

    slices: tuple[Slices, ...]
    unsliced: Mapping[str, str]
    knock_outs: tuple[KnockOut, ...]
    codebooks: Mapping[str, Codebook]
    item_map: ItemMap | None
    words_at_work: WordsAtWork | None


def make_evidence(
    outcomes: Sequence[Outcome],
    runs: Sequence[Run],
    bench: Bench,
    entries: Mapping[str, Sequence[JournalEntry]],
) -> Evidence:
    """Return all that the data allow.

    Args:
        runs: tested ones; all seeds of a cell.
        entries: what the words of each item are made of; see `describe.words.entries_of`.
    """
    words = {item: text_of(list(found)) for item, found in entries.items()}
    slices, unsliced = _slices(outcomes, bench, entries)
    return Evidence(
        slices,
        unsliced,
        make_knock_outs(runs, bench),
        codebooks_of([(_cell(run), run.metrics["training"]) for run in runs]),
        _map(runs, bench, words),
        _words_at_work(outcomes, bench, words),
    )


def _slices(
    outcomes: Sequence[Outcome], bench: Bench, entries: Mapping[str, Sequence[JournalEntry]]
) -> tuple[tuple[Slices, ...], dict[str, str]]:
    done = [one for one in outcomes if one.evaluations]
    if not done:
        return (), {}
    task = bench.task
    targets = task.vocabulary.ids(task.test.targets)
    views = np.bincount(task.train.items, minlength=len(task.vocabulary))
    cuts, unsliced = cuts_of_users(
        targets,
        views[task.test.targets],
        np.diff(task.test.histories.offsets),
        item_facts(bench.catalog.items(), entries, set(targets)),
    )
    cells = [(one.recommender, one.features) for one in done]
    values = np.array([users_values(one, MAIN) for one in done])
    together = bench.drawn_together
    return tuple(slice_cells(cells, values, cut, together=together) for cut in cuts), unsliced


def _map(runs: Sequence[Run], bench: Bench, words: Mapping[str, str]) -> ItemMap | None:
    used = dict.fromkeys(name for run in runs for name in run.spec.content if name not in PLACEBOS)
    known = [name for name in used if (bench.features / name).is_dir()]
    chosen = next((name for name in FIRST_OF_MAPS if name in known), next(iter(known), None))
    if chosen is None:
        return None
    table = read_features(bench.features / chosen).only(set(bench.item_ids))
    return make_map(chosen, table.vectors, table.item_ids, bench.catalog.items(), words)


def _words_at_work(
    outcomes: Sequence[Outcome], bench: Bench, words: Mapping[str, str]
) -> WordsAtWork | None:
    pair = choose_pair(outcomes)
    if pair is None:
        return None
    if DESCRIBED not in pair[0].features:  # It was found by other words, or by none.
        words = {}
    task = bench.task
    found = contrast(*pair, task.test.targets)
    items = bench.catalog.items()
    titles = {
        item: shorten(title or item, LONGEST_TITLE)
        for item, title in items.select("item_id", "title").iter_rows()
    }
    paths = dict(items.select("item_id", "path").iter_rows())

    def case(one: Contrast, thumbnails: Thumbnails) -> Case:
        watched = task.vocabulary.ids(task.test.histories.history(one.user)[-LAST:])
        (target,) = task.vocabulary.ids(task.test.targets[[one.user]])
        said = shorten(words.get(target, ""), LONGEST_WORDS)
        return Case(
            task.users[one.user],
            tuple(Shown(item, titles[item]) for item in watched),
            Shown(target, titles[target], said, thumbnails.of(paths[target])),
            one.rank_with,
            one.rank_without,
        )

    with Thumbnails() as thumbnails:
        helped, hurt = (
            tuple(case(one, thumbnails) for one in some) for some in (found.helped, found.hurt)
        )
    return WordsAtWork(found, helped, hurt)


def _cell(run: Run) -> str:
    return f"{run.plan['recommender']} × {run.plan['features']}"
