"""Prompts as text files with a version, and the fence around words that come from a video."""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from seesay.core.errors import SeesayError, unknown_name
from seesay.describe.base import Kind

PROMPT_OF: dict[Kind, str] = {
    "both": "describe",
    "video": "describe-video",
    "audio": "describe-audio",
}
_VERSION_LINE = re.compile(r"version: *(\d+) *")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Prompt:
    """One prompt: what a model is told, and which edition of it."""

    name: str
    version: int
    text: str

    def fingerprint(self) -> dict[str, str | int]:
        """Return what identifies the prompt; an edit without a new version shows in the hash."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        return {"name": self.name, "version": self.version, "sha256": digest}


def prompt_names() -> list[str]:
    """Return the names of the prompts that come with seesay, sorted."""
    return sorted(entry.name[:-4] for entry in _folder().iterdir() if entry.name.endswith(".txt"))


def load_prompt(name: str) -> Prompt:
    """Read a prompt that comes with seesay by its name, or the user's own by a path to a .txt.

    The file's first line is `version: N`; all that follows is the text.

    Raises:
        SeesayError: there is no such prompt, or its first line gives no version.
    """
    if name.endswith(".txt"):
        try:
            content = Path(name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SeesayError(
                f"The prompt {name} cannot be read ({error}).", "Give a path to a text file."
            ) from error
    else:
        if name not in prompt_names():
            raise unknown_name("prompt", name, prompt_names())
        content = (_folder() / f"{name}.txt").read_text("utf-8")
    first, _, text = content.partition("\n")
    version = _VERSION_LINE.fullmatch(first.strip())
    if version is None or not text.strip():
        raise SeesayError(
            f"The prompt {name} does not begin with its version.",
            "Make its first line 'version: 1' and write the prompt below it.",
        )
    return Prompt(Path(name).stem, int(version[1]), text.strip())


def fence(label: str, words: str) -> str:
    """Put words that come from a video between marks that they cannot close.

    Every `<`, `>` and `&` of the words is escaped and control characters are dropped, so no tag
    within the fence is a tag, whatever the words say.
    """
    safe = html.escape(_CONTROL.sub("", words), quote=False)
    return f"<{label}>\n{safe}\n</{label}>"


def _folder() -> Traversable:
    return resources.files("seesay.describe") / "prompts"
