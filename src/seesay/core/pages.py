"""HTML pages from templates: what is filled in is shown as text, whatever it looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def render_page(
    room: str, template: str, filters: Mapping[str, Callable[..., Any]], **values: Any
) -> str:
    """Return a page.

    Args:
        room: the folder of seesay that holds the template.
        filters: more filters, by their names in the template.
        values: what the template names; one that is not there is an error.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("seesay", room),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= filters
    return environment.get_template(template).render(values)
