"""DSSM of RecBole 1.2.1 on the protocol of split.py: a tower of user IDs and one of item IDs."""

from typing import Any

import numpy as np
import torch
from recbole.model.context_aware_recommender import DSSM
from recbole_sequential import columns_of, common, run
from split import Scorer, Split, arguments, load, training_arguments

# RecBole has this for a model that learns from pairs and not from whole rows
ONE_NEGATIVE = {
    "distribution": "uniform",
    "sample_num": 1,
    "alpha": 1.0,
    "dynamic": False,
    "candidate_num": 0,
}


def make_scorer(model: DSSM, dataset: Any, split: Split, part: str) -> Scorer:
    """The cosine of the two towers, each run once for a user and once for an item, not for pairs.

    A user is his ID here, so what he has watched is masked and not read.
    """
    ids = columns_of(dataset, split)
    known = dataset.field2token_id["user_id"]
    users = torch.tensor([known[str(row)] for row in range(len(split.test))])

    def embed(of_users: torch.Tensor, of_items: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        found = model.double_tower_embed_input_fields({"user_id": of_users, "item_id": of_items})
        return found[0].flatten(1), found[2].flatten(1)

    @torch.inference_mode()
    def score(rows: np.ndarray) -> np.ndarray:
        of_users, _ = embed(users[rows], torch.zeros(len(rows), dtype=torch.long))
        vectors = torch.nn.functional.normalize(model.user_mlp_layers(of_users))
        scores = (vectors @ items.T).numpy()
        scores[:, ids == 0] = -np.inf
        return scores

    with torch.inference_mode():
        _, of_items = embed(torch.zeros(len(ids), dtype=torch.long), torch.from_numpy(ids))
        items = torch.nn.functional.normalize(model.item_mlp_layers(of_items))
    return score


def main() -> None:
    parser = arguments("DSSM of RecBole, on MicroLens-50K")
    training_arguments(parser)
    parser.add_argument("--batch-size", type=int, default=2048, help="pairs")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.set_flush_denormal(True)
    settings = {
        "embedding_size": asked.factors,
        "mlp_hidden_size": [4 * asked.factors] * asked.blocks,
        "dropout_prob": asked.dropout,
        "train_neg_sample_args": ONE_NEGATIVE,
        **common(asked),
    }
    run(DSSM, settings, make_scorer, load(asked.data, asked.users), asked)


if __name__ == "__main__":
    main()
