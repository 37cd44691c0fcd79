"""Item-knn of RecBole 1.2.1 on the protocol of split.py."""

import contextlib
import tempfile
from pathlib import Path

import numpy as np
from item_weights import neighbours_parser, run
from recbole.data import create_dataset, data_preparation
from recbole.model.general_recommender import ItemKNN
from recbole_sequential import columns_of, configure
from split import load


def main() -> None:
    asked = neighbours_parser("RecBole").parse_args()
    split = load(asked.data, asked.users)
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        config = configure("ItemKNN", split, Path(name), {})
        dataset = create_dataset(config)
        train = data_preparation(config, dataset)[0].dataset
    ids = columns_of(dataset, split)

    def fit(neighbours: float) -> np.ndarray:
        config["k"] = int(neighbours)
        return np.asarray(ItemKNN(config, train).w.toarray(), np.float32)

    run("recbole-item-knn", fit, np.where(ids == 0, -1, ids), split, asked)


if __name__ == "__main__":
    main()
