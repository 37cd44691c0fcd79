"""What every request passes before anything answers it: who asks, under which name, how much."""

from __future__ import annotations

import base64
import binascii
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seesay.serve.keys import Keys
from seesay.serve.problems import problem
from seesay.serve.settings import LOCAL_NAMES, ServeSettings

OPEN = ("/v1/health", "/v1/ready")
READING_POSTS = ("/v1/recommend",)
UPLOAD = "/v1/items"
SAFE = ("GET", "HEAD", "OPTIONS")
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
CLIENTS_HELD = 10_000
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "media-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass
class Bucket:
    """Tokens that come back with time; a request takes one."""

    tokens: float
    at: float

    def take(self, rate: float, burst: float) -> float:
        """Take a token; return 0, or the seconds to wait where there is none."""
        now = time.monotonic()
        self.tokens = min(burst, self.tokens + (now - self.at) * rate)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / rate


class Buckets:
    """A bucket for each client; those that have not asked for longest are forgotten."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate = rate
        self.burst = burst
        self._held: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, client: str) -> float:
        """Return 0 where the client may go on, or the seconds to wait."""
        bucket = self._held.setdefault(client, Bucket(self.burst, time.monotonic()))
        self._held.move_to_end(client)
        if len(self._held) > CLIENTS_HELD:
            self._held.popitem(last=False)
        return bucket.take(self.rate, self.burst)


class Guard:
    """An ASGI layer that refuses what may not pass, and puts security headers on every answer."""

    def __init__(self, app: ASGIApp, settings: ServeSettings, keys: Keys) -> None:
        self.app = app
        self.settings = settings
        self.keys = keys
        self._requests = Buckets(settings.rate, settings.burst)
        posts = settings.posts_a_minute
        self._uploads = Buckets(posts / 60, max(1.0, posts / 6))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with why not."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        send = _with_headers(send, scope["path"])
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self.app(scope, self._limited(scope, receive), send)

    def _refusal(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        name = _name(headers.get("host", ""))
        local = self.settings.loopback and name in LOCAL_NAMES
        if self.settings.loopback and not local and name not in self.settings.hosts:
            return problem(421, "The service is not known under this name.")
        if self.settings.hosts and not local and name not in self.settings.hosts:
            return problem(421, "The service is not known under this name.")
        if scope["method"] not in SAFE and self._from_elsewhere(headers):
            return problem(403, "A page of another site may not post here.")
        client = (scope.get("client") or ("",))[0]
        forwarded = any(header in headers for header in FORWARDED)
        if (not local or forwarded) and scope["path"] not in OPEN:
            secret = _secret(headers)
            key = self.keys.find(secret) if secret else None
            if key is None:
                challenge = {"WWW-Authenticate": 'Basic realm="seesay", Bearer'}
                told = "This key is not known." if secret else "An API key is needed."
                return problem(401, told, "Make one: seesay keys add NAME", challenge)
            if key.right != "write" and not _reads(scope):
                return problem(403, f"The key '{key.name}' may read, not write.")
            client = f"key {key.name}"
        return self._too_many(scope, client) or self._too_large(scope, headers)

    def _from_elsewhere(self, headers: Headers) -> bool:
        """Whether a browser says that a page of another site sends this."""
        origin = headers.get("origin")
        if origin in self.settings.cors_origins:
            return False
        if origin is not None:
            return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
        return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")

    def _too_many(self, scope: Scope, client: str) -> ASGIApp | None:
        wait = self._requests.take(client)
        if not wait and _is_upload(scope):
            wait = self._uploads.take(client)
        if not wait:
            return None
        after = {"Retry-After": str(max(1, round(wait)))}
        return problem(429, "These are too many requests.", "Ask more slowly.", after)

    def _most(self, scope: Scope) -> int:
        return self.settings.max_video if _is_upload(scope) else self.settings.max_body

    def _too_large(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self._most(scope):
            return problem(413, _large(self._most(scope)))
        return None

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """Count what comes, since the length that was told may be wrong or missing."""
        got, most = 0, self._most(scope)

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > most:
                raise HTTPException(413, _large(most))
            return message

        return counted


def _large(most: int) -> str:
    return f"The request is larger than {most:,} bytes."


def _reads(scope: Scope) -> bool:
    return scope["method"] in SAFE or scope["path"] in READING_POSTS


def _is_upload(scope: Scope) -> bool:
    return bool(scope["method"] == "POST" and scope["path"] == UPLOAD)


def _name(host: str) -> str:
    """Return the name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


def _secret(headers: Mapping[str, str]) -> str:
    """Return the API key of a request: as bearer, as X-API-Key, or as a password."""
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return headers.get("x-api-key", "")


def _with_headers(send: Send, path: str) -> Send:
    private: Iterable[tuple[str, str]] = (
        [("Cache-Control", "no-store")] if path.startswith("/v1/") else []
    )

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in (*HEADERS.items(), *private):
                headers.setdefault(name, value)
        await send(message)

    return wrapped
