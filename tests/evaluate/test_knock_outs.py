"""What fusions lose without a part."""

from pathlib import Path

import pytest

from evaluate.worlds import make_bench
from seesay.evaluate.evaluation import evaluate
from seesay.evaluate.knock_outs import RANKS, make_knock_outs
from seesay.evaluate.trial import test_trial as try_out
from seesay.evaluate.trial import train_trial
from seesay.recommend.base import FeatureSpec
from seesay.recommend.knock_out import knocked_out
from seesay.recommend.run import load_recommender


def trained(bench, recommender, features, seed=0):
    plan = bench.plan(recommender, FeatureSpec.parse(features), seed)
    return try_out(train_trial(plan, bench), bench)


def test_each_part_of_each_fusion_over_seeds(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, **{"two-tower": {"epochs": 2, "dim": 8}})
    fused = [trained(bench, "two-tower", "id+sides", seed) for seed in (0, 1)]
    runs = [
        *fused,
        trained(bench, "two-tower", "sides"),
        trained(bench, "item-knn", "id+sides"),
        trained(bench, "ease", "id+sides"),
    ]
    found = {(one.recommender, one.part): one for one in make_knock_outs(runs, bench)}
    assert set(found) == {
        ("two-tower", "id"),
        ("two-tower", "sides"),
        ("item-knn", "id"),
        ("item-knn", "sides"),
    }
    for part in ("id", "sides"):
        one = found["two-tower", part]
        expected = []
        for run in fused:
            recommender = load_recommender(run, bench.feature_set(run.spec))
            left = evaluate(knocked_out(recommender, part), bench.task.test)
            expected.append(left.metrics["ndcg@10"])
        whole = sum(run.metrics["test"]["ndcg@10"] for run in fused) / 2
        assert one.mean == pytest.approx(sum(expected) / 2)
        assert one.loss.mean == pytest.approx(whole - one.mean)
        assert one.loss.low <= one.loss.mean <= one.loss.high
    assert any(one.loss.mean != 0 for one in found.values())


def test_what_is_on_disk_is_not_done_again(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    run = trained(bench, "item-knn", "id+sides")
    first = make_knock_outs([run], bench)
    kept = run.folder / RANKS
    when = kept.stat().st_mtime_ns
    assert make_knock_outs([run], bench) == first
    assert kept.stat().st_mtime_ns == when


def test_a_fusion_that_fails_is_told_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = make_bench(tmp_path, **{"two-tower": {"epochs": 1, "dim": 8}})
    broken, *others = (
        *(trained(bench, "two-tower", "id+sides", seed) for seed in (0, 1)),
        trained(bench, "item-knn", "id+sides"),
    )
    (broken.folder / "model/weights.safetensors").write_bytes(b"cut off")
    found = make_knock_outs([broken, *others], bench)
    assert {one.recommender for one in found} == {"item-knn"}
    assert f"the parts of {broken.id} cannot be knocked out: failed: " in capsys.readouterr().err
    assert not [*(bench.runs / "started").iterdir()]
