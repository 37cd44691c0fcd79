"""What the service tells Prometheus: how many requests, how long they took, what is served."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seesay.serve.base import Engine

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)


class Telemetry:
    """The figures of one app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "seesay_request_seconds",
            "Time from a request to the end of its answer.",
            ["route", "method"],
            registry=self.registry,
            buckets=BUCKETS,
        )
        self.answers = Counter(
            "seesay_answers", "Answers by status.", ["route", "status"], registry=self.registry
        )
        self.swaps = Counter(
            "seesay_bundle_swaps", "Bundles taken up since the start.", registry=self.registry
        )
        self.refused = Counter(
            "seesay_bundle_refused", "New bundles that were not taken.", registry=self.registry
        )
        self.items = Gauge("seesay_items", "Items that are known.", registry=self.registry)
        self.bundle = Gauge(
            "seesay_bundle_info", "1 for the bundle served.", ["id", "run"], registry=self.registry
        )

    def text(self, engine: Engine) -> bytes:
        """Return all figures as Prometheus reads them."""
        info = engine.bundle
        self.bundle.clear()
        self.bundle.labels(info.id, info.run).set(1)
        self.items.set(info.counts.get("items", 0) + info.counts.get("added", 0))
        return generate_latest(self.registry)


class Timed:
    """An ASGI layer that times every answer, by the route that gave it."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self.app = app
        self.telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            # Paths hold IDs of any number, so what matched no route counts as one.
            matched = getattr(scope.get("route"), "path", None)
            prefix = "/v1" if scope["path"].startswith("/v1/") else ""
            route = prefix + matched.removeprefix("/v1") if matched else "none"
            elapsed = time.perf_counter() - start
            self.telemetry.seconds.labels(route, scope["method"]).observe(elapsed)
            self.telemetry.answers.labels(route, str(status)).inc()
