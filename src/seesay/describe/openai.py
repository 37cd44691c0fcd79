"""The describer for any OpenAI-compatible endpoint: vLLM, llama.cpp, Ollama, a vendor."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from seesay.core.errors import SeesayError, unknown_name
from seesay.core.hashing import value_sha256
from seesay.core.settings import Section
from seesay.describe.base import Description, Facets, Failure, Usage, Video
from seesay.describe.endpoint import Endpoint, EndpointError
from seesay.describe.message import Message, Part, Picture, repair_message, video_message
from seesay.describe.prompting import load_prompt
from seesay.describe.render import RENDER_VERSION, render
from seesay.describe.server_answer import (
    AnswerError,
    ServerAnswer,
    answer_schema,
    read_body,
    read_facets,
    salvage_facets,
    tokens_of,
)
from seesay.media.base import SAMPLE_RATE


class OpenAISettings(Section):
    """Which endpoint is asked, what it is sent, and what it costs.

    Attributes:
        revision: whatever tells two models of the same name apart; a new one means new
            descriptions. The address is no part of that: a server may move.
        api_key_env: the environment variable that holds the key; a local server needs none.
        prompt: the name of a prompt that comes with seesay, or a path to a .txt of your own.
        send_audio: send the sound too; many models see but do not hear, and refuse it.
        json_schema: have the server enforce the form of the answer; turn off where it cannot.
        temperature, seed: None leaves them out, for models that refuse them.
        max_tokens: the most tokens of one answer, sent under the name `max_tokens_name`.
        extra_body: more fields of the request, as they are.
        timeout: seconds without a byte after which a request is given up.
        retries: how often a request is sent again after a fault that may pass.
        in_flight: how many requests are on their way at once.
        prompt_price, completion_price: the price of a million tokens, in your own unit of money.
        check_model: refuse to begin where the endpoint does not list the model.
    """

    base_url: str = "http://127.0.0.1:8000/v1"
    model: str = ""
    revision: str = ""
    api_key_env: str = "OPENAI_API_KEY"
    prompt: str = "describe"
    send_audio: bool = False
    json_schema: bool = True
    temperature: float | None = 0.0
    seed: int | None = 0
    max_tokens: int = Field(default=1500, gt=0)
    max_tokens_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    extra_body: dict[str, Any] = Field(default_factory=dict)
    jpeg_quality: int = Field(default=85, ge=1, le=95)
    timeout: float = Field(default=120.0, gt=0)
    retries: int = Field(default=3, ge=0)
    in_flight: int = Field(default=4, ge=1)
    prompt_price: float = Field(default=0.0, ge=0)
    completion_price: float = Field(default=0.0, ge=0)
    check_model: bool = True


@dataclass
class _Bill:
    """What one description has cost so far."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 0


class OpenAIDescriber:
    """Sends frames and sound to a chat endpoint and reads the facets from its answer."""

    Settings: ClassVar = OpenAISettings
    name = "openai"
    batch_size = 1

    def __init__(self, settings: OpenAISettings | None = None) -> None:
        """Read the prompts; nothing is sent.

        Raises:
            SeesayError: there is no such prompt.
        """
        self.settings = settings or OpenAISettings()
        self.in_flight = self.settings.in_flight
        self._prompt = load_prompt(self.settings.prompt)
        self._repair_prompt = load_prompt("repair")
        self._endpoint = Endpoint(
            self.settings.base_url,
            self.settings.api_key_env,
            self.settings.timeout,
            self.settings.retries,
        )

    def fingerprint(self) -> dict[str, Any]:
        """Return model, revision, prompts, decoding parameters, and the form of the answer."""
        own = self.settings
        return {
            "describer": self.name,
            "model": own.model,
            "revision": own.revision,
            "prompt": self._prompt.fingerprint(),
            "repair": self._repair_prompt.fingerprint(),
            "schema": value_sha256(answer_schema()) if own.json_schema else "",
            "temperature": own.temperature,
            "seed": own.seed,
            "max_tokens": own.max_tokens,
            "extra_body": own.extra_body,
            "send_audio": own.send_audio,
            "jpeg_quality": own.jpeg_quality,
            "render": RENDER_VERSION,
        }

    def check(self) -> None:
        """Ask the endpoint which models it has.

        Raises:
            SeesayError: nothing answers, the key is refused, or it does not have the model.
        """
        own = self.settings
        served = self._endpoint.models()
        if not own.model:
            raise SeesayError(
                "No model is named for the describer 'openai'.",
                f"Name one: --model ID. The endpoint has: {', '.join(served or []) or 'no list'}.",
            )
        if served and own.check_model and own.model not in served:
            wrong = unknown_name("model", own.model, served)
            raise SeesayError(
                f"{wrong.problem[:-1]} at {self._endpoint.shown_url}.",
                f"{wrong.remedy} If its list is not complete, set check_model = false.",
            )

    def describe(self, videos: Sequence[Video]) -> list[Description | Failure]:
        """Return one outcome a video, in order; a video costs one request, and one to repair."""
        return [self._describe(video) for video in videos]

    def _describe(self, video: Video) -> Description | Failure:
        bill = _Bill()
        if not video.media.frames:
            return Failure(video.item_id, "no frame of it could be decoded", retry=False)
        try:
            answer = self._ask(self._question(video), bill)
        except EndpointError as error:
            usage = self._usage(bill)
            return Failure(video.item_id, error.reason, error.retry, usage, error.body)
        facets, raw, fault = self._facets(answer, bill)
        usage = self._usage(bill)
        return Description(video.item_id, render(facets), facets, raw, usage, fault)

    def _facets(self, answer: ServerAnswer, bill: _Bill) -> tuple[Facets, str, str]:
        """Return facets, the words they come from, and what was wrong with those.

        An answer that cannot be read is sent back once to be repaired. Where that does not help,
        what is whole of it is kept, or else all of it as the summary: it was paid for.
        """
        try:
            return read_facets(answer.text), answer.text, ""
        except AnswerError as error:
            fault = f"{error}, cut at max_tokens" if answer.cut else str(error)
        try:
            repaired = self._ask(repair_message(answer.text, fault, self._repair_prompt), bill)
            return read_facets(repaired.text), repaired.text, ""
        except (AnswerError, EndpointError) as error:
            fault = f"{fault}; repairing it failed: {error}"
        kept = salvage_facets(answer.text) or Facets(summary=answer.text)
        return kept, answer.text, fault

    def _ask(self, message: Message, bill: _Bill) -> ServerAnswer:
        """Send one request and put it on the bill, whatever comes of it.

        Raises:
            EndpointError: no answer came, or one without words.
        """
        try:
            body, requests = self._endpoint.complete(self._request(message))
        except EndpointError as error:
            bill.requests += error.requests
            raise
        bill.requests += requests
        prompt_tokens, completion_tokens = tokens_of(body)
        bill.prompt_tokens += prompt_tokens
        bill.completion_tokens += completion_tokens
        try:
            return read_body(body)
        except AnswerError as error:
            said = body[:10_000].decode("utf-8", "replace")
            raise EndpointError(str(error), retry=True, requests=0, body=said) from error

    def _question(self, video: Video) -> Message:
        return video_message(video, self._prompt, "both", hears=self.settings.send_audio)

    def _request(self, message: Message) -> dict[str, Any]:
        own = self.settings
        request: dict[str, Any] = {
            "model": own.model,
            "messages": [
                {"role": "system", "content": message.system},
                {"role": "user", "content": self._content(message)},
            ],
            own.max_tokens_name: own.max_tokens,
        }
        if own.temperature is not None:
            request["temperature"] = own.temperature
        if own.seed is not None:
            request["seed"] = own.seed
        if own.json_schema:
            schema = {"name": "description", "strict": True, "schema": answer_schema()}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        if own.extra_body:
            request["extra_body"] = own.extra_body
        return request

    def _content(self, message: Message) -> list[dict[str, Any]]:
        return [_part(part, self.settings.jpeg_quality) for part in message.parts]

    def _usage(self, bill: _Bill) -> Usage:
        own = self.settings
        cost = bill.prompt_tokens * own.prompt_price + bill.completion_tokens * own.completion_price
        return Usage(bill.prompt_tokens, bill.completion_tokens, cost / 1e6, bill.requests)


def _part(part: Part, jpeg_quality: int) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if isinstance(part, Picture):
        return _image(part.frame, jpeg_quality)
    return _sound(part.samples)


def _image(frame: np.ndarray, quality: int) -> dict[str, Any]:
    """Return an RGB uint8 frame as a JPEG in a data URL."""
    from PIL import Image

    jpeg = io.BytesIO()
    Image.fromarray(frame).save(jpeg, "JPEG", quality=quality)
    data = base64.b64encode(jpeg.getvalue()).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}}


def _sound(audio: np.ndarray) -> dict[str, Any]:
    """Return float samples in [-1, 1] at 16 kHz as a 16-bit WAV."""
    samples = (np.clip(audio, -1.0, 1.0) * 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLE_RATE)
        wav.writeframes(samples.tobytes())
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
