"""Item-knn of RecBole 1.2.1 on the protocol of split.py."""

import numpy as np
from item_weights import neighbours_parser, run
from recbole.model.general_recommender import ItemKNN
from recbole_sequential import matrix_of_items
from split import load


def main() -> None:
    asked = neighbours_parser("RecBole").parse_args()
    split = load(asked.data, asked.users)
    config, train, ids = matrix_of_items("ItemKNN", split)

    def fit(neighbours: float) -> np.ndarray:
        config["k"] = int(neighbours)
        return np.asarray(ItemKNN(config, train).w.toarray(), np.float32)

    run("recbole-item-knn", fit, ids, split, asked)


if __name__ == "__main__":
    main()
