"""Histories that wait at the same moment are scored in one product.

A product of one user with all items spends its time on reading the items from memory; for a few
users at once it reads them once. Nobody is waited for: who comes while nothing is being scored is
scored at once, and those who come meanwhile are the next batch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

MOST = 16


@dataclass
class _Waiting:
    history: np.ndarray
    scores: np.ndarray | None = None
    error: BaseException | None = None
    woken: threading.Event = field(default_factory=threading.Event)


class Batching:
    """Calls `score` with the histories of several threads, and gives each its own row."""

    def __init__(self, score: Callable[[Sequence[np.ndarray]], np.ndarray]) -> None:
        self._score = score
        self._lock = threading.Lock()
        self._busy = False
        self._queue: list[_Waiting] = []

    def __call__(self, history: np.ndarray) -> np.ndarray:
        """Return the scores for a history, [items]; they are the caller's to change."""
        mine = _Waiting(history)
        with self._lock:
            leads = not self._busy
            self._busy = True
            if not leads:
                self._queue.append(mine)
        if not leads:
            mine.woken.wait()
        if mine.error is not None:
            raise mine.error
        # One that was woken without an answer is the first of the next batch.
        return self._lead(mine) if mine.scores is None else mine.scores

    def _lead(self, mine: _Waiting) -> np.ndarray:
        with self._lock:
            others, self._queue = self._queue[: MOST - 1], self._queue[MOST - 1 :]
        try:
            rows = self._score([mine.history, *(one.history for one in others)])
            for one, row in zip(others, rows[1:], strict=True):
                one.scores = row
            return np.asarray(rows[0])
        except BaseException as error:
            for one in others:
                one.error = error
            raise
        finally:
            with self._lock:
                following = self._queue.pop(0) if self._queue else None
                self._busy = following is not None
            for one in others:
                one.woken.set()
            if following is not None:
                following.woken.set()
