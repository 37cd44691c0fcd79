from __future__ import annotations

import numpy as np
import pytest

from seesay.catalog.datasets.demo_espeak import spoken

loader = pytest.importorskip("espeakng_loader", reason="espeakng_loader is not installed")


def test_samples_are_there_and_a_slower_voice_takes_longer() -> None:
    library, data = str(loader.get_library_path()), str(loader.get_data_path())
    rate, fast = spoken(library, data, "en-us", 240, "A cat sleeps on the wall.")
    _, slow = spoken(library, data, "en-us", 120, "A cat sleeps on the wall.")
    samples = np.frombuffer(fast, "<i2")
    assert rate == 22_050
    assert len(slow) > 1.3 * len(fast)
    assert np.abs(samples.astype(int)).max() > 5_000


def test_a_voice_that_is_not_there_is_an_error() -> None:
    library, data = str(loader.get_library_path()), str(loader.get_data_path())
    with pytest.raises(OSError, match="no voice xx-nowhere"):
        spoken(library, data, "xx-nowhere", 160, "A cat sleeps.")
