"""SASRec or BERT4Rec of RecTools 0.19.0 on the protocol of split.py, under each of its losses."""

import argparse
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import Callback, LightningModule, Trainer, seed_everything
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import BERT4RecModel, SASRecModel
from rectools.models.nn.transformers.base import TransformerModelBase
from rectools.models.nn.transformers.constants import MASKING_VALUE
from rectools.models.nn.transformers.lightning import TransformerLightningModule
from split import (
    KEEP,
    Record,
    Scorer,
    Split,
    arguments,
    load,
    metrics,
    ranks,
    training_arguments,
)

WATCHED = "valid_ndcg10"
MODELS = {"sasrec": SASRecModel, "bert4rec": BERT4RecModel}


def interactions_of(split: Split) -> pd.DataFrame:
    """The training part alone; the position in the history stands in for the time."""
    lengths = [len(history) for history in split.train]
    when = np.concatenate([np.arange(length) for length in lengths])
    return pd.DataFrame(
        {
            Columns.User: np.repeat(np.arange(len(lengths)), lengths),
            Columns.Item: np.concatenate(split.train),
            Columns.Weight: 1,
            Columns.Datetime: pd.Timestamp("2020-01-01") + pd.to_timedelta(when, unit="D"),
        }
    )


def make_dataset(split: Split) -> Dataset:
    """That log as RecTools has it."""
    return Dataset.construct(interactions_of(split))


def ids_of(dataset: Dataset, split: Split) -> np.ndarray:
    """Of each item of the split RecTools's own id, -1 where it has none."""
    known = dataset.item_id_map.to_internal.to_dict()
    return np.array([known.get(column, -1) for column in range(len(split.items))])


def make_scorer(model: TransformerModelBase, split: Split, part: str) -> Scorer:
    """Raw scores of the model; an item that was never trained on gets -inf and is not read.

    BERT4Rec reads its mask where the next item would be.
    """
    known = model.data_preparator.item_id_map.to_internal.to_dict()
    ids = np.array([known.get(column, 0) for column in range(len(split.items))])
    extra = model.data_preparator.extra_token_ids
    gap = np.array([extra[MASKING_VALUE]] if MASKING_VALUE in extra else [], dtype=np.int64)
    history = split.history(part)

    @torch.inference_mode()
    def score(rows: np.ndarray) -> np.ndarray:
        network = model.torch_model
        sequences = torch.zeros(len(rows), model.session_max_len, dtype=torch.long)
        for line, row in enumerate(rows):
            read = ids[history[row]]
            read = np.concatenate([read[read != 0], gap])
            sequences[line, len(sequences[line]) - len(read) :] = torch.from_numpy(read)
        items = network.item_model.get_all_embeddings()
        users = network.encode_sessions({"x": sequences}, items)[:, -1, :]
        scores = (users @ items[ids].T).numpy()
        scores[:, ids == 0] = -np.inf
        return scores

    return score


class Packed(TransformerLightningModule):
    """RecTools' own training step without the logits of the padding, which its losses throw away.

    The loss is the same number (see `--as-shipped` for the step of the library); on a processor it
    takes SASRec a third of the time, since three positions of four are padding here, and BERT4Rec
    less, which has a target in masked positions alone.
    """

    def training_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> torch.Tensor:
        """Loss of a batch; `x` and `y` are [users, length], `negatives` has one axis more."""
        kept = batch["y"] != 0
        items = self.torch_model.item_model.get_all_embeddings()
        users = self.torch_model.encode_sessions(batch, items)[kept]
        target = batch["y"][kept]
        if not self._requires_negatives:
            return torch.nn.functional.cross_entropy(users @ items.T / self.logits_t, target)
        chosen = torch.cat([target[:, None], batch["negatives"][kept]], dim=-1)
        logits = self.torch_model.similarity_module(users[:, None], items, chosen[:, None])
        return self.loss_calculator(
            logits / self.logits_t, target[:, None], batch["yw"][kept][:, None]
        )


class Watch(Callback):
    """After each epoch, the nDCG@10 of split.py for Lightning's early stopping and checkpoint.

    `scorer` gives the model's scores of the validation part as they are by then.
    """

    def __init__(self, scorer: Callable[[], Scorer], split: Split, record: Record):
        self.scorer, self.split, self.record = scorer, split, record

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        self.record.start()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop the clock, validate and hand the figure to Lightning."""
        self.record.stop()
        pl_module.eval()
        found = metrics(ranks(self.split, "valid", self.scorer()))
        pl_module.train()
        self.record.add(found)
        pl_module.log(WATCHED, found["ndcg@10"])

    def __deepcopy__(self, memo: object) -> "Watch":
        """RecTools copies its trainer before it fits; the model and the record are not to be."""
        return self


def make_trainer(folder: Path, watch: Watch, asked: argparse.Namespace) -> Trainer:
    """Trains until `watch` finds nothing better for some epochs; keeps the best one in `folder`."""
    best = ModelCheckpoint(
        folder, monitor=WATCHED, mode="max", save_weights_only=True, save_on_train_epoch_end=True
    )
    stop = EarlyStopping(
        WATCHED, mode="max", patience=asked.patience, check_on_train_epoch_end=True
    )
    return Trainer(
        max_epochs=asked.epochs,
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[watch, stop, best],
    )


def load_best(folder: Path, module: LightningModule) -> None:
    """Give `module` the weights of the best epoch."""
    (file,) = folder.glob("*.ckpt")
    module.load_state_dict(torch.load(file, weights_only=False)["state_dict"])
    module.eval()


def main() -> None:
    parser = arguments("SASRec or BERT4Rec of RecTools, on MicroLens-50K")
    training_arguments(parser)
    parser.add_argument("--model", choices=MODELS, default="sasrec")
    parser.add_argument("--batch-size", type=int, default=128, help="users")
    parser.add_argument("--loss", choices=("softmax", "sampled_softmax", "gBCE"), default="softmax")
    parser.add_argument("--negatives", type=int, default=256, help="not for softmax")
    parser.add_argument("--gbce-t", type=float, default=0.75)
    parser.add_argument("--mask-prob", type=float, default=0.15, help="for bert4rec")
    parser.add_argument("--as-shipped", action="store_true", help="pay for the padding too")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(asked.threads)
    torch.set_flush_denormal(True)
    split = load(asked.data, asked.users)
    settings = {
        "n_blocks": asked.blocks,
        "n_heads": asked.heads,
        "n_factors": asked.factors,
        "dropout_rate": asked.dropout,
        "session_max_len": KEEP,
        "loss": asked.loss,
        "n_negatives": asked.negatives,
        "gbce_t": asked.gbce_t,
        "lr": asked.lr,
        "batch_size": asked.batch_size,
    }
    if asked.model == "bert4rec":
        settings["mask_prob"] = asked.mask_prob
    record = Record(
        {
            "name": f"rectools-{asked.model}",
            "threads": asked.threads,
            **settings,
            "epochs": asked.epochs,
            "patience": asked.patience,
            "as_shipped": asked.as_shipped,
            "seed": asked.seed,
        }
    )
    seed_everything(asked.seed, verbose=False)
    module = TransformerLightningModule if asked.as_shipped else Packed
    model = MODELS[asked.model](
        **settings, recommend_torch_device="cpu", lightning_module_type=module
    )
    with tempfile.TemporaryDirectory() as name:
        watch = Watch(lambda: make_scorer(model, split, "valid"), split, record)
        model._trainer = make_trainer(Path(name), watch, asked)
        model.fit(make_dataset(split))
        load_best(Path(name), model.lightning_model)
        found = ranks(split, "test", make_scorer(model, split, "test"))
    if asked.ranks is not None:
        np.save(asked.ranks, found)
    record.finish(metrics(found), asked.out)


if __name__ == "__main__":
    main()
