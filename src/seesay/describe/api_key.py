"""Where the key of an endpoint is read from, and how it is kept out of everything written."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from seesay.core.errors import SeesayError

# A secret shorter than this is a placeholder such as EMPTY, and may be a part of common words.
SECRET_LENGTH = 8


@dataclass(frozen=True)
class ApiKey:
    """A key in an environment variable, or in a file that nobody else can read."""

    variable: str
    file: str = ""

    @property
    def place(self) -> str:
        """Where it comes from, for a message."""
        return f"the file {self.file}" if self.file else f"the environment variable {self.variable}"

    def read(self) -> str:
        """Return the key; empty where there is none.

        Raises:
            SeesayError: it holds characters that no key has; the file cannot be read, is empty, or
                is open to others than its owner.
        """
        key = self._from_file() if self.file else os.environ.get(self.variable, "").strip()
        if not key.isascii() or not key.isprintable():
            raise SeesayError(
                f"The key in {self.place} holds characters that no key has.", "Copy it anew."
            )
        return key

    def _from_file(self) -> str:
        path = Path(self.file).expanduser()
        try:
            with path.open(encoding="utf-8") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                if mode & 0o177:
                    raise SeesayError(
                        f"{path}, which holds a key, has mode {mode:o}: others may use it.",
                        f"Make it yours alone: chmod 600 {path}",
                    )
                key = file.read().strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise SeesayError(
                f"The key cannot be read from {path} ({reason}).",
                "Put it into that file, or change api_key_file.",
            ) from error
        if not key:
            raise SeesayError(f"{path}, which should hold a key, is empty.", "Put the key into it.")
        return key


def hide(key: str, text: str) -> str:
    """Return a text in which a key, should it be there, is crossed out, as JSON writes it too."""
    if len(key) < SECRET_LENGTH:
        return text
    spelled = (rf"(?:\\?{re.escape(letter)}|\\u00{ord(letter):02x})" for letter in key)
    return re.sub("".join(spelled), "[key]", text, flags=re.IGNORECASE)
