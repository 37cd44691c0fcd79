"""A folder of video files as a table of items."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import polars as pl

from seesay.core.errors import SeesayError

VIDEO_ENDINGS = (
    *(".3gp", ".avi", ".flv", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts"),
    *(".ogv", ".ts", ".webm", ".wmv"),
)


def items_from_folder(folder: Path) -> pl.DataFrame:
    """Return `item_id`, `path`, `title` for the videos under a folder, sorted by ID.

    The ID is the file's stem. The title is the stem in words, or empty where it has no letters.

    Raises:
        SeesayError: there is no folder, no video in it, or two videos with one stem.
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
            f"'{folder}' holds {len(files)} files and none is a video.",
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
            "path": [str(videos[stem][0].absolute()) for stem in stems],
            "title": [title_from_stem(stem) for stem in stems],
        }
    )


def _is_unicode(path: Path) -> bool:
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        return False
    return True


def title_from_stem(stem: str) -> str:
    """Return a file's stem in words, or nothing where it holds no letter."""
    words = re.sub(r"[\s_\-.]+", " ", stem).strip()
    return words if any(letter.isalpha() for letter in words) else ""
