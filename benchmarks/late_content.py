"""What training on content is worth beyond adding content-knn's score to a recommender of IDs.

For each trained recommender of a workspace that has runs on `id` and on `id+FEATURE`, of one seed:
test nDCG@10 of `id`; of `id` with the untrained content's score added afterwards; of `id+FEATURE`
without the untrained content that training keeps beside; and of `id+FEATURE` as it is. Every share
of untrained content is chosen on validation, out of the same list. Nothing is trained.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from seesay.evaluate.bench import Bench
from seesay.recommend.base import FeatureSpec, Recommender
from seesay.recommend.interactions import Holdout
from seesay.recommend.neural import NeuralRecommender
from seesay.recommend.ranking import ndcg, target_ranks
from seesay.recommend.run import Run, load_recommender
from seesay.recommend.tiger import Tiger
from seesay.workspace import Workspace

HEAD = (
    "recommender",
    "seed",
    "id",
    "id, content late",
    "share",
    "both, none kept",
    "both",
    "share",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path, nargs="?")
    parser.add_argument("--feature", default="title")
    parser.add_argument("--recommenders", nargs="+", help="only these")
    asked = parser.parse_args()
    if asked.workspace is None:
        print("Not measured: name a workspace with trained runs.", file=sys.stderr)
        raise SystemExit(2)
    workspace = Workspace(asked.workspace)
    bench = workspace.bench()
    current = [run for run in workspace.runs() if bench.is_current(run) and bench.still_fits(run)]
    found = {
        (run.plan["recommender"], run.plan["features"], run.plan["seed"]): run for run in current
    }
    print(f"| {' | '.join(HEAD)} |\n| --- |{' ---: |' * (len(HEAD) - 1)}")
    for (name, features, seed), run in sorted(found.items()):
        both = found.get((name, str(FeatureSpec.parse(f"id+{asked.feature}")), seed))
        if features == "id" and both and name in (asked.recommenders or [name]):
            row = line(run, both, asked.feature, bench)
            if row:
                print(f"| {name} | {seed} | {' | '.join(row)} |", flush=True)


def line(alone: Run, both: Run, feature: str, bench: Bench) -> list[str]:
    """Return the figures of one recommender; none where it keeps no content."""
    task = bench.task
    models = [load_recommender(run, bench.feature_set(run.spec)) for run in (alone, both)]
    late, learned = models
    content = bench.feature_set(FeatureSpec.parse(feature))
    figures = [figure(late, task.test)]
    if isinstance(late, Tiger) and isinstance(learned, Tiger):
        late._geometry = learned._geometry
        some = task.validation.sample(late.settings.validation_users, late.settings.seed)
        late._keep_content(content, None, some)
    elif isinstance(late, NeuralRecommender) and isinstance(learned, NeuralRecommender):
        late._keep_content(content, None, task.validation)
    else:
        return []
    figures += [figure(late, task.test), share(late)]
    kept = learned._kept
    learned._kept = None
    figures.append(figure(learned, task.test))
    learned._kept = kept
    return [*figures, figure(learned, task.test), share(learned)]


def figure(recommender: Recommender, test: Holdout) -> str:
    return f"{ndcg(target_ranks(recommender, test), 10).mean():.4f}"


def share(recommender: NeuralRecommender | Tiger) -> str:
    return f"{recommender._kept.weight:g}" if recommender._kept else "0"


if __name__ == "__main__":
    main()
