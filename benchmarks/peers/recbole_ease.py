"""EASE of RecBole 1.2.1 on the protocol of split.py."""

import numpy as np
from item_weights import ease_arguments, run
from recbole.model.general_recommender import EASE
from recbole_sequential import matrix_of_items
from split import load


def main() -> None:
    asked = ease_arguments("RecBole")
    split = load(asked.data, asked.users)
    config, train, ids = matrix_of_items("EASE", split)

    def fit(regularisation: float) -> np.ndarray:
        config["reg_weight"] = regularisation
        return np.asarray(EASE(config, train).item_similarity)

    run("recbole-ease", fit, ids, split, asked)


if __name__ == "__main__":
    main()
