"""The describer that runs a multimodal model in this process, by transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field

from seesay.describe.answering import Reply
from seesay.describe.base import Description, Failure, Video
from seesay.describe.local.chat_model import ChatModel, ChatModelSettings
from seesay.describe.local.visual import fit_media
from seesay.describe.message import Message
from seesay.describe.questions import QuestionSettings, own_questions
from seesay.media.base import Media


class TransformersSettings(ChatModelSettings, QuestionSettings):
    """Which model describes, and how.

    Attributes:
        max_tokens: the most tokens of one answer.
        repetition_penalty: above 1, words that were used become less likely.
        batch_size: how many videos, or pieces of long ones, are described at once; lower it where
            memory is short. A batch that does not fit is tried again in halves.
        transcript: give the model what is said as text, heard by Whisper; it is not asked where
            the model itself hears, nor for the kind `video`.
    """

    transcript: bool = True
    max_tokens: int = Field(default=1024, ge=1)
    repetition_penalty: float = Field(default=1.05, gt=0)
    batch_size: int = Field(default=4, ge=1)


class TransformersDescriber:
    """Shows frames to a model, or plays it the sound, and reads the facets from what it writes.

    Made for Qwen2.5-VL, Qwen3-VL and SmolVLM2, and for the kind `audio` Qwen2-Audio. Every word is
    the likeliest one, so that the same video gets the same words, up to the rounding of the
    precision.
    """

    Settings: ClassVar = TransformersSettings
    name = "transformers"
    in_flight = 1

    def __init__(self, settings: TransformersSettings | None = None) -> None:
        """Read the prompts; no model is loaded.

        Raises:
            SeesayError: there is no such prompt.
        """
        self.settings = settings or TransformersSettings()
        self.kind = self.settings.kind
        self.batch_size = self.settings.batch_size
        self._questions = own_questions(self.settings, self._fit)
        self._model = ChatModel(
            self.settings, self.name, sees=self.kind != "audio", hears=self._questions.hears
        )

    def fingerprint(self) -> dict[str, Any]:
        """Return the model by its files or its revision, its precision, prompts and decoding."""
        own = self.settings
        return {
            "describer": self.name,
            "kind": self.kind,
            **self._model.identity,
            **self._questions.fingerprint(),
            "send_audio": self._questions.hears,
            "max_tokens": own.max_tokens,
            "repetition_penalty": own.repetition_penalty,
        }

    def check(self) -> None:
        """Load the model, and look for Whisper where that is needed.

        Raises:
            SeesayError: none is named, it cannot be had, or it does not see or hear what it must.
        """
        self._questions.check()
        self._model.check()

    def describe(self, videos: Sequence[Video]) -> list[Description | Failure]:
        """Return one outcome a video, in order.

        Raises:
            SeesayError: the model cannot be had at all.
        """
        return self._questions.describe(videos, self._ask)

    def _fit(self, media: Media) -> Media:
        return fit_media(media, self.settings.visual_tokens, self._model.sight)

    def _ask(self, messages: Sequence[Message]) -> list[Reply]:
        own = self.settings
        batches = [
            messages[start : start + own.batch_size]
            for start in range(0, len(messages), own.batch_size)
        ]
        return [
            reply
            for batch in batches
            for reply in self._model.replies(batch, own.max_tokens, own.repetition_penalty)
        ]
