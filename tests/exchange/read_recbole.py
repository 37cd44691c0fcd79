"""Loads an export by RecBole's own reader and prints what it found. Runs in `.venvs/recbole`."""

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

folder, model = Path(sys.argv[1]).absolute(), sys.argv[2]
out = sys.stdout


def tokens(dataset: Any, field: str, values: Any) -> list[str]:
    return [str(token) for token in dataset.id2token(field, np.asarray(values))]


def rows(dataset: Any) -> list[list[str]]:
    inter = dataset.inter_feat
    return [
        list(pair)
        for pair in zip(
            tokens(dataset, "user_id", inter["user_id"]),
            tokens(dataset, "item_id", inter["item_id"]),
            strict=True,
        )
    ]


def histories(dataset: Any) -> list[list[str]]:
    inter = dataset.inter_feat
    if "item_id_list" not in inter:
        return []
    return [
        tokens(dataset, "item_id", items[:length])
        for items, length in zip(inter["item_id_list"], inter["item_length"], strict=True)
    ]


# RecBole leaves a folder of logs where it runs, and tells its doings on standard output.
with (
    tempfile.TemporaryDirectory() as here,
    contextlib.chdir(here),
    contextlib.redirect_stdout(sys.stderr),
):
    from recbole.config import Config
    from recbole.data import create_dataset

    config = Config(
        model=model,
        dataset="seesay",
        config_file_list=[str(folder / "seesay.yaml")],
        config_dict={
            "data_path": str(folder),
            "use_gpu": False,
            "train_neg_sample_args": None,
            "loss_type": "CE",
            "worker": 0,
        },
    )
    dataset = create_dataset(config)
    items = dataset.item_feat
    found: dict[str, Any] = {
        "items": tokens(dataset, "item_id", items["item_id"])[1:],
        "titles": [
            [word for word in tokens(dataset, "title", title) if word != "[PAD]"]
            for title in items["title"]
        ][1:],
        "vectors": {
            field: dataset.get_preload_weight(field).tolist()[1:]
            for field in config["preload_weight"]
        },
        "users": dataset.user_num - 1,
    }
    if model == "Pop":
        found["log"] = rows(dataset)
    parts = dataset.build()
    found["parts"] = [rows(part) for part in parts]
    found["histories"] = [histories(part) for part in parts]
json.dump(found, out)
