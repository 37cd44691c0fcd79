"""DSSM of RecTools 0.19.0 on the protocol of split.py: two towers, of the history and of the item.

It wants features of users and items. Here an item's one feature is its ID, and all users have the
same one, so that nothing is known but the log.
"""

import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import DSSMModel
from rectools.models.nn.dssm import DSSM
from rectools_sequential import Watch, ids_of, interactions_of, load_best, make_trainer
from split import Record, Scorer, Split, arguments, load, metrics, ranks, training_arguments


def make_dataset(split: Split) -> Dataset:
    """The training part alone, and the features that DSSM cannot be without."""
    table = interactions_of(split)
    items, users = table[Columns.Item].unique(), table[Columns.User].unique()
    return Dataset.construct(
        table,
        user_features_df=pd.DataFrame({"id": users, "feature": "user", "value": 1}),
        item_features_df=pd.DataFrame({"id": items, "feature": "item", "value": items}),
        cat_item_features=["item"],
    )


def make_scorer(network: DSSM, dataset: Dataset, split: Split, part: str) -> Scorer:
    """How near each item is to the user; one that was never trained on is infinitely far away."""
    ids, history = ids_of(dataset, split), split.history(part)
    features = dataset.item_features.get_sparse()

    @torch.inference_mode()
    def embed_items() -> torch.Tensor:
        """A thousand at a time: an item goes in as a row as wide as the catalogue."""
        return torch.cat(
            [
                network.item_net(torch.from_numpy(features[start : start + 1000].toarray()).float())
                for start in range(0, features.shape[0], 1000)
            ]
        )

    items = embed_items()
    squares = (items**2).sum(1)

    @torch.inference_mode()
    def score(rows: np.ndarray) -> np.ndarray:
        watched = torch.zeros(len(rows), len(items))
        for line, row in enumerate(rows):
            read = ids[history[row]]
            watched[line, torch.from_numpy(read[read >= 0])] = 1
        users = network.user_net(torch.ones(len(rows), 1), watched)
        scores = (2 * users @ items.T - squares).numpy()[:, ids]
        scores[:, ids < 0] = -np.inf
        return scores

    return score


def main() -> None:
    parser = arguments("DSSM of RecTools, on MicroLens-50K")
    training_arguments(parser)
    parser.add_argument("--batch-size", type=int, default=128, help="users")
    parser.add_argument("--margin", type=float, default=0.4, help="of the triplet loss")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(asked.threads)
    torch.set_flush_denormal(True)
    split = load(asked.data, asked.users)
    dataset = make_dataset(split)
    settings = {"n_factors": asked.factors, "lr": asked.lr, "margin": asked.margin}
    record = Record(
        {
            "name": "rectools-dssm",
            "threads": asked.threads,
            **settings,
            "batch_size": asked.batch_size,
            "patience": asked.patience,
            "seed": asked.seed,
        }
    )
    seed_everything(asked.seed, verbose=False)
    width = dataset.item_features.get_sparse().shape[1]
    network = DSSM(
        n_factors_user=asked.factors,
        n_factors_item=asked.factors,
        dim_input_user=1,
        dim_input_item=width,
        dim_interactions=width,
        lr=asked.lr,
        triplet_loss_margin=asked.margin,
        log_to_prog_bar=False,
    )
    model = DSSMModel(model=network, batch_size=asked.batch_size)
    with tempfile.TemporaryDirectory() as name:
        watch = Watch(lambda: make_scorer(model.model, dataset, split, "valid"), split, record)
        model._trainer = make_trainer(Path(name), watch, asked)
        model.fit(dataset)
        load_best(Path(name), model.model)
        found = ranks(split, "test", make_scorer(model.model, dataset, split, "test"))
    if asked.ranks is not None:
        np.save(asked.ranks, found)
    record.finish(metrics(found), asked.out)


if __name__ == "__main__":
    main()
