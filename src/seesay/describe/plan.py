"""Which videos have yet to be described: files are hashed, keyed, and looked up in the journal."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from seesay.core.hashing import file_sha256
from seesay.describe.base import Describer, Failure, Video
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.describe.known_files import keep_hashes, known_hash
from seesay.describe.likeness import Likeness
from seesay.describe.request import request_key
from seesay.media.base import Media, MediaSettings

CHUNK = 64
HASHERS = 2
# A file that was written less than this ago may change again within one tick of its clock.
SETTLED_SECONDS = 2.0

Progress = Callable[[Iterable[Any], str, int], Iterable[Any]]


@dataclass(frozen=True)
class ItemFile:
    """An item, its video file, and what its owner calls it."""

    item_id: str
    path: Path
    title: str = ""


@dataclass(frozen=True)
class Work:
    """One item and what would be asked about it.

    Attributes:
        like: the request key of a video that is nearly the same, whose words it takes.
    """

    item: ItemFile
    attempt: Attempt
    like: str = ""

    def video(self, media: Media) -> Video:
        """Return what a describer gets of it, once it is decoded."""
        return Video(self.item.item_id, self.item.title, media, self.item.path)


@dataclass
class Plan:
    """What a run has to do.

    Attributes:
        work: to be decoded and described, each request key once.
        twins: equal to one of `work` in everything but the item, or nearly the same video; they
            take its outcome.
        already_done: how many items have their description.
        done: the request keys of those, without the copies of videos that are nearly the same.
        failed: items whose file cannot be read, with the reason.
        given_up: items for which the same request failed before and would fail again.
    """

    work: list[Work] = field(default_factory=list)
    twins: list[Work] = field(default_factory=list)
    already_done: int = 0
    done: set[str] = field(default_factory=set)
    failed: list[tuple[Work, Failure]] = field(default_factory=list)
    given_up: list[tuple[Work, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Seen:
    """What was found out about one file: its hash, or why it has none."""

    item: ItemFile
    sha256: str = ""
    fault: str = ""
    keep: tuple[str, int, int, str] | None = None


def plan_work(
    items: Sequence[ItemFile],
    describer: Describer,
    media: MediaSettings,
    journal: Journal,
    limit: int | None,
    progress: Progress,
    *,
    retry: bool = False,
    only_look: bool = False,
    trial: bool = False,
    distance: int = 0,
) -> Plan:
    """Sort items into done, to do, and not readable; stop at `limit` videos to do.

    A description that was paid for earlier, for an equal file or before other settings were
    tried, is copied in the journal, so that it is the newest of its item. Under a limit, what
    failed before comes last: a few broken files must not use it up in every run.

    Args:
        retry: ask again also where the same request failed for good.
        only_look: write nothing to the journal.
        trial: the words are not to become those of the items.
        distance: within which videos count as the same, see `DuplicatesSettings`.
    """
    plan = Plan()
    fingerprint = describer.fingerprint()
    blank = replace(_blank_attempt(describer, fingerprint), trial=trial)
    current = {} if trial else journal.current_keys(kind=blank.kind)
    failed_before = {entry.attempt.request_key for entry in journal.failures(describer.name)}
    given_up = {} if retry else journal.given_up(describer.name)
    again: dict[str, Work] = {}
    planned: set[str] = set()
    near = Likeness(journal, media, 0 if trial or only_look else distance, blank.kind)
    files = near.ahead(_look(items, media, journal, keep=not only_look))
    for seen in progress(files, "look at files", len(items)):
        attempt = replace(blank, item_id=seen.item.item_id)
        if seen.fault:
            plan.failed.append((Work(seen.item, attempt), Failure(seen.item.item_id, seen.fault)))
            continue
        key = request_key(
            content_sha256=seen.sha256,
            media=media,
            title=seen.item.title,
            fingerprint=fingerprint,
        )
        work = Work(seen.item, replace(attempt, request_key=key), near.first_like(seen, key))
        if current.get(seen.item.item_id) == key or _is_known(work.attempt, journal, only_look):
            plan.already_done += 1
            plan.done.add(key)
        elif key in given_up:
            plan.given_up.append((work, given_up[key]))
        elif key in planned or work.like in planned:
            plan.twins.append(work)
        elif work.like and journal.copy(work.attempt, work.like):
            plan.already_done += 1
        elif limit is not None and key in failed_before:
            again.setdefault(key, work)
        elif limit is None or len(plan.work) < limit:
            planned.add(key)
            plan.work.append(work)
        else:
            break
    if limit is not None:
        plan.work += list(again.values())[: limit - len(plan.work)]
    return plan


def _is_known(attempt: Attempt, journal: Journal, only_look: bool) -> bool:
    """Give an item the words that were paid for with the same request, if there are such."""
    if only_look:
        return bool(journal.done([attempt.request_key]))
    return journal.copy(attempt)


def _blank_attempt(describer: Describer, fingerprint: Mapping[str, Any]) -> Attempt:
    """Take from a describer and its fingerprint what the journal shows of it."""
    prompt = fingerprint.get("prompt")
    if not isinstance(prompt, Mapping):
        prompt = {"name": prompt or "", "version": ""}
    return Attempt(
        request_key="",
        item_id="",
        describer=describer.name,
        model=str(fingerprint.get("model") or ""),
        prompt=str(prompt.get("name", "")),
        prompt_version=str(prompt.get("version", "")),
        kind=getattr(describer, "kind", "both"),
    )


def _look(
    items: Sequence[ItemFile], media: MediaSettings, journal: Journal, keep: bool
) -> Iterator[_Seen]:
    """Hash the files in order, some at once; no further ahead than one chunk."""
    look = partial(_look_at, media=media, journal=journal)
    with ThreadPoolExecutor(HASHERS, "hash") as pool:
        for start in range(0, len(items), CHUNK):
            chunk = list(pool.map(look, items[start : start + CHUNK]))
            new = [seen.keep for seen in chunk if seen.keep]
            if new and keep:
                keep_hashes(journal, new)
            yield from chunk


def _look_at(item: ItemFile, media: MediaSettings, journal: Journal) -> _Seen:
    try:
        state = item.path.stat()
        if not stat.S_ISREG(state.st_mode):
            return _Seen(item, fault=f"{item.path} is not a file")
        if state.st_size > media.max_bytes:
            too_long = f"{state.st_size:,} bytes, more than max_bytes = {media.max_bytes:,}"
            return _Seen(item, fault=f"{item.path} has {too_long}")
        name = str(item.path.absolute())
        known = known_hash(journal, name, state.st_size, state.st_mtime_ns)
        if known:
            return _Seen(item, known)
        sha256 = file_sha256(item.path)
    except FileNotFoundError:
        return _Seen(item, fault=f"{item.path} does not exist")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return _Seen(item, fault=f"{item.path} cannot be read ({reason})")
    settled = time.time() - state.st_mtime_ns / 1e9 > SETTLED_SECONDS
    keep = (name, state.st_size, state.st_mtime_ns, sha256)
    return _Seen(item, sha256, keep=keep if settled else None)
