from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from seesay.serve.batching import MOST, Batching

THREADS = 60


def test_everybody_gets_the_own_row_and_those_who_wait_are_taken_together() -> None:
    sizes: list[int] = []
    gate = threading.Event()

    def score(histories: Sequence[np.ndarray]) -> np.ndarray:
        gate.wait(20)
        sizes.append(len(histories))
        return np.stack([history * 2 for history in histories])

    batching = Batching(score)
    got: dict[int, np.ndarray] = {}

    def ask(number: int) -> None:
        got[number] = batching(np.array([number]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
    threads[0].start()
    for thread in threads[1:]:
        thread.start()
    while len(batching._queue) < THREADS - 1:
        gate.wait(0.01)
    gate.set()
    for thread in threads:
        thread.join(20)
    assert {number: int(row[0]) for number, row in got.items()} == {
        number: 2 * number for number in range(THREADS)
    }
    assert sum(sizes) == THREADS
    assert sizes[0] == 1 or max(sizes) == MOST
    assert len(sizes) <= 1 + -(-(THREADS - 1) // MOST) + 1
    assert batching(np.array([7])).tolist() == [14]


def test_an_error_reaches_all_of_its_batch_and_no_more() -> None:
    def score(histories: Sequence[np.ndarray]) -> np.ndarray:
        if any(history[0] < 0 for history in histories):
            raise ValueError("no")
        return np.stack(list(histories))

    batching = Batching(score)
    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            batching(np.array([-1]))
        assert batching(np.array([1])).tolist() == [1]
