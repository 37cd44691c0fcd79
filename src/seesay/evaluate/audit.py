"""The look for leaks: whether anything that is trained or chosen has seen what is tested."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from seesay.catalog.split import COLUMNS, Split
from seesay.core.errors import SeesayError
from seesay.encode.features import FeatureTable

# What is counted from what viewers did: it is known only after what is to be guessed.
_DONE = (
    "bookmark|click|digg|(?:dis)?like|download|favou?rite|heart|impression|interaction|play|rating"
    "|reaction|repost|save|share|subscription|upvote|view|vote|watch"
)
# What people wrote, or who they are, is no count; the number of it is.
_BY_PEOPLE = f"{_DONE}|comment|follow(?:er)?|subscriber|viewer"
# A number of these need not count anything: that of a collection may be its name.
_COUNTABLE = f"{_BY_PEOPLE}|collect(?:ion)?|completion|finish|star"
_HOW_MANY = "count|cnt|num|number|total"
COUNTED = re.compile(
    rf"(?<![a-z])(?:(?:{_DONE})e?s|(?:{_COUNTABLE})s?[-_ ]?(?:count|cnt|rate|time)s?"
    rf"|(?:{_BY_PEOPLE})s?[-_ ](?:{_HOW_MANY})|(?:{_HOW_MANY}|n)[-_ ](?:of[-_ ])?(?:{_BY_PEOPLE})s?"
    rf"|ctr|engagement|popularity|retention)(?![a-z])",
    re.IGNORECASE,
)
ALMOST_PERFECT = 0.9
# With fewer, one of some hundred random columns can be in almost the order of any other.
FEWEST_ITEMS = 20
MOST_ITEMS = 50_000
COLUMNS_AT_ONCE = 64
VALID = "validation"
FLAT_ROWS = "items whose vector is one value"
FEW_VECTORS = "features of few different vectors"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        detail: how much was, or what leaked.
        unknown: what nobody can see here, if anything.
    """

    name: str
    passed: bool
    detail: str
    unknown: str = ""


@dataclass(frozen=True)
class Audit:
    """All that was looked at."""

    checks: tuple[Check, ...]

    def facts(self) -> dict[str, dict[str, Any]]:
        """Return what each check found, as JSON values by its name."""
        return {
            one.name: {"passed": one.passed, "detail": one.detail, "unknown": one.unknown}
            for one in self.checks
        }

    def demand(self) -> None:
        """Check that nothing leaked.

        Raises:
            SeesayError: something did; says what.
        """
        failed = [f"{one.name}: {one.detail}" for one in self.checks if not one.passed]
        if failed:
            raise SeesayError(
                f"Figures of this comparison would be wrong. {'; '.join(failed)}.",
                "Leave out what leaks or says nothing, or make it from what was known "
                "before the test.",
            )


@dataclass(frozen=True)
class Popularity:
    """How often each item was watched: in training, in the test, and in the whole log."""

    training: np.ndarray
    test: np.ndarray
    whole: np.ndarray


def audit_split(split: Split) -> Iterator[Check]:
    """Look whether a row that is guessed, or any row after it, is trained on or in a history."""
    shared = split.test.join(split.train, on=COLUMNS, how="semi")
    yield _check("test rows in training", shared, split.test.height)
    shared = split.test.join(split.validation, on=COLUMNS, how="semi")
    yield _check("test rows that decide when to stop", shared, split.test.height)
    for part, targets, histories in (
        ("validation", split.validation, split.validation_histories),
        ("test", split.test, split.test_histories),
    ):
        later = _not_before(histories, targets)
        yield _check(f"{part} histories that reach what is guessed", later, histories.height)
        later = _not_before(split.train, targets)
        yield _check(f"training from a user's {part} row on", later, split.train.height)
    if split.moments:
        stop, end = split.moments
        late = split.train.filter(pl.col("timestamp") >= stop)
        early = split.test.filter(pl.col("timestamp") < end)
        yield _check("training after the cut", late, split.train.height)
        yield _check("test rows before the cut", early, split.test.height)
    if split.cold:
        seen = pl.concat([split.train, split.validation_histories, split.test_histories])
        unseen = pl.Series([*split.cold, *split.cold_validation]).implode()
        leaked = seen.filter(pl.col("item_id").is_in(unseen))
        yield _check("cold items in training or in a history", leaked, seen.height)


def _not_before(rows: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that are later than their user's target, or are the target itself."""
    both = rows.join(targets, on="user_id", suffix="_target")
    same = pl.all_horizontal(pl.col(name) == pl.col(f"{name}_target") for name in COLUMNS[1:])
    return both.filter((pl.col("timestamp") > pl.col("timestamp_target")) | same)


def _check(name: str, leaked: pl.DataFrame, looked_at: int) -> Check:
    if leaked.is_empty():
        return Check(name, True, f"none of {looked_at:,}")
    user, item = leaked.row(0)[:2]
    return Check(
        name, False, f"{leaked.height:,} of {looked_at:,}, the first: '{item}' of user '{user}'"
    )


def popularity_of(log: pl.DataFrame, split: Split, item_ids: Sequence[str]) -> Popularity:
    """Count the rows of each item, in the order of the IDs."""
    items = pl.DataFrame({"item_id": item_ids}, schema={"item_id": pl.String})

    def counts(rows: pl.DataFrame) -> np.ndarray:
        counted = rows.group_by("item_id").len()
        joined = items.join(counted, on="item_id", how="left", maintain_order="left")
        return joined["len"].fill_null(0).to_numpy()

    return Popularity(counts(split.train), counts(split.test), counts(log))


def audit_features(
    features: Iterable[tuple[FeatureTable, np.ndarray]],
    item_ids: Sequence[str],
    popularity: Popularity,
) -> Iterator[Check]:
    """Look whether vectors are made from what viewers did, and whether they say anything.

    Args:
        features: tables, and their vectors for the items given, [items, dim]. `columns` or
            `column` in the manifest or its fingerprint names what a feature was made from. Of one
            from `outside` its numbers alone do not tell whether the whole log is in them.
    """
    made: list[str] = []
    outside: list[str] = []
    follow: list[str] = []
    same: list[str] = []
    flat: list[str] = []
    few: list[str] = []
    looked_at = 0
    for table, matrix in features:
        name, looked_at = f"'{table.name}'", looked_at + 1
        made += [f"{name} is made from '{one}'" for one in _sources(table) if COUNTED.search(one)]
        outside += [name] if "outside" in table.manifest else []
        follow += [
            f"{name}: column {column} is in the order of {what} (rank correlation {rho:.2f})"
            for column, what, rho in _followers(matrix, popularity)
        ]
        rows = _flat_rows(matrix)
        if len(matrix) > 1 and (matrix == matrix[0]).all():
            same.append(name)
        elif len(rows):
            flat.append(f"{name}: {len(rows)} items, {_first(item_ids, rows)}")
        different = len({row.tobytes() for row in matrix})
        if 1 < different < len(matrix) / 2:
            few.append(f"{name}: {different:,} among {len(matrix):,} items")
    none = f"none of {looked_at} features"
    unknown = f"what {', '.join(outside)} came from" if outside else ""
    yield Check("features made from views or likes", not made, "; ".join(made) or none, unknown)
    enough = len(item_ids) >= FEWEST_ITEMS
    too_few = f"not looked at: {len(item_ids)} items are too few to tell"
    told = "; ".join(follow) or none
    yield Check(
        "features in the order of the test's views",
        not (enough and follow),
        told if enough else too_few,
    )
    yield Check("features that are the same for all items", not same, ", ".join(same) or none)
    yield Check(FLAT_ROWS, True, "; ".join(flat) or none)
    yield Check(FEW_VECTORS, True, "; ".join(few) or none)


def _flat_rows(matrix: np.ndarray) -> np.ndarray:
    """Return the rows whose values are all the same; none where there is one column."""
    return np.flatnonzero((matrix == matrix[:, :1]).all(axis=1) & (matrix.shape[1] > 1))


def _first(item_ids: Sequence[str], rows: np.ndarray) -> str:
    return ", ".join(f"'{item_ids[row]}'" for row in rows[:3]) + (", ..." if len(rows) > 3 else "")


def _sources(table: FeatureTable) -> Iterator[str]:
    """Yield a feature's name and the columns of tables that it was made from; viewCount is two."""
    named = [table.name]
    for about in (table.manifest, table.manifest.get("fingerprint", {})):
        for columns in (about.get("columns", ()), about.get("column", ())):
            named += [columns] if isinstance(columns, str) else map(str, columns)
    return (re.sub("(?<=[a-z])(?=[A-Z])", "_", name) for name in named)


def _followers(matrix: np.ndarray, popularity: Popularity) -> Iterator[tuple[int, str, float]]:
    """Yield the columns that follow views which training does not hold, and how closely.

    What follows those of training as closely may have been counted there, which is no leak.
    """
    rows = np.arange(len(matrix))
    if len(rows) > MOST_ITEMS:
        rows = np.sort(np.random.default_rng(0).choice(len(rows), MOST_ITEMS, replace=False))
    counts = {"views in the test": popularity.test, "views in the whole log": popularity.whole}
    trained = _standard_ranks(popularity.training[rows, None])
    known = {what: _standard_ranks(count[rows, None]) for what, count in counts.items()}
    for start in range(0, matrix.shape[1], COLUMNS_AT_ONCE):
        ranks = _standard_ranks(matrix[rows, start : start + COLUMNS_AT_ONCE])
        fair = np.abs(trained.T @ ranks)[0]
        for what, standard in known.items():
            rho = np.abs(standard.T @ ranks)[0]
            for column in np.flatnonzero((rho >= ALMOST_PERFECT) & (rho > fair + 1e-9)):
                yield start + int(column), what, float(rho[column])


def _standard_ranks(columns: np.ndarray) -> np.ndarray:
    """Return [n, columns] average ranks, centred and of length one; zeros for a constant."""
    from scipy.stats import rankdata

    ranks = rankdata(columns, axis=0)
    ranks -= ranks.mean(axis=0)
    lengths = np.linalg.norm(ranks, axis=0)
    return np.asarray(ranks / np.where(lengths > 0, lengths, 1))


def audit_choices(
    selected_on: Mapping[str, str],
    validation: str,
    chosen_badly: Iterable[str] = (),
    untold: Iterable[str] = (),
) -> Check:
    """Look on which part of the split settings and epochs were chosen.

    Args:
        selected_on: the hash of what was guessed then, by the name of the run.
        validation: the hash of the validation part.
        chosen_badly: cells whose tuning did not choose what is best in validation.
        untold: recommenders with settings of their own in seesay.toml, which a search starts from;
            they are told, since nobody can see where these came from.
    """
    faults = [
        f"'{run}' was not chosen on validation"
        for run, part in selected_on.items()
        if part not in (VALID, validation)
    ]
    faults += [f"'{cell}' does not use its best trial" for cell in chosen_badly]
    detail = "; ".join(faults) or f"all {len(selected_on)} runs were chosen on {VALID}"
    names = ", ".join(sorted(set(untold)))
    unknown = f"how the settings of {names} in seesay.toml were chosen" if names else ""
    return Check("choices made on the test", not faults, detail, unknown)
