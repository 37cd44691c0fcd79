"""What a multimodal model holds of a video before it says a word: its pooled hidden states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from seesay.core.errors import SeesayError
from seesay.describe.base import Video
from seesay.describe.local.chat_model import ChatModel, ChatModelSettings
from seesay.describe.local.visual import fit_media
from seesay.describe.message import Message, video_message
from seesay.describe.prompting import PROMPT_OF, load_prompt
from seesay.encode.base import Reads, Source, check_batch, unit_rows


class HiddenSettings(ChatModelSettings):
    """Which layers of which model are read.

    Attributes:
        layers: each as a part of the model's depth: 0.5 is what comes out of the middle layer, 1
            what comes out of the last, 0 the embeddings.
        prompt: what the model is told before it looks: the name of a prompt that comes with
            seesay, or a path to a .txt of your own; empty for that of a description.
        batch_size: how many videos are read at once; lower it where memory is short. A batch that
            does not fit is tried again in halves.
        normalize: scale the vector of every layer to length 1.
    """

    layers: tuple[float, ...] = Field(default=(0.25, 0.5, 0.75, 1.0), min_length=1)
    prompt: str = ""
    batch_size: int = Field(default=4, ge=1)
    normalize: bool = True


class HiddenEncoder:
    """Shows frames to the model that could describe them, and keeps what its layers hold.

    Frozen hidden states did better than captions in arXiv 2512.21863, and which layer does best
    differs, so several are kept side by side; the tower's fusion `layers` learns their weights.
    """

    Settings: ClassVar = HiddenSettings
    name = "hidden"
    reads: Reads = "media"
    frames = True
    sound = False

    def __init__(self, settings: HiddenSettings | None = None) -> None:
        """Read the prompt; no model is loaded.

        Raises:
            SeesayError: there is no such prompt, or a layer is outside the model.
        """
        self.settings = settings or HiddenSettings()
        outside = [part for part in self.settings.layers if not 0 <= part <= 1]
        if outside:
            raise SeesayError(
                f"There is no layer at {outside[0]:g} of a model's depth.",
                "Give layers between 0, the embeddings, and 1, the last.",
            )
        self.batch_size: int | None = self.settings.batch_size
        self._prompt = load_prompt(self.settings.prompt or PROMPT_OF["video"])
        self._model = ChatModel(self.settings, self.name, sees=True, hears=False)

    @property
    def dim(self) -> int:
        """The width of its vectors: layers times the model's width; loads the model."""
        self._model.check()
        return len(self.settings.layers) * self._model.width

    def fingerprint(self) -> dict[str, Any]:
        """Return the JSON values that change its vectors, but for the frame plan.

        `layers` says how many blocks of equal width a vector is made of.
        """
        return {
            **self._model.identity,
            "layers": list(self.settings.layers),
            "prompt": self._prompt.fingerprint(),
            "normalize": self.settings.normalize,
        }

    def encode(self, batch: Sequence[Source]) -> np.ndarray:
        """Return [n, layers * width] float32, layer after layer.

        A video that the model cannot take gets a row that is not finite, and is so left out.

        Raises:
            SeesayError: an item has no frames, or the model cannot be had.
        """
        check_batch(batch, self.reads)
        self._model.check()
        messages = [self._message(source) for source in batch]
        depth = self._model.layers
        chosen = [round(part * depth) for part in self.settings.layers]
        states = self._model.states(messages, chosen)
        width = self._model.width
        if self.settings.normalize:
            states = unit_rows(states.reshape(-1, width)).reshape(states.shape)
        return np.ascontiguousarray(states.reshape(len(batch), len(chosen) * width), np.float32)

    def _message(self, source: Source) -> Message:
        if source.media is None or not source.media.frames:
            raise SeesayError(
                f"The item '{source.item_id}' has no frames to encode.",
                "Decode it with frames, or leave it out.",
            )
        try:
            media = fit_media(source.media, self.settings.visual_tokens, self._model.sight)
        except ValueError:
            # A shape that the model refuses: it will say so of this video alone.
            media = source.media
        video = Video(source.item_id, "", media)
        return video_message(video, self._prompt, "video", hears=False)
