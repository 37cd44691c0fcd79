"""The table of cost against size, in a process of its own, at sizes of a second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# Two costs beside the real ones: one that a recommender refuses, one that memory does not allow.
SCRIPT = """
import numpy as np
import cost_by_size as subject
from seesay.recommend.ease import EASE, EASESettings

subject.COSTS["refused"] = lambda world, meter: EASE(EASESettings(max_items=1100)).fit(
    world.train, subject.ID
)
subject.COSTS["greedy"] = lambda world, meter: np.ones(10**9)
costs = ["by-vectors", "twice-the-users", "sampled", "item-knn", "ease", "refused", "greedy"]
subject.main(["--sizes", "1200", "600", "--costs", *costs, "--most-gb", "4", "--json"])
"""


@pytest.fixture(scope="module")
def said() -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_it_says_that_all_is_synthetic(said: list[str]) -> None:
    assert said[0].startswith("Synthetic")
    assert said[1].startswith("600 items and users")


def test_every_figure_has_a_column_a_size_and_an_exponent(said: list[str]) -> None:
    assert "| processor's seconds | 600 | 1,200 | exponent |" in said
    assert "| peak MB | 600 | 1,200 | exponent |" in said
    for figure in (
        "content-knn, fit",
        "full ranking by vectors, 1,000 users",
        "sasrec id, 4,096 negatives, 1,000 histories",
        "item-knn id, fit",
        "item-knn id, ranking, 1,000 users",
        "ease id, fit",
    ):
        seconds, peak = (line.split(" | ") for line in said if line.startswith(f"| {figure} |"))
        assert len(seconds) == len(peak) == 4
        assert all(float(cell) > 0 for cell in seconds[1:3])


def test_what_cannot_be_measured_says_why(said: list[str]) -> None:
    refused = "ease takes at most 1,100 items, and there are 1,200, for which it would need 0.0 GB."
    assert said.count(f"  refused left out: {refused}") == 1
    assert said.count("  greedy left out: it needs more than 4 GB.") == 2


def test_the_last_line_is_the_rows(said: list[str]) -> None:
    rows = {row["figure"]: row for row in json.loads(said[-1])}
    assert {"ours", "peer_name", "peer", "ratio", "goal", "holds"} < rows[
        "ease id, fit: exponent"
    ].keys()
    assert rows["item-knn id, fit: exponent"]["peer_name"] == "linear"
    assert rows["ease id, fit: exponent"]["peer"] == 3
    assert "600 items, peak MB more for 600 users than for half" in rows


@pytest.fixture
def subject(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import cost_by_size

    return cost_by_size


def test_an_exponent_by_hand(subject) -> None:
    assert subject.exponent({10: 7.0, 100: 700.0}) == pytest.approx(2)
    # Through (0, 0), (1, 1) and (2, 1) the line of least squares rises by 1 / 2.
    assert subject.exponent({1: 1.0, 10: 10.0, 100: 10.0}) == pytest.approx(0.5)


def test_a_made_up_log(subject, tmp_path: Path) -> None:
    subject.make_world(tmp_path, 1_050)
    world = subject.World.read(tmp_path)
    targets = world.holdout.targets
    assert world.train.n_users == len(targets) == 1_050
    assert world.features.content["look"].shape == (1_050, 64)
    whole = [np.append(h, t) for h, t in zip(world.train.histories(), targets, strict=True)]
    assert all(len(np.unique(views)) == len(views) <= 10 for views in whole)
    views = np.concatenate(whole)
    assert views.min() >= 0
    assert views.max() < 1_050
    popular = np.sort(np.bincount(views, minlength=1_050))[::-1]
    assert popular[:105].sum() > 0.3 * len(views)
    clusters = [np.bincount(each // 100).max() / len(each) for each in whole]
    assert np.mean(clusters) > 0.6
    some = world.first(20)
    assert some.histories.n_users == len(some.targets) == 20
    np.testing.assert_array_equal(some.histories.history(19), world.train.history(19))
