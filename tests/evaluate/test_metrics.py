"""By-hand values, and agreement with ranx on random lists with ties."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from seesay.evaluate.metrics import (
    coverage,
    diversity,
    gini,
    hit_rate,
    ndcg,
    novelty,
    per_user,
    reciprocal_rank,
)


def test_by_hand():
    ranks = np.array([1, 2, 3, 10, 11])
    assert hit_rate(ranks, 10).tolist() == [1, 1, 1, 1, 0]
    # 1/log2(2), 1/log2(3), 1/log2(4), 1/log2(11)
    expected = [1.0, 0.6309297535714575, 0.5, 0.2890648263178879, 0.0]
    assert ndcg(ranks, 10) == pytest.approx(expected, abs=1e-15)
    assert reciprocal_rank(ranks).tolist() == [1, 1 / 2, 1 / 3, 1 / 10, 1 / 11]


def test_coverage_counts_each_item_once_and_no_padding():
    assert coverage(np.array([[0, 1, -1], [1, 2, -1]]), 10) == 0.3
    assert coverage(np.full((2, 3), -1), 10) == 0.0
    assert coverage(np.empty((0, 3), np.int32), 0) == 0.0


def test_gini_by_hand():
    assert gini(np.array([[0, 1], [2, 3]]), 4) == 0.0
    # Counts 0, 0, 1, 3: 2 x (1x0 + 2x0 + 3x1 + 4x3) / (4 x 4) - 5/4.
    assert gini(np.array([[3, 3], [2, 3], [-1, -1]]), 4) == pytest.approx(30 / 16 - 5 / 4)
    assert gini(np.full((9, 1), 5), 1_000) == pytest.approx(0.999)
    assert gini(np.full((2, 2), -1), 4) == 0.0


def test_gini_is_the_mean_difference_of_pairs():
    top = np.random.default_rng(0).integers(0, 30, (50, 10))
    counts = np.bincount(top.ravel(), minlength=30)
    differences = np.abs(counts[:, None] - counts[None, :]).mean()
    assert gini(top, 30) == pytest.approx(differences / (2 * counts.mean()))


def test_novelty_by_hand():
    views = np.array([7, 3, 0])
    # Of seven users seven, three and none: -log2 of 8/8, 4/8 and 1/8.
    assert novelty(np.array([[0, 1], [2, -1]]), views, 7) == pytest.approx((0 + 1 + 3) / 3)
    assert novelty(np.full((2, 2), -1), views, 7) == 0.0


def test_diversity_by_hand():
    vectors = np.array([[1, 0], [0, 1], [-1, 0], [0, 0]], np.float32)
    # Cosines 0 of the first list, -1, 0 and 0 of the second; an item without a vector is left out.
    assert diversity(np.array([[0, 1, -1], [0, 1, 2]]), vectors) == pytest.approx((1 + 4 / 3) / 2)
    assert diversity(np.array([[0, 3, 1]]), vectors) == 1.0
    assert diversity(np.array([[0, 0], [2, 2]]), vectors) == 0.0
    assert diversity(np.array([[0, -1], [3, 1]]), vectors) == 0.0


def test_diversity_is_the_mean_over_pairs_whatever_the_block():
    random = np.random.default_rng(1)
    vectors = random.normal(size=(20, 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    top = np.array([random.permutation(20)[:4] for _ in range(13)])
    pairs = [
        1 - vectors[row[i]] @ vectors[row[j]] for row in top for i in range(4) for j in range(i)
    ]
    assert diversity(top, vectors, block=4) == pytest.approx(np.mean(pairs))


def test_every_metric_has_its_name():
    values = per_user(np.array([2, 15]), (10, 20))
    assert list(values) == ["hr@10", "ndcg@10", "hr@20", "ndcg@20", "mrr"]
    assert values["hr@10"].tolist() == [1, 0]
    assert values["hr@20"].tolist() == [1, 1]


RANX = """
import json, sys
import ranx
given = json.load(sys.stdin)
run = ranx.Run(given["run"])
ranx.evaluate(ranx.Qrels(given["qrels"]), run, given["metrics"])
json.dump({name: {user: float(x) for user, x in of.items()} for name, of in run.scores.items()},
          sys.stdout)
"""


def ask_ranx(qrels, run, metrics):
    """Return ranx's value of each metric and user, uncompiled: compiling takes minutes."""
    done = subprocess.run(
        [sys.executable, "-c", RANX],
        input=json.dumps({"qrels": qrels, "run": run, "metrics": metrics}),
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_ranx_agrees_with_ties_against_the_scorer():
    rng = np.random.default_rng(0)
    users, items = 60, 80
    scores = rng.integers(0, 12, (users, items)).astype(float)
    targets = rng.integers(0, items, users)
    own = scores[np.arange(users), targets]
    ranks = (scores >= own[:, None]).sum(1)
    # The scores are whole numbers: half a point less puts the target behind all that tie with it.
    scores[np.arange(users), targets] -= 0.5
    names = {"hr@10": "hit_rate@10", "hr@20": "hit_rate@20"}
    names |= {name: name for name in ("ndcg@10", "ndcg@20", "mrr")}
    theirs = ask_ranx(
        {f"u{user}": {f"i{targets[user]}": 1} for user in range(users)},
        {f"u{user}": {f"i{i}": scores[user, i] for i in range(items)} for user in range(users)},
        list(names.values()),
    )
    ours = per_user(ranks, (10, 20))
    assert set(ours) == set(names)
    assert 0 < ours["hr@10"].sum() < ours["hr@20"].sum() < users
    for name, values in ours.items():
        expected = [theirs[names[name]][f"u{user}"] for user in range(users)]
        assert values.tolist() == pytest.approx(expected, abs=1e-9)
