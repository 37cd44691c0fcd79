"""API keys: shown once, kept as hashes."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from seesay.core.errors import SeesayError
from seesay.core.files import read_json, replacing_file, write_json

FILE = "keys.json"
PREFIX = "seesay_"
NAME = re.compile(r"[\w.-]{1,64}")

Right = Literal["read", "write"]


@dataclass(frozen=True)
class Key:
    """One key; the secret itself is known to its owner alone.

    Attributes:
        right: `read` asks, `write` also posts interactions and items.
        sha256: of the secret. It is 256 random bits, so that a plain hash cannot be searched.
    """

    name: str
    right: Right
    sha256: str
    made: str


class Keys:
    """The keys of one service, in a file that its owner alone may read."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._stamp = -1
        self._held: list[Key] = []

    def all(self) -> list[Key]:
        """Return every key; read again where the file has changed.

        Raises:
            SeesayError: the file is damaged.
        """
        try:
            stamp = self.path.stat().st_mtime_ns
        except OSError:
            self._held, self._stamp = [], -1
            return []
        if stamp != self._stamp:
            try:
                self._held = [Key(**values) for values in read_json(self.path)]
            except TypeError as error:
                raise SeesayError(
                    f"{self.path} does not hold keys.", "Remove it, and add the keys again."
                ) from error
            self._stamp = stamp
        return self._held

    def add(self, name: str, right: Right) -> str:
        """Make a key and return its secret, which nobody can ask for again.

        Raises:
            SeesayError: the name is taken, or cannot be one.
        """
        if not NAME.fullmatch(name):
            raise SeesayError(
                f"'{name}' cannot name a key.", "Use up to 64 letters, digits, '.', '_' and '-'."
            )
        keys = self.all()
        if any(key.name == name for key in keys):
            raise SeesayError(f"There is a key called '{name}'.", "Remove it first, or rename.")
        secret = PREFIX + secrets.token_urlsafe(32)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        self._write([*keys, Key(name, right, _hash(secret), made)])
        return secret

    def remove(self, name: str) -> None:
        """Forget a key; whoever uses it is refused from now on.

        Raises:
            SeesayError: there is none of that name.
        """
        keys = self.all()
        left = [key for key in keys if key.name != name]
        if len(left) == len(keys):
            raise SeesayError(f"There is no key called '{name}'.", "List them: seesay keys list")
        self._write(left)

    def find(self, secret: str) -> Key | None:
        """Return the key of a secret; takes as long for a wrong one as for a right one."""
        given = _hash(secret)
        found = None
        for key in self.all():
            if hmac.compare_digest(key.sha256, given):
                found = key
        return found

    def _write(self, keys: Iterable[Key]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replacing_file(self.path) as temporary:
            write_json(temporary, [asdict(key) for key in keys])
            temporary.chmod(0o600)
        os.chmod(self.path, 0o600)
        self._stamp = -1


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
