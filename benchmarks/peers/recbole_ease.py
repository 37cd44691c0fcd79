"""EASE of RecBole 1.2.1 on the protocol of split.py."""

import contextlib
import tempfile
from pathlib import Path

import numpy as np
from item_weights import ease_arguments, run
from recbole.data import create_dataset, data_preparation
from recbole.model.general_recommender import EASE
from recbole_sequential import columns_of, configure
from split import load


def main() -> None:
    asked = ease_arguments("RecBole")
    split = load(asked.data, asked.users)
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        config = configure("EASE", split, Path(name), {})
        dataset = create_dataset(config)
        train = data_preparation(config, dataset)[0].dataset
    ids = columns_of(dataset, split)

    def fit(regularisation: float) -> np.ndarray:
        config["reg_weight"] = regularisation
        return np.asarray(EASE(config, train).item_similarity)

    run("recbole-ease", fit, np.where(ids == 0, -1, ids), split, asked)


if __name__ == "__main__":
    main()
