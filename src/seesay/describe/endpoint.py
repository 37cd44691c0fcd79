"""An OpenAI-compatible endpoint: requests out, bodies in, and errors that a person can use."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seesay.core.errors import SeesayError
from seesay.describe.api_key import ApiKey, hide
from seesay.describe.deadline import Deadline, hold_to
from seesay.describe.pace import retry_after
from seesay.describe.server_answer import one_line

if TYPE_CHECKING:
    import openai

CHECK_SECONDS = 10.0
MOST_BYTES = 1 << 26
# The request came at a bad time, and may be taken a moment later.
SOON = (408, 409, 425, 429)
# It is wrong, but what is wrong is not the video: a key, the money, an address.
LATER = (401, 402, 403, 404)
# It is wrong for every video.
NO_ENTRY = (401, 403)
# What a server says while it loads its model.
AWAY = 503
# A gateway gave up waiting; the model may have gone on, and be paid for it.
CUT_SHORT = (502, 504, 520, 524)
# Nothing was sent where not even a connection came about.
UNSENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol")


@dataclass(frozen=True)
class Fault:
    """What follows from a request that failed.

    Attributes:
        retry: a later run may do better.
        soon: so may this one, a moment later.
        overload: the endpoint has more to do than it can.
        pause: seconds that it asks to be left alone.
        sent: it has left this machine.
        paid: what it cost is not known, and may be the price of an answer.
        away: the endpoint is starting, or cannot be reached.
        status: of HTTP; 0 where none came.
    """

    retry: bool = True
    soon: bool = False
    overload: bool = False
    pause: float | None = None
    sent: bool = True
    paid: bool = False
    away: bool = False
    status: int = 0


REFUSED = Fault(retry=False)
GARBLED = Fault(soon=True, paid=True)
BROKEN = Fault(soon=True, overload=True, paid=True)
UNREACHED = Fault(soon=True, overload=True, sent=False, away=True)


class EndpointError(Exception):
    """A request that failed: why in one line, what follows from it, and what came instead."""

    def __init__(self, reason: str, fault: Fault, body: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.fault = fault
        self.body = body


class Endpoint:
    """A client that never lets its key out: not into a message, a body or a log.

    It sends each request once; when to send one again is for others to decide.
    """

    def __init__(self, base_url: str, key: ApiKey, timeout: float) -> None:
        self.base_url = base_url
        self.key = key
        self.timeout = timeout
        self._lock = threading.Lock()
        self._client: openai.OpenAI | None = None
        self._secret = ""
        self._deadline = Deadline()

    @property
    def shown_url(self) -> str:
        """The address without the secrets that it may hold: a password, or what follows a `?`."""
        return re.split(r"[?#]", re.sub(r"//.*@", "//", self.base_url))[0]

    def complete(self, request: dict[str, Any]) -> bytes:
        """Send one chat completion, once; return the body.

        Raises:
            EndpointError: no answer with a status of success came within the time.
            SeesayError: the address or the key cannot be used at all.
        """
        import openai

        send = self._ready().chat.completions.with_streaming_response.create
        whole = {**request, **request.get("extra_body", {})}
        whole.pop("extra_body", None)
        body = bytearray()
        try:
            # All of it goes as extra body, which the package sends as it is; anything else it
            # takes apart by its type hints, which costs more than all other work on a request.
            with (
                self._deadline.within(self.timeout),
                send(model=request["model"], messages=[], extra_body=whole) as answer,
            ):
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise EndpointError(f"an answer of more than {MOST_BYTES:,} bytes", GARBLED)
        except EndpointError:
            raise
        except openai.APIStatusError as error:
            raise self._explain(error) from None
        except Exception as error:
            raise self._broken(error) from None
        text = self._hide(body.decode("utf-8", "surrogateescape"))
        return text.encode("utf-8", "surrogateescape")

    def models(self) -> list[str] | None:
        """Return the models that the endpoint lists; None where it has no list.

        Raises:
            SeesayError: nothing answers there, the key is refused, or it is not ready.
        """
        import openai

        client = self._ready().with_options(timeout=CHECK_SECONDS)
        try:
            with self._deadline.within(CHECK_SECONDS):
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

    def refusal(self, status: int) -> SeesayError:
        """Return the error for a key that the endpoint does not take."""
        return SeesayError(
            f"{self.shown_url} refuses the key (HTTP {status}).",
            f"Put the right one into {self.key.place}.",
        )

    def _refuse(self, error: openai.APIStatusError) -> None:
        if error.status_code in NO_ENTRY:
            raise self.refusal(error.status_code) from None
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
                self._secret = self.key.read()
                try:
                    # A redirect would be a second request, which nobody counts.
                    http = openai.DefaultHttpxClient(follow_redirects=False)
                    hold_to(self._deadline, http)
                    self._client = openai.OpenAI(
                        base_url=self.base_url,
                        api_key=self._secret or "none",
                        timeout=self.timeout,
                        max_retries=0,
                        http_client=http,
                    )
                except Exception:
                    raise SeesayError(
                        f"'{self.shown_url}' is no address.",
                        "Give one such as --base-url http://127.0.0.1:8000/v1",
                    ) from None
            return self._client

    def _explain(self, error: openai.APIStatusError) -> EndpointError:
        """Say in one line what the endpoint has against a request, and what follows from it."""
        status = error.status_code
        body = self._hide(error.response.text)
        said = one_line(self._hide(_said(error.body) or body))
        reason = (
            f"HTTP {status} from {self.shown_url}: {said or 'nothing more'}{self._hint(status)}"
        )
        # Servers have a 500 for pictures or sound that their model does not take.
        down = status >= 500 and status != 501 and "not supported" not in said
        soon = status in SOON or down
        fault = Fault(
            retry=soon or status in LATER,
            soon=soon,
            overload=status == 429 or down,
            paid=status in CUT_SHORT,
            pause=retry_after(error.response.headers.get("retry-after")) if soon else None,
            away=status == AWAY,
            status=status,
        )
        return EndpointError(reason, fault, body[:10_000])

    def _broken(self, error: Exception) -> EndpointError:
        """Tell a connection that failed from a request that could not even be written."""
        cause = error.__cause__ or error
        told = self._hide(one_line(f"{cause or type(cause).__name__}"))
        if type(cause).__name__ in UNSENT:
            reason = f"the connection to {self.shown_url} failed ({told})"
            return EndpointError(reason, UNREACHED)
        if isinstance(cause, TimeoutError) or type(cause).__name__.endswith("Timeout"):
            return EndpointError(f"no whole answer within {self.timeout:g} s", BROKEN)
        if type(cause).__module__.split(".")[0] in ("httpx", "httpx2", "httpcore", "httpcore2"):
            return EndpointError(f"the connection to {self.shown_url} failed ({told})", BROKEN)
        kind = type(cause).__name__
        unsent = Fault(retry=False, sent=False)
        return EndpointError(f"the request cannot be sent ({kind}: {told})", unsent)

    def _hide(self, text: str) -> str:
        return hide(self._secret, text)

    def _hint(self, status: int) -> str:
        if status in NO_ENTRY:
            return f" (the key comes from {self.key.place})"
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
