"""By-hand values, and agreement with ranx on random lists with ties."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from seesay.evaluate.metrics import coverage, hit_rate, ndcg, per_user, reciprocal_rank


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
