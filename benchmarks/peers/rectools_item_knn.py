"""Item-knn of RecTools 0.19.0, which is that of `implicit`, on the protocol of split.py."""

import numpy as np
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from item_weights import neighbours_parser, run
from rectools.models import ImplicitItemKNNWrapperModel
from rectools_sequential import ids_of, make_dataset
from split import load

WEIGHINGS = {"cosine": CosineRecommender, "tfidf": TFIDFRecommender, "bm25": BM25Recommender}


def main() -> None:
    parser = neighbours_parser("RecTools")
    parser.add_argument("--weighing", choices=WEIGHINGS, default="cosine")
    asked = parser.parse_args()
    split = load(asked.data, asked.users)
    dataset = make_dataset(split)

    def fit(neighbours: float) -> np.ndarray:
        model = ImplicitItemKNNWrapperModel(WEIGHINGS[asked.weighing](K=int(neighbours)))
        return model.fit(dataset).model.similarity.toarray().astype(np.float32)

    run(f"rectools-item-knn-{asked.weighing}", fit, ids_of(dataset, split), split, asked)


if __name__ == "__main__":
    main()
