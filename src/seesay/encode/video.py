"""What the frames look like: EfficientNet-Lite0's penultimate layer, averaged over the frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seesay.core.errors import SeesayError
from seesay.core.progress import slow
from seesay.core.settings import Section
from seesay.core.weights import EFFICIENTNET
from seesay.encode.base import Reads, Source, check_batch, unit_rows

if TYPE_CHECKING:
    from seesay.describe.senses.efficientnet import EfficientNetLite0

WIDTH = 1280
FRAMES_AT_ONCE = 16


class VideoSettings(Section):
    """How the frames become one vector.

    Attributes:
        normalize: scale every vector to length 1.
    """

    normalize: bool = True


class VideoEncoder:
    """Reads `Source.media` and gives the mean ImageNet feature of its frames, 1280 values.

    This is the conventional low-level visual feature that words have to beat. The frames are those
    of the frame plan with which the video was decoded.
    """

    Settings: ClassVar = VideoSettings
    name = "video"
    dim = WIDTH
    reads: Reads = "media"
    batch_size: int | None = 8
    frames = True
    sound = False

    def __init__(self, settings: VideoSettings | None = None) -> None:
        self.settings = settings or VideoSettings()
        self._model: EfficientNetLite0 | None = None

    def fingerprint(self) -> dict[str, Any]:
        """Return the JSON values that change its vectors, but for the frame plan."""
        return {**self.settings.model_dump(), "weights": dict(EFFICIENTNET.files)}

    def encode(self, batch: Sequence[Source]) -> np.ndarray:
        """Return [n, 1280] float32.

        Raises:
            SeesayError: an item has no frames, or the weights are not there.
        """
        check_batch(batch, self.reads)
        vectors = np.empty((len(batch), WIDTH), np.float32)
        for row, source in enumerate(batch):
            frames = source.media.frames if source.media else ()
            if not frames:
                raise SeesayError(
                    f"The item '{source.item_id}' has no frames to encode.",
                    "Decode it with frames, or leave it out.",
                )
            vectors[row] = self._mean_feature(frames)
        return unit_rows(vectors) if self.settings.normalize else vectors

    def _mean_feature(self, frames: Sequence[np.ndarray]) -> np.ndarray:
        with slow("Loading the model that looks at frames."):
            from seesay.describe.senses import efficientnet

            self._model = self._model or efficientnet.load()
        total = np.zeros(WIDTH, np.float64)
        for first in range(0, len(frames), FRAMES_AT_ONCE):
            batch = efficientnet.preprocess(frames[first : first + FRAMES_AT_ONCE])
            penultimate, _ = efficientnet.features(self._model, batch)
            total += penultimate.numpy().sum(axis=0)
        return total / len(frames)
