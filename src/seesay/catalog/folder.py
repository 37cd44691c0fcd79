"""A folder of video files as a table of items."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from seesay.catalog.paths import resolve_paths
from seesay.core.counts import counted
from seesay.core.errors import SeesayError

WORD = re.compile(r"[^\W\d_]{3,}|[\u3040-\u30ff\u3400-\u9fff]+")
VIDEO_ENDINGS = (
    *(".3gp", ".avi", ".flv", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts"),
    *(".ogv", ".ts", ".webm", ".wmv"),
)


def items_from_folder(folder: Path, others: Sequence[Path] = ()) -> pl.DataFrame:
    """Return `item_id`, `path`, `title` for the videos under a folder, sorted by ID.

    The ID is the file's stem; see `titles_from_stems`.

    Args:
        others: folders into which links may lead, besides this one.

    Raises:
        SeesayError: there is no folder, no video in it, two videos with one stem, or a link that
            leads out of the folders.
    """
    if not folder.is_dir():
        raise SeesayError(f"There is no folder '{folder}'.", "Check the name of the folder.")
    videos = defaultdict(list)
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    for file in files:
        if file.suffix.lower() in VIDEO_ENDINGS and not file.name.startswith("."):
            videos[file.stem].append(file)
    if not videos:
        raise SeesayError(
            f"'{folder}' holds no video among its {counted(len(files), 'file')}.",
            f"Videos are known by their ending: {' '.join(VIDEO_ENDINGS)}.",
        )
    for stem, same in videos.items():
        if not _is_unicode(same[0]):
            raise SeesayError(
                f"The name of the file {str(same[0])!a} is not in UTF-8.",
                "Rename it: the name becomes the item's ID.",
            )
        if len(same) > 1:
            raise SeesayError(
                f"'{same[0]}' and '{same[1]}' would both become the item '{stem}'.",
                "Rename one of them, or give a table with a path for each item.",
            )
    stems = sorted(videos)
    return pl.DataFrame(
        {
            "item_id": stems,
            "path": resolve_paths(
                [str(videos[stem][0].absolute()) for stem in stems], folder, others, folder
            ),
            "title": titles_from_stems(stems),
        }
    )


def _is_unicode(path: Path) -> bool:
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        return False
    return True


def titles_from_stems(stems: Sequence[str]) -> list[str]:
    """Return the stems in words, or nothing where a stem says nothing of its video.

    A stem says something where it has a word of three letters at least, or one in a script without
    spaces, that not all stems have: of "clip 001" and "clip 002", neither does.
    """
    titles = [re.sub(r"[\s_\-.]+", " ", stem).strip() for stem in stems]
    words = [{word.casefold() for word in WORD.findall(title)} for title in titles]
    common = set.intersection(*words) if len(words) > 1 else set()
    return [title if mine - common else "" for title, mine in zip(titles, words, strict=True)]
