"""The describer that runs vLLM in this process, for large batches on GPUs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

from pydantic import Field

from seesay.core.errors import SeesayError
from seesay.core.hashing import value_sha256
from seesay.core.plugins import require
from seesay.core.settings import Section
from seesay.describe.answering import Reply
from seesay.describe.base import Description, Failure, Video
from seesay.describe.content import chat_messages
from seesay.describe.local.model_folder import model_identity
from seesay.describe.message import Message
from seesay.describe.questions import QuestionSettings, own_questions
from seesay.describe.server_answer import answer_schema, one_line
from seesay.media.base import Media


class EngineSettings(Section):
    """How vLLM is started.

    Attributes:
        model: a folder, or an ID on the Hugging Face hub.
        revision: the hub's branch, tag or commit; empty for its default.
        dtype: as vLLM calls it; `auto` takes that of the weights.
        max_model_len: the most tokens of a question and its answer; 0 for what the model can do.
        gpu_memory: the part of the GPU's memory that vLLM may use.
        tensor_parallel: over how many GPUs the model is spread.
        most_pictures: the most frames a question; more are a fault of that video.
        engine: more arguments of `vllm.LLM`, as they are.
    """

    model: str = ""
    revision: str = ""
    dtype: str = "auto"
    max_model_len: int = Field(default=0, ge=0)
    gpu_memory: float = Field(default=0.9, gt=0, le=1)
    tensor_parallel: int = Field(default=1, ge=1)
    most_pictures: int = Field(default=32, ge=1)
    engine: dict[str, Any] = Field(default_factory=dict)


class VLLMSettings(EngineSettings, QuestionSettings):
    """Which model describes in vLLM, and how.

    Attributes:
        json_schema: hold the answer to its form while it is written.
        temperature, seed: of the decoding.
        max_tokens: the most tokens of one answer.
        batch_size: how many videos are handed to vLLM at once; it does its own batching inside.
    """

    json_schema: bool = True
    temperature: float = Field(default=0.0, ge=0)
    seed: int = 0
    max_tokens: int = Field(default=1500, ge=1)
    jpeg_quality: int = Field(default=85, ge=1, le=95)
    batch_size: int = Field(default=64, ge=1)


class VLLMDescriber:
    """Hands vLLM the questions that `openai` would send to its server, without the server."""

    Settings: ClassVar = VLLMSettings
    name = "vllm"
    in_flight = 1

    def __init__(self, settings: VLLMSettings | None = None) -> None:
        """Read the prompts; vLLM is not started.

        Raises:
            SeesayError: there is no such prompt.
        """
        self.settings = settings or VLLMSettings()
        self.kind = self.settings.kind
        self.batch_size = self.settings.batch_size
        self._questions = own_questions(self.settings, self._fit)

    def fingerprint(self) -> dict[str, Any]:
        """Return the model by its files or its revision, prompts, decoding, form of the answer."""
        own = self.settings
        return {
            "describer": self.name,
            "kind": self.kind,
            **self._identity,
            "dtype": own.dtype,
            "engine": own.engine,
            **self._questions.fingerprint(),
            "schema": value_sha256(answer_schema()) if own.json_schema else "",
            "send_audio": self._questions.hears,
            "temperature": own.temperature,
            "seed": own.seed,
            "max_tokens": own.max_tokens,
            "jpeg_quality": own.jpeg_quality,
        }

    def check(self) -> None:
        """Start vLLM.

        Raises:
            SeesayError: it is not installed, no model is named, or it does not start.
        """
        require("vllm", "vllm")
        if not self.settings.model:
            raise SeesayError(
                "No model is named for the describer 'vllm'.",
                "Name a folder or an ID of the Hugging Face hub, such as "
                "--model Qwen/Qwen3-VL-8B-Instruct",
            )
        self._questions.check()
        _ = self._engine

    def describe(self, videos: Sequence[Video]) -> list[Description | Failure]:
        """Return one outcome a video, in order.

        Raises:
            SeesayError: vLLM or the model cannot be had at all.
        """
        return self._questions.describe(videos, self._ask)

    @cached_property
    def _identity(self) -> dict[str, Any]:
        return model_identity(self.settings.model, self.settings.revision)

    @cached_property
    def _engine(self) -> Any:
        vllm = require("vllm", "vllm")
        try:
            return vllm.LLM(**engine_arguments(self.settings, sees=self.kind != "audio"))
        except Exception as error:
            # What an engine says of a missing GPU or file has no type of its own.
            raise SeesayError(
                f"vLLM does not start with '{self.settings.model}' ({one_line(str(error))}).",
                "Mend what it says, or serve the model and use the describer 'openai'.",
            ) from error

    def _fit(self, media: Media) -> Media:
        frames, most = len(media.frames), self.settings.most_pictures
        if frames > most:
            raise ValueError(f"it has {frames} frames, more than most_pictures = {most}")
        return media

    def _ask(self, messages: Sequence[Message]) -> list[Reply]:
        if not messages:
            return []
        vllm = require("vllm", "vllm")
        plan = sampling(self.settings)
        if self.settings.json_schema:
            form = require("vllm.sampling_params", "vllm").StructuredOutputsParams
            plan["structured_outputs"] = form(json=answer_schema())
        asked = [chat_messages(message, self.settings.jpeg_quality) for message in messages]
        return ask_engine(self._engine, vllm.SamplingParams(**plan), asked)


def ask_engine(engine: Any, plan: Any, asked: Sequence[list[dict[str, Any]]]) -> list[Reply]:
    """Return a reply to each conversation; those that the engine refuses fail alone.

    Args:
        engine: a `vllm.LLM`.
        plan: its `vllm.SamplingParams`.
    """
    try:
        return [reply_of(output) for output in engine.chat(list(asked), plan, use_tqdm=False)]
    except (ValueError, RuntimeError) as error:
        if len(asked) == 1:
            return [Reply(fault=f"vLLM refuses it ({one_line(str(error))})")]
    return [reply for one in asked for reply in ask_engine(engine, plan, [one])]


def engine_arguments(settings: EngineSettings, *, sees: bool) -> dict[str, Any]:
    """Return the arguments of `vllm.LLM`; code that comes with a model is never run."""
    limits = {"image": settings.most_pictures, "audio": 1} if sees else {"audio": 1}
    arguments: dict[str, Any] = {
        "model": settings.model,
        "dtype": settings.dtype,
        "gpu_memory_utilization": settings.gpu_memory,
        "tensor_parallel_size": settings.tensor_parallel,
        "limit_mm_per_prompt": limits,
        **settings.engine,
        "load_format": "safetensors",
        "trust_remote_code": False,
    }
    if settings.revision:
        arguments["revision"] = settings.revision
    if settings.max_model_len:
        arguments["max_model_len"] = settings.max_model_len
    return arguments


def sampling(settings: VLLMSettings) -> dict[str, Any]:
    """Return the arguments of `vllm.SamplingParams`, but for the form of the answer."""
    return {
        "temperature": settings.temperature,
        "seed": settings.seed,
        "max_tokens": settings.max_tokens,
    }


def reply_of(output: Any) -> Reply:
    """Read a `vllm.RequestOutput`: its first completion, and the tokens that it took."""
    completion = output.outputs[0]
    text = completion.text.strip()
    return Reply(
        text,
        cut=completion.finish_reason == "length",
        fault="" if text else "the model said nothing",
        prompt_tokens=len(output.prompt_token_ids or ()),
        completion_tokens=len(completion.token_ids),
    )
