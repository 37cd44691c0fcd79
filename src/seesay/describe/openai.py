"""The describer for any OpenAI-compatible endpoint: vLLM, llama.cpp, Ollama, a vendor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from seesay.core.errors import SeesayError, unknown_name
from seesay.core.hashing import value_sha256
from seesay.describe.answering import Reply, read_replies
from seesay.describe.api_key import ApiKey
from seesay.describe.base import Description, Failure, Kind, Video
from seesay.describe.budget import Price
from seesay.describe.calling import Bill, Caller
from seesay.describe.content import chat_messages
from seesay.describe.endpoint import Endpoint, EndpointError
from seesay.describe.ledger import Account
from seesay.describe.message import Message, video_message
from seesay.describe.pace import NotSent, Pace
from seesay.describe.prompting import PROMPT_OF, load_prompt
from seesay.describe.render import RENDER_VERSION, render
from seesay.describe.server_answer import ServerAnswer, answer_schema
from seesay.describe.tokens import Tokens, likely_tokens, most_tokens
from seesay.describe.transcript import Transcriber, TranscriptSettings


class OpenAISettings(TranscriptSettings):
    """Which endpoint is asked, what it is sent, and what it costs.

    Attributes:
        revision: whatever tells two models of the same name apart; a new one means new
            descriptions. The address is no part of that: a server may move.
        api_key_env: the environment variable that holds the key; a local server needs none.
        api_key_file: a file that holds the key instead, with mode 600.
        kind: describe what is seen and heard (`both`), what is seen (`video`) or what is heard
            (`audio`); an item can have a text of each.
        prompt: the name of a prompt that comes with seesay, or a path to a .txt of your own; empty
            for the one that fits `kind`.
        send_audio: send the sound too; many models see but do not hear, and refuse it. For the
            kind `audio` it is sent in any case.
        json_schema: have the server enforce the form of the answer; turn off where it cannot.
        temperature, seed: None leaves them out, for models that refuse them.
        max_tokens: the most tokens of one answer, sent under the name `max_tokens_name`.
        extra_body: more fields of the request, as they are.
        timeout: seconds after which a request without its whole answer is given up.
        retries: how often a request is sent again after a fault that may pass.
        in_flight: the most requests on their way at once; fewer while the endpoint is overloaded.
        prices: of each model, `prompt` and `completion`: the price of a million tokens of each, in
            your own unit of money.
        prompt_price, completion_price: the same for a model that `prices` does not have.
        check_model: refuse to begin where the endpoint does not list the model.
        transcript: listen with Whisper on this machine, and send the words as text.
    """

    base_url: str = "http://127.0.0.1:8000/v1"
    model: str = ""
    revision: str = ""
    api_key_env: str = "OPENAI_API_KEY"
    api_key_file: str = ""
    kind: Kind = "both"
    prompt: str = ""
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
    prices: dict[str, Price] = Field(default_factory=dict)
    prompt_price: float = Field(default=0.0, ge=0)
    completion_price: float = Field(default=0.0, ge=0)
    check_model: bool = True


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
        self.kind = self.settings.kind
        self._prompt = load_prompt(self.settings.prompt or PROMPT_OF[self.kind])
        self._repair_prompt = load_prompt("repair")
        self._listens = self.settings.transcript and self.kind != "video"
        self._transcriber = Transcriber(self.settings)
        self._schema = answer_schema() if self.settings.json_schema else {}
        self._caller = self._make_caller()

    def fingerprint(self) -> dict[str, Any]:
        """Return model, revision, prompts, decoding parameters, and the form of the answer."""
        own = self.settings
        # Left out of `both`, so that what was paid for before there were kinds is known again.
        kind = {} if own.kind == "both" else {"kind": own.kind}
        return {
            **kind,
            "describer": self.name,
            "model": own.model,
            "revision": own.revision,
            "prompt": self._prompt.fingerprint(),
            "repair": self._repair_prompt.fingerprint(),
            "schema": value_sha256(self._schema) if self._schema else "",
            "temperature": own.temperature,
            "seed": own.seed,
            "max_tokens": own.max_tokens,
            "extra_body": own.extra_body,
            "send_audio": own.send_audio,
            "jpeg_quality": own.jpeg_quality,
            "render": RENDER_VERSION,
            **(self._transcriber.fingerprint() if self._listens else {}),
        }

    def check(self) -> None:
        """Ask the endpoint which models it has.

        Raises:
            SeesayError: nothing answers, the key is refused, or it does not have the model.
        """
        own = self.settings
        if self._listens:
            self._transcriber.check()
        served = self._caller.endpoint.models()
        if not own.model:
            raise SeesayError(
                "No model is named for the describer 'openai'.",
                f"Name one: --model ID. The endpoint has: {', '.join(served or []) or 'no list'}.",
            )
        if served and own.check_model and own.model not in served:
            wrong = unknown_name("model", own.model, served)
            raise SeesayError(
                f"{wrong.problem[:-1]} at {self._caller.endpoint.shown_url}.",
                f"{wrong.remedy} If its list is not complete, set check_model = false.",
            )

    def describe(self, videos: Sequence[Video]) -> list[Description | Failure]:
        """Return one outcome a video, in order; a video costs one request, and one to repair."""
        return [self._describe(video) for video in videos]

    def start(self, account: Account) -> None:
        """Begin a run that is told of every request."""
        self._caller.start(account)

    def stop(self) -> None:
        """Send nothing more in this run."""
        self._caller.pace.stop()

    def has_price(self) -> bool:
        """Say whether a token of this model costs anything."""
        return self._caller.price.of(1, 1) > 0

    def price_of(self, tokens: Tokens) -> float:
        """Return what so many tokens cost."""
        return self._caller.price.of(tokens.prompt, tokens.completion)

    def likely_tokens(self, video: Video) -> Tokens:
        """Return what describing a video will take, as a guess."""
        return likely_tokens(self._question(video), self._schema_bytes(), self.settings.max_tokens)

    def _describe(self, video: Video) -> Description | Failure:
        bill = Bill(video.item_id)
        if self.kind != "audio" and not video.media.frames:
            return Failure(video.item_id, "no frame of it could be decoded", retry=False)
        if self.kind == "audio" and not len(video.media.audio):
            return Failure(video.item_id, "there is nothing to hear in it", retry=False)
        try:
            answer = self._ask(self._question(video), bill)
        except EndpointError as error:
            retry = error.fault.retry
            return Failure(video.item_id, error.reason, retry, bill.usage(), error.body)
        try:
            (read,) = read_replies(
                [Reply(answer.text, answer.cut)],
                self._repair_prompt,
                lambda messages: [self._repaired(message, bill) for message in messages],
            )
        except NotSent as error:
            # Kept as a description, its words would never be repaired.
            reason = f"it cannot be read, and its repair was held back ({error})"
            return Failure(video.item_id, reason, True, bill.usage(), answer.text)
        text = render(read.facets)
        return Description(video.item_id, text, read.facets, read.raw, bill.usage(), read.error)

    def _repaired(self, message: Message, bill: Bill) -> Reply:
        try:
            answer = self._ask(message, bill)
        except EndpointError as error:
            return Reply(fault=str(error))
        return Reply(answer.text, answer.cut)

    def _ask(self, message: Message, bill: Bill) -> ServerAnswer:
        most = most_tokens(message, self._schema_bytes(), self.settings.max_tokens)
        return self._caller.ask(self._request(message), most, bill)

    def _schema_bytes(self) -> int:
        return len(json.dumps(self._schema))

    def _make_caller(self) -> Caller:
        own = self.settings
        plain = Price(prompt=own.prompt_price, completion=own.completion_price)
        key = ApiKey(own.api_key_env, own.api_key_file)
        return Caller(
            Endpoint(own.base_url, key, own.timeout),
            Pace(own.in_flight),
            own.prices.get(own.model, plain),
            own.retries,
        )

    def _question(self, video: Video) -> Message:
        hears = self.settings.send_audio or self.kind == "audio"
        if self._listens:
            video = self._transcriber.add(video)
        return video_message(video, self._prompt, self.kind, hears)

    def _request(self, message: Message) -> dict[str, Any]:
        own = self.settings
        request: dict[str, Any] = {
            "model": own.model,
            "messages": chat_messages(message, own.jpeg_quality),
            own.max_tokens_name: own.max_tokens,
        }
        if own.temperature is not None:
            request["temperature"] = own.temperature
        if own.seed is not None:
            request["seed"] = own.seed
        if self._schema:
            schema = {"name": "description", "strict": True, "schema": self._schema}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        if own.extra_body:
            request["extra_body"] = own.extra_body
        return request
