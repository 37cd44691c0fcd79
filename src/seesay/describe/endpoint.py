"""An OpenAI-compatible endpoint: requests out, bodies in, and errors that a person can use."""

from __future__ import annotations

import json
import os
import re
import threading
from typing import TYPE_CHECKING, Any

from seesay.core.errors import SeesayError
from seesay.describe.server_answer import one_line

if TYPE_CHECKING:
    import openai

CHECK_SECONDS = 10.0
# A secret shorter than this is a placeholder such as EMPTY, and may be a part of common words.
SECRET_LENGTH = 8
RETRIED = (408, 409, 429)


class EndpointError(Exception):
    """A request that failed: why in one line, how many were sent, and whether to try again."""

    def __init__(self, reason: str, *, retry: bool, requests: int, body: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry
        self.requests = requests
        self.body = body


class Endpoint:
    """A client that never lets its key out: not into a message, a body or a log.

    Status 408, 409, 429 and 5xx, timeouts and broken connections are tried again with growing
    pauses, or after what `Retry-After` asks for, up to two minutes (the `openai` package's rules).
    """

    def __init__(self, base_url: str, key_variable: str, timeout: float, retries: int) -> None:
        self.base_url = base_url
        self.key_variable = key_variable
        self.timeout = timeout
        self.retries = retries
        self._lock = threading.Lock()
        self._client: openai.OpenAI | None = None

    @property
    def shown_url(self) -> str:
        """The address without the password that it may hold."""
        return re.sub(r"//[^/]*@", "//", self.base_url)

    def complete(self, request: dict[str, Any]) -> tuple[bytes, int]:
        """Send one chat completion; return the body and how many requests that took.

        Raises:
            EndpointError: no answer with a status of success came.
            SeesayError: the address or the key cannot be used at all.
        """
        import openai

        client = self._ready()
        try:
            answer = client.chat.completions.with_raw_response.create(**request)
        except openai.APIError as error:
            raise self._explain(error) from None
        except Exception as error:
            reason = self._hide(f"the request cannot be sent ({type(error).__name__}: {error})")
            raise EndpointError(one_line(reason), retry=False, requests=0) from None
        return self._hide_bytes(answer.http_response.content), 1 + answer.retries_taken

    def models(self) -> list[str] | None:
        """Return the models that the endpoint lists; None where it has no list.

        Raises:
            SeesayError: nothing answers there, the key is refused, or it is not ready.
        """
        import openai

        client = self._ready().with_options(max_retries=0, timeout=CHECK_SECONDS)
        try:
            body = client.models.with_raw_response.list().http_response.content
        except openai.APIStatusError as error:
            self._refuse(error)
            return None
        except Exception as error:
            cause = self._hide(one_line(str(error.__cause__ or error)))
            raise SeesayError(
                f"No model server answers at {self.shown_url} ({cause}).",
                "Start one there (for example: vllm serve MODEL), or name another: --base-url URL",
            ) from None
        try:
            return [str(model["id"]) for model in json.loads(body)["data"]]
        except (ValueError, LookupError, TypeError):
            raise SeesayError(
                f"What answers at {self.shown_url} is no OpenAI-compatible endpoint.",
                "Give the address up to and with /v1: --base-url http://HOST:PORT/v1",
            ) from None

    def _refuse(self, error: openai.APIStatusError) -> None:
        if error.status_code in (401, 403):
            raise SeesayError(
                f"{self.shown_url} refuses the key (HTTP {error.status_code}).",
                f"Put the right one into the environment variable {self.key_variable}.",
            ) from None
        if error.status_code >= 500:
            raise SeesayError(
                f"{self.shown_url} is not ready (HTTP {error.status_code}).",
                "Wait until the model is loaded, or look into the server's log.",
            ) from None

    def _ready(self) -> openai.OpenAI:
        """Build the client once; a local server needs no key, but the package wants some."""
        import openai

        with self._lock:
            if self._client is None:
                try:
                    self._client = openai.OpenAI(
                        base_url=self.base_url,
                        api_key=self._key() or "none",
                        timeout=self.timeout,
                        max_retries=self.retries,
                    )
                except Exception as error:
                    raise SeesayError(
                        f"'{self.shown_url}' is no address ({error}).",
                        "Give one such as --base-url http://127.0.0.1:8000/v1",
                    ) from None
            return self._client

    def _key(self) -> str:
        key = os.environ.get(self.key_variable, "").strip()
        if not key.isascii() or not key.isprintable():
            raise SeesayError(
                f"The key in {self.key_variable} holds characters that no key has.",
                "Copy it anew.",
            )
        return key

    def _hide(self, text: str) -> str:
        key = os.environ.get(self.key_variable, "").strip()
        return text.replace(key, "[key]") if len(key) >= SECRET_LENGTH else text

    def _hide_bytes(self, body: bytes) -> bytes:
        return self._hide(body.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )

    def _explain(self, error: openai.APIError) -> EndpointError:
        """Say in one line what went wrong, and how many requests were sent on the way there."""
        import openai

        requests = 1 + int(error.request.headers.get("x-stainless-retry-count", 0))
        if isinstance(error, openai.APITimeoutError):
            reason = f"no answer within {self.timeout:g} s"
            return EndpointError(reason, retry=True, requests=requests)
        if not isinstance(error, openai.APIStatusError):
            cause = self._hide(one_line(str(error.__cause__ or error)))
            reason = f"the connection to {self.shown_url} failed ({cause})"
            return EndpointError(reason, retry=True, requests=requests)
        status = error.status_code
        body = self._hide(error.response.text)
        said = one_line(self._hide(_said(error.body) or body))
        reason = (
            f"HTTP {status} from {self.shown_url}: {said or 'nothing more'}{self._hint(status)}"
        )
        retry = status in RETRIED or status >= 500
        return EndpointError(reason, retry=retry, requests=requests, body=body[:10_000])

    def _hint(self, status: int) -> str:
        if status in (401, 403):
            return f" (the key comes from the environment variable {self.key_variable})"
        if status == 404:
            return " (is the model's name right, and does the address end in /v1?)"
        return ""


def _said(body: object) -> str:
    """Return the message in an error's body; servers put it at one of three places."""
    if not isinstance(body, dict):
        return ""
    inner = body.get("error")
    message = inner.get("message") if isinstance(inner, dict) else inner
    return str(body.get("message") or message or body.get("detail") or "")
