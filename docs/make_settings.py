"""Write docs/reference/settings.md from the settings classes: python docs/make_settings.py."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from seesay.core.plugins import plugin_class, plugin_names
from seesay.settings import ABOUT, WorkspaceSettings

PAGE = Path(__file__).parent / "reference" / "settings.md"
HEAD = """\
# Settings: seesay.toml

`seesay init` writes a `seesay.toml` in which every key of the first four sections stands with its
default, commented out. A key that nobody knows is an error, and the error lists the known ones.
Options of a command come on top of the file for that one call.

This page is written by `python docs/make_settings.py` from the classes that read the file.
"""
KINDS = {
    "describer": "What changes a description (model, prompt, decoding) is part of its request key.",
    "encoder": "A feature whose settings have changed is made again by the next `seesay encode`.",
    "recommender": "A run keeps its settings; other settings make another run.",
}


def page() -> str:
    """Return the whole page."""
    parts = [HEAD]
    fields = WorkspaceSettings.model_fields
    for name, line in ABOUT.items():
        parts += [f"## [{name}]", line, table(type(fields[name].default))]
    for kind, line in KINDS.items():
        parts += [f"## [{kind}s.NAME]", line]
        for name in plugin_names(kind):
            settings = plugin_class(kind, name).Settings
            parts += [f"### [{kind}s.{name}]", table(settings)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def table(model: type[BaseModel]) -> str:
    """Return the keys of a settings class as a Markdown table."""
    lines = [f"| `{key}` | `{default}` | {words} |" for key, default, words in rows(model)]
    if not lines:
        return "It has no settings."
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *lines])


def rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield key, default and meaning; a section inside of a section gives dotted keys."""
    words = meanings(model)
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            yield from rows(type(default), f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", shown(default), words.get(name, "")


def shown(default: Any) -> str:
    """Return a default as TOML has it; TOML has no null, so such a key is left out."""
    return "(left out)" if default is None else json.dumps(default)


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return what the class and its parents say of each key under `Attributes:`."""
    found: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        _, _, text = inspect.cleandoc(parent.__dict__.get("__doc__") or "").partition("Attributes:")
        for entry in re.split(r"\n    (?=\S)", text)[1:]:
            names, _, words = entry.partition(": ")
            sentence = " ".join(words.split()).replace("|", "\\|")
            found |= {name.strip(): sentence for name in names.split(",")}
    return found


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE} is written.\n")
