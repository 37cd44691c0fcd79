"""RecBole's own full-sort evaluation on vectors that are given; see ../full_ranking.py.

Argument: the folder of the vectors, histories and targets. Prints one JSON object: the seconds of
`Trainer.evaluate`, and the figures that have the same meaning as ours.
"""

import contextlib
import json
import os
import sys
import tempfile
import time
from logging import ERROR, getLogger
from pathlib import Path

import numpy as np
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.model.general_recommender import BPR
from recbole.trainer import Trainer

# Users at once. RecBole's own default comes to one at a time with this many items.
USERS_AT_ONCE = 512
NAMES = {"hit": "hr", "ndcg": "ndcg"}


def main() -> None:
    folder = Path(sys.argv[1])
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)))
    users, items = np.load(folder / "users.npy"), np.load(folder / "items.npy")
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        write_atomic(folder, Path(name))
        config = Config(
            model="BPR",
            dataset="same",
            config_dict={
                "data_path": name,
                "checkpoint_dir": str(Path(name) / "saved"),
                "benchmark_filename": ["train", "valid", "test"],
                "load_col": {"inter": ["user_id", "item_id"]},
                "embedding_size": users.shape[1],
                "eval_args": {"group_by": "user", "order": "RO", "mode": "full"},
                "eval_batch_size": USERS_AT_ONCE * (len(items) + 1),
                "metrics": ["Hit", "NDCG", "MRR"],
                "topk": [10, 20],
                "valid_metric": "NDCG@10",
                "metric_decimal_place": 12,
                "use_gpu": False,
                "show_progress": False,
            },
        )
        getLogger().setLevel(ERROR)
        # RecBole's SINE module turns this on for every model when it is imported
        torch.autograd.set_detect_anomaly(False)
        dataset = create_dataset(config)
        train, _, test = data_preparation(config, dataset)
        model = BPR(config, train.dataset)
        for field, table, vectors in (
            ("user_id", model.user_embedding, users),
            ("item_id", model.item_embedding, items),
        ):
            ids = dataset.field2id_token[field][1:].astype(int)
            table.weight.data[1:] = torch.from_numpy(vectors[ids])
        trainer = Trainer(config, model)
        start, cpu = time.perf_counter(), time.process_time()
        found = trainer.evaluate(test, load_best_model=False)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    metrics = {}
    for name, value in found.items():
        kind, k = name.split("@")
        if kind in NAMES:
            metrics[f"{NAMES[kind]}@{k}"] = float(value)
    print(json.dumps({"RecBole": {"seconds": seconds, "cpu": cpu, "metrics": metrics}}))


def write_atomic(source: Path, folder: Path) -> None:
    """RecBole's own file format; the last of each history stands as validation, for it asks."""
    history, lengths = np.load(source / "history.npy"), np.load(source / "lengths.npy")
    rows = np.split(history, np.cumsum(lengths)[:-1])
    parts = {
        "train": [row[:-1] for row in rows],
        "valid": [row[-1:] for row in rows],
        "test": np.load(source / "targets.npy")[:, None],
    }
    (folder / "same").mkdir()
    for part, lists in parts.items():
        with (folder / "same" / f"same.{part}.inter").open("w", encoding="utf-8") as file:
            file.write("user_id:token\titem_id:token\n")
            for user, each in enumerate(lists):
                file.writelines(f"{user}\t{item}\n" for item in each)


if __name__ == "__main__":
    main()
