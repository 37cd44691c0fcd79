"""What all trained recommenders share: the training loop, scoring, saving."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from seesay.core.errors import SeesayError
from seesay.core.files import read_json, write_json
from seesay.recommend.base import FeatureSet, Takes
from seesay.recommend.geometry import ContentSpace
from seesay.recommend.interactions import Holdout, Interactions
from seesay.recommend.item_tower import ItemTower, ItemTowerSettings
from seesay.recommend.kept_content import KeptContent, keep_content
from seesay.recommend.losses import fast_products, fastest_precision, softmax_loss
from seesay.recommend.sequences import Tokens, TrainingBatch, training_batches
from seesay.recommend.training import (
    TrainingSettings,
    adamw,
    check_trainable,
    train_batches,
    train_epochs,
    training_summary,
    users_a_batch,
    validation_ndcg,
)

USERS_AT_ONCE = 2048
KEPT_USERS = 10_000


class NeuralSettings(TrainingSettings):
    """Settings of the training loop.

    Attributes:
        dim: of user and item vectors. Content starts from as many of its principal axes, so a
            small one throws away what content-knn would find.
        negatives: how many items each batch is contrasted with, drawn evenly without
            replacement; 0 takes all of them (full softmax). Only items of the training log count:
            one that nobody could have watched yet has not been turned down, and content that
            learns to push it away cannot recommend new items.
        mask_history: whether items that the user had already watched are no negatives. Those that
            the user went on to watch never are.
    """

    tower: ItemTowerSettings = ItemTowerSettings()
    negatives: int = Field(0, ge=0)
    mask_history: bool = False


def gelu(values: Tensor) -> Tensor:
    """Return x times the normal distribution's mass below x (Hendrycks and Gimpel 2016).

    That of torch goes through oneDNN, which compiles and keeps a kernel for every batch's shape.
    """
    result: Tensor = values * torch.special.ndtr(values)
    return result


class SequenceModel(nn.Module, ABC):
    """An item tower and something that turns a history's item vectors into user vectors."""

    def __init__(self, features: FeatureSet, n_items: int, settings: NeuralSettings) -> None:
        super().__init__()
        self.n_items = n_items
        self.items = ItemTower(features, n_items, settings.dim, settings.tower)
        self.log_scale = nn.Parameter(torch.tensor(-np.log(settings.temperature)).float())

    @abstractmethod
    def states(self, vectors: Tensor, tokens: Tokens) -> Tensor:
        """Return the user's vector at each token, [tokens, dim], of length one.

        Args:
            vectors: [tokens, dim] of the items; those of gaps mean nothing.
        """


class NeuralRecommender(ABC):
    """Fits a `SequenceModel` with a softmax over items; scores by a dot product."""

    Settings: ClassVar[type[NeuralSettings]]
    name: ClassVar[str]
    takes: ClassVar[Takes] = "any"
    version: ClassVar[int] = 3

    def __init__(self, settings: NeuralSettings | None = None) -> None:
        self.settings = settings or self.Settings()
        self._model: SequenceModel | None = None
        self._item_vectors = np.empty((0, 0), np.float32)
        self._kept: KeptContent | None = None
        self._summary: dict[str, Any] = {}

    @abstractmethod
    def build(self, features: FeatureSet, n_items: int) -> SequenceModel:
        """Return the untrained model."""

    def fit(
        self, train: Interactions, features: FeatureSet, validation: Holdout | None = None
    ) -> Self:
        """Train until the validation nDCG@10 no longer rises, and keep the best epoch's weights.

        Without `validation` it trains for all of `epochs`.
        """
        settings = self.settings
        check_trainable(train)
        torch.manual_seed(settings.seed)
        random = np.random.default_rng(settings.seed)
        start = time.monotonic()
        self._kept = None
        model = self._model = self.build(features, train.n_items)
        optimiser = adamw(model, settings.learning_rate, settings.weight_decay)

        def validate() -> float:
            self._freeze()
            return validation_ndcg(self, validation)

        curve = train_epochs(
            f"{self.name} x {features.spec}",
            model,
            settings.epochs,
            settings.patience,
            lambda: self._epoch(model, optimiser, train, random),
            validate,
            validation is not None,
        )
        self._freeze()
        self._keep_content(features, settings.kept_content, validation)
        seconds = time.monotonic() - start
        self._summary = {
            **training_summary(curve, model, seconds, validation is not None),
            "kept_content": self._kept.weight if self._kept else 0.0,
        }
        return self

    def _keep_content(
        self, features: FeatureSet, weight: float | None, validation: Holdout | None
    ) -> None:
        self._kept = None
        if features.content:
            some = validation and validation.sample(KEPT_USERS, self.settings.seed)
            space = ContentSpace.fit(features.content, self.settings.tower.whitening)
            keep_content(self, space, features.content, weight, some)

    def _epoch(
        self,
        model: SequenceModel,
        optimiser: torch.optim.Optimizer,
        train: Interactions,
        random: np.random.Generator,
    ) -> float:
        offered = torch.from_numpy(np.unique(train.items).astype(np.int64))
        size = users_a_batch(train, self.settings.batch_users, self.settings.least_steps)
        return train_batches(
            model,
            optimiser,
            self.batches(train, size, random),
            lambda batch: self._loss(model, batch, offered, random),
        )

    def batches(
        self, train: Interactions, size: int, random: np.random.Generator
    ) -> Iterator[TrainingBatch]:
        """Yield what one epoch learns from, `size` histories at a time."""
        settings = self.settings
        return training_batches(train, settings.longest, size, settings.mask_history, random)

    def question(self, history: np.ndarray) -> np.ndarray:
        """Return what the model reads to guess what comes after a history that is not empty."""
        return history

    def _loss(
        self,
        model: SequenceModel,
        batch: TrainingBatch,
        offered: Tensor,
        random: np.random.Generator,
    ) -> Tensor:
        sample = self._negatives(offered, random)
        place = torch.full((model.n_items,), -1)
        place[sample] = torch.arange(len(sample))
        token, item = batch.excluded
        column = place[item]
        excluded = (token[column >= 0], column[column >= 0])
        parts = [batch.tokens.items.clamp(min=0), batch.targets, sample]
        needed, where = torch.unique(torch.cat(parts), return_inverse=True)
        vectors = model.items(needed)
        inputs, targets, negatives = where.split([len(part) for part in parts])
        with fast_products():
            states = model.states(vectors[inputs], batch.tokens)
        users = (states if batch.asked is None else states[batch.asked]) * model.log_scale.exp()
        log_weight = float(np.log(len(offered) / len(sample)))
        return softmax_loss(
            users, vectors[targets], vectors[negatives], log_weight, excluded, fastest_precision()
        )

    def _negatives(self, offered: Tensor, random: np.random.Generator) -> Tensor:
        count = self.settings.negatives
        if count == 0 or count >= len(offered):
            return offered
        return offered[np.sort(random.choice(len(offered), count, replace=False))]

    def _freeze(self) -> None:
        model = self._trained()
        model.eval()
        with torch.no_grad():
            self._item_vectors = model.items(torch.arange(model.n_items)).numpy()

    def _trained(self) -> SequenceModel:
        if self._model is None:
            raise SeesayError(f"{self.name} has not been trained.", "Call fit or load first.")
        return self._model

    def item_vectors(self) -> np.ndarray:
        """Return [items, dim] float32."""
        return self._kept.beside_items(self._item_vectors) if self._kept else self._item_vectors

    def user_vectors(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return [histories, dim] float32; zeros for an empty history."""
        model = self._trained()
        users = np.zeros((len(histories), self.settings.dim), np.float32)
        known = [row for row, history in enumerate(histories) if len(history)]
        table = torch.from_numpy(self._item_vectors)
        with torch.no_grad():
            for start in range(0, len(known), USERS_AT_ONCE):
                rows = known[start : start + USERS_AT_ONCE]
                tokens = Tokens.from_histories(
                    [self.question(histories[row]) for row in rows], self.settings.longest
                )
                states = model.states(table[tokens.items.clamp(min=0)], tokens)
                users[rows] = states[tokens.last()].numpy()
        return self._kept.beside_users(users, histories) if self._kept else users

    def with_items(self, content: Mapping[str, np.ndarray]) -> Self:
        """Return one that knows further items behind the others; see `base.Growing`."""
        if not content or self._kept is None:
            raise SeesayError(
                f"This {self.name} knows items by their IDs alone, so it cannot place a new one.",
                "Train it with content too, such as --features id+described.",
            )
        grown = copy(self)
        with torch.no_grad():
            vectors = self._trained().items.new_items(content).numpy()
        grown._item_vectors = np.vstack([self._item_vectors, vectors])
        grown._kept = self._kept.with_items(content)
        return grown

    def score(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return [histories, items] float32."""
        return np.asarray(self.user_vectors(histories) @ self.item_vectors().T)

    def save(self, folder: Path) -> None:
        """Write the weights as safetensors, and what training came to as JSON."""
        from safetensors.torch import save_file

        save_file(self._trained().state_dict(), folder / "weights.safetensors")
        write_json(folder / "summary.json", {**self._summary, "n_items": len(self._item_vectors)})

    def load(self, folder: Path, features: FeatureSet) -> Self:
        """Take the weights that `save` wrote; `features` must be those of the training."""
        from safetensors.torch import load_file

        summary = read_json(folder / "summary.json")
        model = self._model = self.build(features, summary.pop("n_items"))
        # Runs of before did not keep the axes, which are found again.
        found = {f"items.{name}": values for name, values in model.items.axes().items()}
        model.load_state_dict(found | load_file(folder / "weights.safetensors"))
        model.items.take(features.content)
        self._summary = summary
        self._freeze()
        self._keep_content(features, summary["kept_content"], None)
        return self

    def summary(self) -> dict[str, Any]:
        """Return epochs, the validation curve (from the untrained model on), seconds, size."""
        return self._summary
