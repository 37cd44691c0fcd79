"""What was posted to the service, kept in SQLite: who watched what, and new items.

A row is on the disk before anybody is told that it was taken: the journal is written ahead and
synchronised with every commit.
"""

from __future__ import annotations

import io
import json
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from seesay.core.errors import SeesayError

DATABASE = "posted.sqlite"
VIDEOS = "videos"
POSTERS = "posters"
TABLES = """
CREATE TABLE IF NOT EXISTS watched (
  id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, item_id TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS items (
  id INTEGER PRIMARY KEY, item_id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, words TEXT NOT NULL,
  facets TEXT NOT NULL, video TEXT NOT NULL, poster_frames INTEGER NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS vectors (
  item_id TEXT NOT NULL, feature TEXT NOT NULL, texts TEXT NOT NULL, vectors BLOB NOT NULL
);
"""
SENTENCES = "sentences"


@dataclass(frozen=True)
class Newcomer:
    """An item that was posted.

    Attributes:
        facets: of its description, as JSON values.
        video: the name of its file in the folder of posted videos.
        vectors: [dim] by feature.
        sentences: the vector of each sentence of its words.
    """

    item_id: str
    title: str
    words: str
    facets: Mapping[str, Any]
    video: str
    poster_frames: int
    vectors: Mapping[str, np.ndarray]
    sentences: Mapping[str, np.ndarray] = field(default_factory=dict)


class Posted:
    """The database of one service; what is asked of it often is held in memory too."""

    def __init__(self, folder: Path) -> None:
        """Open it, or make it.

        Raises:
            SeesayError: it cannot be read or written.
        """
        self.folder = folder
        self._lock = threading.Lock()
        self._items = 0
        try:
            for name in (VIDEOS, POSTERS):
                (folder / name).mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(folder / DATABASE, check_same_thread=False)
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=FULL")
            self._base.executescript(TABLES)
            self._base.commit()
            self._watched: dict[str, list[str]] = defaultdict(list)
            for user_id, item_id in self._base.execute(
                "SELECT user_id, item_id FROM watched ORDER BY id"
            ):
                self._watched[user_id].append(item_id)
            (self._items,) = self._base.execute("SELECT count(*) FROM items").fetchone()
        except (sqlite3.Error, OSError) as error:
            raise SeesayError(
                f"What was posted cannot be kept in '{folder}' ({error}).",
                "Make the folder writable, or remove it to forget what was posted.",
            ) from error

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._base.close()

    def watched(self, user_id: str, item_id: str) -> None:
        """Keep that a user watched an item; when this returns it is on the disk."""
        with self._lock, self._base:
            self._base.execute(
                "INSERT INTO watched (user_id, item_id, at) VALUES (?, ?, ?)",
                (user_id, item_id, time.time()),
            )
        self._watched[user_id].append(item_id)

    def history(self, user_id: str) -> list[str]:
        """Return what was posted of a user, oldest first."""
        return list(self._watched.get(user_id, ()))

    def users(self) -> list[str]:
        """Return those of whom something was posted."""
        return list(self._watched)

    def interactions(self) -> int:
        """Return how many interactions were posted."""
        return sum(map(len, self._watched.values()))

    def items(self) -> int:
        """Return how many items were posted."""
        return self._items

    def add(self, newcomer: Newcomer) -> None:
        """Keep a new item.

        Raises:
            SeesayError: there is one of that ID.
        """
        rows = [
            (newcomer.item_id, name, "", _packed(vector[None]))
            for name, vector in newcomer.vectors.items()
        ]
        if newcomer.sentences:
            said = json.dumps(list(newcomer.sentences))
            vectors = _packed(np.stack(list(newcomer.sentences.values())))
            rows.append((newcomer.item_id, SENTENCES, said, vectors))
        values = (
            newcomer.item_id,
            newcomer.title,
            newcomer.words,
            json.dumps(dict(newcomer.facets)),
            newcomer.video,
            newcomer.poster_frames,
            time.time(),
        )
        try:
            with self._lock, self._base:
                self._base.execute(
                    "INSERT INTO items (item_id, title, words, facets, video, poster_frames, at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    values,
                )
                self._base.executemany("INSERT INTO vectors VALUES (?, ?, ?, ?)", rows)
                self._items += 1
        except sqlite3.IntegrityError as error:
            raise SeesayError(
                f"There is an item '{newcomer.item_id}' already.", "Give another ID, or none."
            ) from error

    def newcomers(self) -> list[Newcomer]:
        """Return every new item, in the order in which they came."""
        with self._lock:
            items = self._base.execute(
                "SELECT item_id, title, words, facets, video, poster_frames FROM items ORDER BY id"
            ).fetchall()
            stored = self._base.execute("SELECT * FROM vectors").fetchall()
        vectors: dict[str, dict[str, np.ndarray]] = defaultdict(dict)
        sentences: dict[str, dict[str, np.ndarray]] = defaultdict(dict)
        for item_id, feature, texts, blob in stored:
            matrix = _unpacked(blob)
            if feature == SENTENCES:
                sentences[item_id] = dict(zip(json.loads(texts), matrix, strict=True))
            else:
                vectors[item_id][feature] = matrix[0]
        return [
            Newcomer(
                item_id,
                title,
                words,
                json.loads(facets),
                video,
                frames,
                vectors[item_id],
                sentences[item_id],
            )
            for item_id, title, words, facets, video, frames in items
        ]

    def video_of(self, newcomer: Newcomer) -> Path:
        """Return the file of a new item."""
        return self.folder / VIDEOS / newcomer.video

    def poster_of(self, newcomer: Newcomer) -> Path:
        """Return the strip of a new item."""
        return self.folder / POSTERS / f"{Path(newcomer.video).stem}.jpg"


def _packed(vectors: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(vectors, np.float32), allow_pickle=False)
    return file.getvalue()


def _unpacked(blob: bytes) -> np.ndarray:
    loaded: np.ndarray = np.load(io.BytesIO(blob), allow_pickle=False)
    return loaded
