"""TIGER: the next item's semantic ID is generated token by token, under a trie of IDs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from seesay.core.errors import SeesayError
from seesay.core.files import read_json, write_json
from seesay.core.progress import say
from seesay.recommend.base import FeatureSet, Takes
from seesay.recommend.interactions import Holdout, Interactions
from seesay.recommend.item_geometry import ItemGeometry
from seesay.recommend.kept_content import KeptContent, keep_content
from seesay.recommend.losses import fast_products
from seesay.recommend.semantic_ids import Quantiser, describe_ids, make_quantiser, number_collisions
from seesay.recommend.sequences import Tokens, training_batches
from seesay.recommend.tiger_model import TigerModel, TigerSettings, sibling_loss
from seesay.recommend.training import (
    adamw,
    check_trainable,
    train_batches,
    train_epochs,
    training_summary,
    users_a_batch,
    validation_ndcg,
)
from seesay.recommend.trie import Trie

# So few that what is computed of all nodes for them stays in the processor's cache.
USERS_AT_ONCE = 64
# Of all nodes of a million items at once, what is in between would take 5 GB.
NODES_AT_ONCE = 2**14


class Tiger:
    """Rajput et al. 2023 (arXiv 2305.05065), on any features.

    An item's vector is its content, half-whitened; for `id` the singular vectors of the
    co-occurrences; for both, the two side by side. It departs from the paper where a token is
    guessed, see `TigerModel`, and where content is kept beside what was learned: codes are too
    coarse to find a new item by, as Yang et al. 2024 (arXiv 2411.18814) found.
    """

    Settings: ClassVar[type[TigerSettings]] = TigerSettings
    name = "tiger"
    takes: Takes = "any"
    version = 3

    def __init__(self, settings: TigerSettings | None = None) -> None:
        self.settings = settings or TigerSettings()
        self._model: TigerModel | None = None
        self._kept: KeptContent | None = None
        self._summary: dict[str, Any] = {}

    def fit(
        self, train: Interactions, features: FeatureSet, validation: Holdout | None = None
    ) -> Self:
        """Give every item an ID, then train until the validation nDCG@10 no longer rises.

        Only items of the training log count as wrong answers: one that nobody could have watched
        has not been turned down.
        """
        settings = self.settings
        check_trainable(train)
        torch.manual_seed(settings.seed)
        start = time.monotonic()
        self._kept = None
        self._give_ids(train, features)
        numbers = int(self.ids[:, -1].max()) + 1
        model = self._model = TigerModel(self._quantiser.codebooks, numbers, settings)
        sample = validation and validation.sample(settings.validation_users, settings.seed)
        curve = self._train(model, train, sample, str(features.spec))
        self._keep_content(features, settings.kept_content, sample)
        seconds = time.monotonic() - start
        self._summary = {
            **training_summary(curve, model, seconds, validation is not None),
            "kept_content": self._kept.weight if self._kept else 0.0,
            **describe_ids(self.ids, [len(table) for table in self._quantiser.codebooks]),
        }
        return self

    def _give_ids(self, train: Interactions, features: FeatureSet) -> None:
        settings = self.settings
        self._geometry, vectors = ItemGeometry.fit(
            train, features, settings.dim, settings.whitening
        )
        count = min(settings.codes, max(2, train.n_items // 4))
        if count < settings.codes:
            say(f"tiger uses {count} codes a level: there are only {train.n_items} items")
        self._quantiser = make_quantiser(
            settings.quantiser,
            vectors,
            count,
            settings.levels,
            settings.quantiser_epochs,
            settings.seed,
        )
        self.ids = number_collisions(self._quantiser(vectors))
        self._watched = np.bincount(train.items, minlength=train.n_items) > 0

    def _train(
        self, model: TigerModel, train: Interactions, validation: Holdout | None, features: str
    ) -> list[float]:
        """Return the validation nDCG@10 from the untrained model on, and keep the best epoch."""
        settings = self.settings
        offered = Trie.of(self.ids, np.flatnonzero(self._watched))
        answers = torch.from_numpy(offered.nodes(train.n_items))
        random = np.random.default_rng(settings.seed)
        optimiser = adamw(model, settings.learning_rate, settings.weight_decay)
        size = users_a_batch(train, settings.batch_users, settings.least_steps)

        def run_epoch() -> float:
            return train_batches(
                model,
                optimiser,
                training_batches(train, settings.longest, size, False, random),
                lambda batch: self._loss(model, batch.tokens, answers[batch.targets], offered),
            )

        def validate() -> float:
            self._refresh()
            return validation_ndcg(self, validation)

        curve = train_epochs(
            f"tiger x {features}",
            model,
            settings.epochs,
            settings.patience,
            run_epoch,
            validate,
            validation is not None,
        )
        self._refresh()
        return curve

    def _keep_content(
        self, features: FeatureSet, weight: float | None, validation: Holdout | None
    ) -> None:
        self._kept = None
        if features.content:
            keep_content(self, self._geometry.space, features.content, weight, validation)

    def _added(self, histories: Sequence[np.ndarray]) -> np.ndarray | float:
        """Return what the kept content adds to the log probabilities of all items."""
        if self._kept is None or not self._kept.weight:
            return 0.0
        return self._kept.score(histories) / np.float32(self.settings.temperature)

    def _loss(self, model: TigerModel, tokens: Tokens, answers: Tensor, trie: Trie) -> Tensor:
        """Return the mean over the targets of -log probability of the whole ID."""
        with fast_products():
            states = model.states(self._tokens[tokens.items], tokens)
            losses = [
                sibling_loss(model, level, state, answers[:, depth])
                for depth, (level, state) in enumerate(zip(trie.levels, states, strict=True))
            ]
        return torch.stack(losses).sum() / len(answers)

    def _refresh(self) -> None:
        """Compute the vectors of all nodes of the trie of all items.

        In a history the number of an item that nothing was learned of is read as the first.
        """
        model = self._trained()
        model.eval()
        self._tokens = torch.from_numpy(self.ids.copy())
        self._tokens[~self._watched, -1] = 0
        self._trie = Trie.of(self.ids, watched=self._watched)
        with torch.no_grad():
            self._nodes = [
                torch.cat([model.nodes(part) for part in torch.split(paths, NODES_AT_ONCE)]).numpy()
                for paths in (torch.from_numpy(level.paths) for level in self._trie.levels)
            ]

    def _trained(self) -> TigerModel:
        if self._model is None:
            raise SeesayError("tiger has not been trained.", "Call fit or load first.")
        return self._model

    def _states(self, histories: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return what histories that are not empty ask of each level, [histories, dim]."""
        model = self._trained()
        tokens = Tokens.from_histories(histories, self.settings.longest)
        with torch.no_grad():
            states = model.states(self._tokens[tokens.items], tokens)
        return [state[tokens.last()].numpy() for state in states]

    def score(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """Return the log probability of every item's whole ID, [histories, items] float32.

        Exact: no item is left out by a beam. Kept content is added in parts of 1 / `temperature`,
        which is what a cosine counts for in a logit at the start. An empty history gives zeros.
        """
        self._trained()
        scores = np.zeros((len(histories), len(self.ids)), np.float32)
        known = [row for row, history in enumerate(histories) if len(history)]
        if known:
            states = self._states([histories[row] for row in known])
            for start in range(0, len(known), USERS_AT_ONCE):
                some = slice(start, start + USERS_AT_ONCE)
                scores[known[some]] = self._trie.log_probabilities(
                    [state[some] for state in states], self._nodes, len(self.ids)
                )
        return scores + self._added(histories)

    def recommend(self, histories: Sequence[np.ndarray], k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the best `k` items outside each history, by beam search, as `ranking.top_k` does.

        The beam is as wide as `beam`, and wide enough that `k` are left where there are so many.
        Kept content ranks what it finds. An empty history gets none.

        Returns:
            int32 [histories, k] items, -1 where there are fewer, and float32 [histories, k] scores.
        """
        indices = np.full((len(histories), k), -1, np.int32)
        values = np.full((len(histories), k), -np.inf, np.float32)
        for row, history in enumerate(histories):
            if not len(history):
                continue
            seen = np.unique(history)
            states = [state[0] for state in self._states([history])]
            items, odds = self._trie.beam(
                states, self._nodes, max(self.settings.beam, k + len(seen))
            )
            odds = odds + np.broadcast_to(self._added([history]), (1, len(self.ids)))[0, items]
            unseen = np.flatnonzero(~np.isin(items, seen))
            best = unseen[np.argsort(-odds[unseen], kind="stable")[:k]]
            indices[row, : len(best)], values[row, : len(best)] = items[best], odds[best]
        return indices, values

    def with_items(self, content: Mapping[str, np.ndarray]) -> Self:
        """Return one that knows further items behind the others; see `base.Growing`.

        Each gets the ID of its content; nothing is trained, and no score of an item that was
        trained on changes.

        Raises:
            SeesayError: it was fitted without content.
        """
        self._trained()
        if not self._geometry.space.whitenings:
            raise SeesayError(
                "tiger was fitted without content, by which a new item could be placed.",
                "Train it with a content feature, such as id+title.",
            )
        codes = self._quantiser(self._geometry.of_new(content))
        grown = copy(self)
        grown.ids = number_collisions(np.vstack([self.ids[:, :-1], codes]))
        assert self._kept is not None
        grown._kept = self._kept.with_items(content)
        grown._watched = np.append(self._watched, np.zeros(len(codes), bool))
        grown._refresh()
        return grown

    def save(self, folder: Path) -> None:
        """Write weights, IDs and quantiser as safetensors, and what training came to as JSON."""
        from safetensors.numpy import save_file

        model = {key: value.numpy() for key, value in self._trained().state_dict().items()}
        parts = {
            "model": model,
            "geometry": self._geometry.arrays(),
            "quantiser": self._quantiser.arrays(),
        }
        arrays = {f"{part}.{key}": v for part, found in parts.items() for key, v in found.items()}
        arrays |= {"ids": self.ids, "watched": self._watched}
        save_file(arrays, folder / "weights.safetensors")
        write_json(folder / "summary.json", self._summary)

    def load(self, folder: Path, features: FeatureSet) -> Self:
        """Take what `save` wrote; items keep their IDs, whatever the features are now."""
        from safetensors.numpy import load_file

        arrays = load_file(folder / "weights.safetensors")
        parts: dict[str, dict[str, np.ndarray]] = {"model": {}, "geometry": {}, "quantiser": {}}
        self.ids, self._watched = arrays.pop("ids"), arrays.pop("watched")
        for key, value in arrays.items():
            part, _, rest = key.partition(".")
            parts[part][rest] = value
        self._geometry = ItemGeometry.from_arrays(parts["geometry"])
        self._quantiser = Quantiser.from_arrays(parts["quantiser"])
        numbers = len(parts["model"][f"embeddings.{self.ids.shape[1] - 1}.weight"])
        self._model = TigerModel(self._quantiser.codebooks, numbers, self.settings)
        self._model.load_state_dict({k: torch.from_numpy(v) for k, v in parts["model"].items()})
        self._summary = read_json(folder / "summary.json")
        self._keep_content(features, self._summary["kept_content"], None)
        self._refresh()
        return self

    def summary(self) -> dict[str, Any]:
        """Return epochs, the validation curve, seconds, size, codebook use and collisions."""
        return self._summary
