"""The describer that runs a multimodal model in this process, by transformers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field

from seesay.describe.answering import Reply
from seesay.describe.base import Description, Failure, Kind, Video
from seesay.describe.chat_model import ChatModel, ChatModelSettings
from seesay.describe.message import Message, video_message
from seesay.describe.prompting import PROMPT_OF, load_prompt
from seesay.describe.questions import describe_videos, refuse_empty
from seesay.describe.render import RENDER_VERSION
from seesay.describe.transcript import Transcriber, TranscriptSettings
from seesay.describe.visual import fit_media


class TransformersSettings(ChatModelSettings, TranscriptSettings):
    """Which model describes, and how.

    Attributes:
        kind: describe what is seen and heard (`both`), what is seen (`video`) or what is heard
            (`audio`); a model that hears is needed for the last.
        prompt: the name of a prompt that comes with seesay, or a path to a .txt of your own; empty
            for the one that fits `kind`.
        send_audio: give the model the sound too, where it sees and hears.
        max_tokens: the most tokens of one answer.
        repetition_penalty: above 1, words that were used become less likely.
        batch_size: how many videos are described at once; lower it where memory is short. A batch
            that does not fit is tried again in halves.
        transcript: give the model what is said as text, heard by Whisper; it is not asked where
            the model itself hears, nor for the kind `video`.
    """

    transcript: bool = True

    kind: Kind = "both"
    prompt: str = ""
    send_audio: bool = False
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
        self._hears = self.kind == "audio" or (self.kind == "both" and self.settings.send_audio)
        self._listens = self.kind == "both" and not self._hears and self.settings.transcript
        self._transcriber = Transcriber(self.settings)
        self._prompt = load_prompt(self.settings.prompt or PROMPT_OF[self.kind])
        self._repair_prompt = load_prompt("repair")
        self._model = ChatModel(
            self.settings, self.name, sees=self.kind != "audio", hears=self._hears
        )

    def fingerprint(self) -> dict[str, Any]:
        """Return the model by its files or its revision, its precision, prompts and decoding."""
        own = self.settings
        return {
            "describer": self.name,
            "kind": self.kind,
            **self._model.identity,
            "prompt": self._prompt.fingerprint(),
            "repair": self._repair_prompt.fingerprint(),
            "send_audio": self._hears,
            "max_tokens": own.max_tokens,
            "repetition_penalty": own.repetition_penalty,
            "render": RENDER_VERSION,
            **(self._transcriber.fingerprint() if self._listens else {}),
        }

    def check(self) -> None:
        """Load the model, and look for Whisper where that is needed.

        Raises:
            SeesayError: none is named, it cannot be had, or it does not see or hear what it must.
        """
        if self._listens:
            self._transcriber.check()
        self._model.check()

    def describe(self, videos: Sequence[Video]) -> list[Description | Failure]:
        """Return one outcome a video, in order.

        Raises:
            SeesayError: the model cannot be had at all.
        """
        return describe_videos(videos, self._question, self._ask, self._repair_prompt)

    def _question(self, video: Video) -> Message:
        refuse_empty(video, self.kind)
        if self.kind != "audio":
            media = fit_media(video.media, self.settings.visual_tokens, self._model.sight)
            video = replace(video, media=media)
        if self._listens:
            video = self._transcriber.add(video)
        return video_message(video, self._prompt, self.kind, self._hears)

    def _ask(self, messages: Sequence[Message]) -> list[Reply]:
        own = self.settings
        return self._model.replies(messages, own.max_tokens, own.repetition_penalty)
