"""EASE of RecTools 0.19.0 on the protocol of split.py."""

import numpy as np
from item_weights import ease_arguments, run
from rectools.models import EASEModel
from rectools_sequential import ids_of, make_dataset
from split import load


def main() -> None:
    asked = ease_arguments("RecTools")
    split = load(asked.data, asked.users)
    dataset = make_dataset(split)

    def fit(regularisation: float) -> np.ndarray:
        return EASEModel(regularization=regularisation).fit(dataset).weight

    run("rectools-ease", fit, ids_of(dataset, split), split, asked)


if __name__ == "__main__":
    main()
