from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from seesay.core.errors import SeesayError
from seesay.describe.local.batches import explain, in_halves


def test_a_batch_that_is_too_much_is_run_in_halves() -> None:
    sizes: list[int] = []

    def run(batch: Sequence[int]) -> list[int]:
        sizes.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError("too much")
        return [10 * item for item in batch]

    assert in_halves(run, [1, 2, 3, 4, 5, 6, 7]) == [10, 20, 30, 40, 50, 60, 70]
    assert sizes == [7, 3, 1, 2, 4, 2, 2]
    assert in_halves(run, []) == []


def test_one_bad_item_is_found_and_the_others_come_through() -> None:
    def run(batch: Sequence[int]) -> list[int]:
        return [12 // item for item in batch]

    one, two, bad, four = in_halves(run, [1, 2, 0, 4])
    assert (one, two, four) == (12, 6, 3)
    assert isinstance(bad, ZeroDivisionError)
    assert "ZeroDivisionError" in explain(bad)


def test_an_error_of_the_user_is_not_run_again() -> None:
    calls: list[int] = []

    def run(batch: Sequence[int]) -> list[int]:
        calls.append(len(batch))
        raise SeesayError("No.", "Do.")

    with pytest.raises(SeesayError):
        in_halves(run, [1, 2, 3])
    assert calls == [3]


def test_want_of_memory_is_told_from_other_faults() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60)
    assert "lower visual_tokens" in explain(caught.value)
    assert "lower visual_tokens" not in explain(ValueError("a picture"))
