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
Options of a command come on top of the file for that one call. TOML has no word for `none`: where
that is the default, leave the key out; where it is not, it can be had from Python only.

A dotted key such as `tower.fusion` is written `tower = { fusion = "gate" }`.

This page is written by `python docs/make_settings.py` from the classes that read the file.
"""
# Of keys of which their class says nothing, because the name says it to whoever reads code.
PLAIN = {
    "item": "the column of item IDs.",
    "user": "the column of user IDs.",
    "path": "the column of video files; may be missing.",
    "count": "how many frames, or the most of them.",
    "rate": "frames a second, for the plan `fps`.",
    "max_bytes": "a larger file is refused.",
    "max_seconds": "a longer video is refused.",
    "max_pixels": "a video whose pictures have more pixels is refused.",
    "describer": "who describes where `--describer` is not given.",
    "base_url": "the server's address, up to and with `/v1`.",
    "model": "the model's name, as the server lists it.",
    "max_tokens_name": "`max_tokens`, or `max_completion_tokens` for servers that want that.",
    "jpeg_quality": "of the frames that are sent, 1 to 95.",
    "beam": "the beam width of Whisper.",
    "class_threshold": "how sure it must be of a label, 0 to 1.",
    "kind_threshold": "how sure it must be of a kind, the sum of its labels, 0 to 1.",
    "most_labels": "how many labels at most.",
    "text_confidence": "how sure it must be of a line of text, 0 to 1.",
    "text_lines": "how many lines of text at most.",
    "text_characters": "how many characters of text at most.",
    "dim": "the width of the vectors.",
    "seed": "of all that is random; `--seed` and `--seeds` go before it.",
    "longest": "how many of the last items of a history are read.",
    "dropout": "the share of values that are dropped in training.",
    "learning_rate": "of AdamW.",
    "weight_decay": "of AdamW.",
    "batch_users": "users in one step of training.",
    "epochs": "how many at most.",
    "layers": "blocks of attention.",
    "heads": "heads of each block.",
}
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
            yield f"{prefix}{name}", shown(default), words.get(name) or PLAIN[name]


def shown(default: Any) -> str:
    """Return a default as TOML has it; it has no null, so `none` is had by leaving the key out."""
    return "none" if default is None else json.dumps(default)


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
