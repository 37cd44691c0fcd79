"""Templates filled in: everything from the catalogue is shown as text, whatever it looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from seesay.evaluate.report import plain
from seesay.evaluate.tables import figure, metric_label
from seesay.serve.base import Engine

STATIC = Path(__file__).with_name("static")
ASSETS = {path.name: path for path in sorted(STATIC.glob("*.*")) if path.suffix != ".txt"}


@dataclass(frozen=True)
class Pages:
    """Fills in templates for whichever engine answers now.

    Attributes:
        version: of the style sheets and scripts, a part of their addresses, so that browsers may
            keep them for good.
    """

    get_engine: Callable[[], Engine]
    environment: Environment = field(init=False)
    version: str = field(init=False)

    def __post_init__(self) -> None:
        content = b"".join(path.read_bytes() for path in ASSETS.values())
        object.__setattr__(self, "version", sha256(content).hexdigest()[:12])
        environment = Environment(
            loader=PackageLoader("seesay.serve.page"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        environment.filters |= {
            "clock": clock,
            "figure": figure,
            "metric": metric_label,
            "plain": plain,
        }
        environment.globals["version"] = self.version
        object.__setattr__(self, "environment", environment)

    def text(self, name: str, engine: Engine, **values: Any) -> str:
        """Return a template filled in; one value that it names and does not get is an error."""
        template = self.environment.get_template(f"{name}.html.jinja")
        return template.render(bundle=engine.bundle, **values)

    def page(
        self, request: Request, engine: Engine, name: str, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """Return a whole page."""
        return HTMLResponse(self.text(name, engine, path=request.url.path, **values), status)

    def missing(self, request: Request, engine: Engine, problem: str) -> HTMLResponse:
        """Return the page for what is not there, with the ways on."""
        return self.page(request, engine, "missing", 404, problem=problem)


def clock(seconds: float) -> str:
    """Return a place in a video as players show it: 75.4 is 1:15."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    start = f"{hours}:{minutes:02}" if hours else str(minutes)
    return f"{start}:{whole % 60:02}"
