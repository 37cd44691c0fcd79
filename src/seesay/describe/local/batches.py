"""Batches of a model that fail: asked again in halves, and why one failed for good."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import TypeVar

from seesay.core.errors import SeesayError
from seesay.describe.server_answer import one_line

T = TypeVar("T")
R = TypeVar("R")


def in_halves(run: Callable[[Sequence[T]], Sequence[R]], items: Sequence[T]) -> list[R | Exception]:
    """Run a batch; where that fails, its halves, down to single items; one outcome an item."""
    if not items:
        return []
    try:
        return list(run(items))
    except SeesayError:
        raise
    except Exception as error:
        # Its frames would keep alive the tensors that did not fit.
        fault = error.with_traceback(None)
    _free()
    if len(items) == 1:
        return [fault]
    middle = len(items) // 2
    return in_halves(run, items[:middle]) + in_halves(run, items[middle:])


def explain(error: Exception) -> str:
    """Say in one line why a model failed on one video."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError) or "allocate" in str(error):
        return "there is not enough memory for it; lower visual_tokens"
    return one_line(f"the model broke on it ({type(error).__name__}: {error})")


def _free() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
