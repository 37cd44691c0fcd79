"""SASRec, GRU4Rec or BERT4Rec of RecBole 1.2.1 (full softmax) on the protocol of split.py."""

import argparse
import contextlib
import tempfile
from collections.abc import Callable
from logging import ERROR, getLogger
from pathlib import Path
from typing import Any

import numpy as np
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.model.abstract_recommender import AbstractRecommender, SequentialRecommender
from recbole.model.sequential_recommender import BERT4Rec, GRU4Rec, SASRec
from recbole.trainer import Trainer
from recbole.utils import init_seed
from split import (
    KEEP,
    Record,
    Scorer,
    Split,
    arguments,
    load,
    metrics,
    ranks,
    training_arguments,
)

MODELS = {"sasrec": SASRec, "gru4rec": GRU4Rec, "bert4rec": BERT4Rec}


def write_atomic(split: Split, folder: Path) -> None:
    """RecBole's own file format; the position in the history stands in for the time."""
    (folder / "microlens").mkdir()
    with (folder / "microlens" / "microlens.inter").open("w", encoding="utf-8") as file:
        file.write("user_id:token\titem_id:token\ttimestamp:float\n")
        for user, history in enumerate(split.history("test")):
            for when, item in enumerate([*history, split.test[user]]):
                file.write(f"{user}\t{item}\t{when}\n")


def configure(model: str, split: Split, folder: Path, settings: dict[str, Any]) -> Config:
    """RecBole's configuration of one of its models, and `split` as files in `folder`."""
    write_atomic(split, folder)
    # RecBole's SINE module turns this on for every model when it is imported: a fifth of the time
    torch.autograd.set_detect_anomaly(False)
    config = Config(
        model=model,
        dataset="microlens",
        config_dict={
            "train_neg_sample_args": None,
            **settings,
            "data_path": str(folder),
            "checkpoint_dir": str(folder / "saved"),
            "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
            "eval_args": {
                "split": {"LS": "valid_and_test"},
                "group_by": "user",
                "order": "TO",
                "mode": "full",
            },
            # never computed; without them RecBole refuses to rank with a model of pairs
            "metrics": ["NDCG"],
            "valid_metric": "NDCG@10",
            "use_gpu": False,
            "show_progress": False,
        },
    )
    getLogger().setLevel(ERROR)
    init_seed(config["seed"], config["reproducibility"])
    return config


def columns_of(dataset: Any, split: Split) -> np.ndarray:
    """Of each item of the split RecBole's own id, 0 where it has none."""
    known = dataset.field2token_id["item_id"]
    return np.array([known.get(str(column), 0) for column in range(len(split.items))])


def matrix_of_items(model: str, split: Split) -> tuple[Config, Any, np.ndarray]:
    """What fits a model of one matrix: its configuration and log, and our items' ids there.

    The id is -1 where RecBole has none.
    """
    # RecBole leaves a tensorboard folder where it runs
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        config = configure(model, split, Path(name), {})
        dataset = create_dataset(config)
        train = data_preparation(config, dataset)[0].dataset
    ids = columns_of(dataset, split)
    return config, train, np.where(ids == 0, -1, ids)


class CommonTrainer(Trainer):
    """RecBole's trainer, its early stopping and its checkpoint, on the nDCG@10 of split.py."""

    def watch(self, split: Split, scorer: Callable[[], Scorer], record: Record) -> None:
        """What to rank after each epoch, and where to write it down."""
        self.split, self.scorer, self.record = split, scorer, record

    def _train_epoch(self, *args: Any, **kwargs: Any) -> Any:
        self.record.start()
        loss = super()._train_epoch(*args, **kwargs)
        self.record.stop()
        return loss

    def _valid_epoch(self, *args: Any, **kwargs: Any) -> tuple[float, dict[str, float]]:
        self.model.eval()
        found = metrics(ranks(self.split, "valid", self.scorer()))
        self.record.add(found)
        return found["ndcg@10"], found


def make_scorer(model: SequentialRecommender, dataset: Any, split: Split, part: str) -> Scorer:
    """Raw scores of the model, from its own ids to the columns of the split."""
    ids, history = columns_of(dataset, split), split.history(part)

    @torch.inference_mode()
    def score(rows: np.ndarray) -> np.ndarray:
        sequences = torch.zeros(len(rows), KEEP, dtype=torch.long)
        for line, row in enumerate(rows):
            sequences[line, : len(history[row])] = torch.from_numpy(ids[history[row]])
        lengths = torch.tensor([len(history[row]) for row in rows])
        batch = {model.ITEM_SEQ: sequences, model.ITEM_SEQ_LEN: lengths}
        scores = model.full_sort_predict(batch).numpy()[:, ids]
        scores[:, ids == 0] = -np.inf
        return scores

    return score


def run(
    kind: type[AbstractRecommender],
    settings: dict[str, Any],
    scorer: Callable[[Any, Any, Split, str], Scorer],
    split: Split,
    asked: argparse.Namespace,
) -> None:
    """Train a model until validation gets no better, rank its best epoch on test and say so.

    `scorer` makes the scores of a model, of RecBole's data set, the split and a part of it.
    """
    record = Record(
        {"name": f"recbole-{kind.__name__.lower()}", "threads": asked.threads, **settings}
    )
    # RecBole leaves a tensorboard folder where it runs
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        config = configure(kind.__name__, split, Path(name), settings)
        dataset = create_dataset(config)
        train, valid, _ = data_preparation(config, dataset)
        model = kind(config, train.dataset).to(config["device"])
        trainer = CommonTrainer(config, model)
        trainer.watch(split, lambda: scorer(model, dataset, split, "valid"), record)
        trainer.fit(train, valid, verbose=False)
        saved = torch.load(trainer.saved_model_file, weights_only=False)
        model.load_state_dict(saved["state_dict"])
        model.eval()
        found = ranks(split, "test", scorer(model, dataset, split, "test"))
    if asked.ranks is not None:
        np.save(asked.ranks, found)
    record.finish(metrics(found), asked.out)


def common(asked: argparse.Namespace) -> dict[str, Any]:
    """What RecBole calls the settings that all of its trained models have."""
    return {
        "learning_rate": asked.lr,
        "train_batch_size": asked.batch_size,
        "epochs": asked.epochs,
        # RecBole stops at one epoch more than this, Lightning at its patience
        "stopping_step": asked.patience - 1,
        "seed": asked.seed,
    }


def network(asked: argparse.Namespace) -> dict[str, Any]:
    """What each model calls its size; GRU4Rec has RecBole's one layer, two items wide."""
    if asked.model == "gru4rec":
        return {
            "embedding_size": asked.factors,
            "hidden_size": 2 * asked.factors,
            "dropout_prob": asked.dropout,
        }
    return {
        "n_layers": asked.blocks,
        "n_heads": asked.heads,
        "hidden_size": asked.factors,
        "inner_size": 4 * asked.factors,
        "hidden_dropout_prob": asked.dropout,
        "attn_dropout_prob": asked.dropout,
    }


def main() -> None:
    parser = arguments("SASRec, GRU4Rec or BERT4Rec of RecBole, on MicroLens-50K")
    training_arguments(parser)
    parser.add_argument("--model", choices=MODELS, default="sasrec")
    parser.add_argument("--batch-size", type=int, default=2048, help="prefixes, not users")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.set_flush_denormal(True)
    split = load(asked.data, asked.users)
    settings = {
        **network(asked),
        "loss_type": "CE",
        "MAX_ITEM_LIST_LENGTH": KEEP,
        **common(asked),
    }
    run(MODELS[asked.model], settings, make_scorer, split, asked)


if __name__ == "__main__":
    main()
