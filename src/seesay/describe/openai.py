"""The describer for any OpenAI-compatible endpoint: vLLM, llama.cpp, Ollama, a vendor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field

from seesay.core.errors import SeesayError, unknown_name
from seesay.core.hashing import value_sha256
from seesay.describe.account import Account
from seesay.describe.answering import Reply
from seesay.describe.api_key import ApiKey
from seesay.describe.base import Description, Failure, Video
from seesay.describe.budget import Price
from seesay.describe.calling import Bill, Caller
from seesay.describe.content import chat_messages
from seesay.describe.endpoint import Endpoint, EndpointError
from seesay.describe.message import Message
from seesay.describe.pace import NotSent, Pace
from seesay.describe.questions import Questions, QuestionSettings
from seesay.describe.server_answer import answer_schema
from seesay.describe.tokens import Tokens, likely_tokens, most_tokens

# A request is held in memory, in base64, as often as there are requests in flight.
MOST_FILM_BYTES = 32_000_000


class OpenAISettings(QuestionSettings):
    """Which endpoint is asked, what it is sent, and what it costs.

    Attributes:
        revision: whatever tells two models of the same name apart; a new one means new
            descriptions. The address is no part of that: a server may move.
        api_key_env: the environment variable that holds the key; a local server needs none.
        api_key_file: a file that holds the key instead, with mode 600.
        send_video: send the file itself instead of frames, to a server that takes a `video_url`
            (vLLM). Videos of several pieces, and files above 32 MB, are shown by frames.
        json_schema: have the server enforce the form of the answer; turn off where it cannot.
        temperature, seed: None leaves them out, for models that refuse them.
        max_tokens: the most tokens of one answer, sent under the name `max_tokens_name`.
        extra_body: more fields of the request, as they are.
        timeout: seconds after which a request without its whole answer is given up, however much
            of it has come.
        retries: how often a request is sent again after a fault that may pass.
        patience: seconds for which the endpoint may be away (HTTP 503, or no connection) before
            the command ends; what it has not answered by then is left for the next run, and has
            not failed. 0 makes that a fault like any other.
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
    send_video: bool = False
    json_schema: bool = True
    temperature: float | None = 0.0
    seed: int | None = 0
    max_tokens: int = Field(default=1500, gt=0)
    max_tokens_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    extra_body: dict[str, Any] = Field(default_factory=dict)
    jpeg_quality: int = Field(default=85, ge=1, le=95)
    timeout: float = Field(default=120.0, gt=0)
    retries: int = Field(default=3, ge=0)
    patience: float = Field(default=300.0, ge=0)
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
        self._caller = self._make_caller()
        self._questions = Questions(
            self.settings,
            hears=self.settings.send_audio or self.kind == "audio",
            listens=self.settings.transcript and self.kind != "video",
            most_bytes=MOST_FILM_BYTES if self.settings.send_video else 0,
            go_on=self._caller.pace.go_on,
        )
        self._schema = answer_schema() if self.settings.json_schema else {}
        self._pieces = ThreadPoolExecutor(self.in_flight, "piece")

    def fingerprint(self) -> dict[str, Any]:
        """Return model, revision, prompts, decoding parameters, and the form of the answer."""
        own = self.settings
        # Left out of `both`, so that what was paid for before there were kinds is known again.
        kind = {} if own.kind == "both" else {"kind": own.kind}
        film = {"send_video": True} if own.send_video else {}
        return {
            **kind,
            **film,
            "describer": self.name,
            "model": own.model,
            "revision": own.revision,
            **self._questions.fingerprint(),
            "schema": value_sha256(self._schema) if self._schema else "",
            "temperature": own.temperature,
            "seed": own.seed,
            "max_tokens": own.max_tokens,
            "extra_body": own.extra_body,
            "send_audio": own.send_audio,
            "jpeg_quality": own.jpeg_quality,
        }

    def check(self) -> None:
        """Ask the endpoint which models it has.

        Raises:
            SeesayError: nothing answers, the key is refused, or it does not have the model.
        """
        own = self.settings
        self._questions.check()
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
        """Return one outcome a video, in order.

        A video costs one request, and one to repair; a long one so many for each of its pieces,
        which are asked about side by side, and for its summary.
        """
        return [self._describe(video) for video in videos]

    def start(self, account: Account) -> None:
        """Begin a run that is told of every request."""
        self._caller.start(account, self.settings.model)

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
        extra, most = self._schema_bytes(), self.settings.max_tokens
        try:
            messages = self._questions.messages(video)
        except (ValueError, OSError):
            return Tokens(0, 0)
        likely = [likely_tokens(message, extra, most) for message in messages]
        return Tokens(
            sum(tokens.prompt for tokens in likely), sum(tokens.completion for tokens in likely)
        )

    def _describe(self, video: Video) -> Description | Failure:
        bill = Bill(video.item_id)
        long = video.media.manifest.segments > 1
        try:
            (outcome,) = self._questions.describe(
                [video], lambda messages: self._replies(messages, bill, long)
            )
        except NotSent as error:
            if not bill.requests:
                raise
            # Kept as a description, its words would never be repaired.
            reason = f"it was begun, and the rest was held back ({error})"
            return Failure(video.item_id, reason, True, bill.usage(), bill.said)
        return replace(outcome, usage=bill.usage())

    def _replies(self, messages: Sequence[Message], bill: Bill, long: bool) -> list[Reply]:
        """Ask about the pieces of one video side by side; what one costs is on the bill of all."""
        if len(messages) == 1:
            return [self._reply(messages[0], bill, long)]
        bills = [Bill(bill.item_id) for _ in messages]
        futures = [
            self._pieces.submit(self._reply, message, own, long)
            for message, own in zip(messages, bills, strict=True)
        ]
        wait(futures)
        for own in bills:
            bill.add(own)
        return [future.result() for future in futures]

    def _reply(self, message: Message, bill: Bill, long: bool) -> Reply:
        request = self._request(message)
        key = value_sha256([self.settings.revision, request]) if long else ""
        most = most_tokens(message, self._schema_bytes(), self.settings.max_tokens)
        try:
            answer = self._caller.ask(request, most, bill, key)
        except EndpointError as error:
            return Reply(fault=error.reason, retry=error.fault.retry, body=error.body)
        bill.said = answer.text
        return Reply(answer.text, answer.cut)

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
            own.patience,
        )

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
