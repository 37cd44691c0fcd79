"""Examples of a report."""

from pathlib import Path

from evaluate.worlds import make_bench
from seesay.evaluate.examples import LAST, make_examples
from seesay.evaluate.trial import train_trial
from seesay.recommend.answers import open_answers
from seesay.recommend.base import FeatureSpec
from seesay.recommend.run import run_vocabulary


def test_the_last_watched_and_the_best_with_reasons(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    spec = FeatureSpec.parse("sides")
    run = train_trial(bench.plan("content-knn", spec, 0), bench)
    log = bench.catalog.interactions()
    answers = open_answers(run, run_vocabulary(run), bench.feature_set(spec), log)
    (example,) = make_examples(answers, bench.catalog.items(), ["u03"], run.id, k=2)
    watched = log.filter(user_id="u03")["item_id"].to_list()
    assert [item.item_id for item in example.history] == watched[-LAST:]
    assert len(example.recommended) == 2
    for item in example.recommended:
        assert item.title == "odd"
        assert item.item_id not in watched
        assert "cosine 1.00 of the sides vectors" in item.why
    assert (example.user, example.run) == ("u03", run.id)
