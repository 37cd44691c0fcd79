"""The engine that answers now, and the change to that of a newer bundle."""

from __future__ import annotations

import logging
import os
import threading
from functools import partial
from pathlib import Path

from seesay.core.errors import SeesayError
from seesay.serve.base import BundleInfo
from seesay.serve.bundle import current_name, read_bundle
from seesay.serve.engine import BundleEngine
from seesay.serve.newcomers import NewcomerMaker
from seesay.serve.posted import Posted
from seesay.serve.settings import ServeSettings
from seesay.serve.texts import TextEncoders

LOG = logging.getLogger("seesay.serve")
STATE = "served"
BUNDLES = "bundle"


def state_folder(root: Path) -> Path:
    """Return where a service keeps what is posted to it, and its keys: beside its bundles.

    Each folder of bundles has its own: `served` for that of a workspace, `NAME-served` otherwise.
    """
    folder = Path(os.path.abspath(root))
    return folder.with_name(STATE if folder.name == BUNDLES else f"{folder.name}-{STATE}")


class Holder:
    """Holds an engine; a request takes it once, so that a change never comes amid an answer."""

    def __init__(self, root: Path, settings: ServeSettings) -> None:
        """Load the current bundle.

        Raises:
            SeesayError: there is none, or it cannot be served.
        """
        self.root = root
        self.settings = settings
        self.posted = Posted(state_folder(root))
        self._texts = TextEncoders()
        self._newcomers = NewcomerMaker(self.posted, settings)
        self._loading = threading.Lock()
        self._failed = ""
        self.engine = self._load()

    def _load(self) -> BundleEngine:
        bundle = read_bundle(self.root)
        make = partial(self._newcomers.make, bundle) if self.settings.items else None
        return BundleEngine(bundle, self.posted, self._texts.of(bundle), make)

    def refresh(self) -> BundleInfo | None:
        """Take up a newer bundle where there is one, and return it.

        It is loaded while the old one goes on answering. One that cannot be loaded is not tried
        again.

        Raises:
            SeesayError: it cannot be loaded; the old one stays.
        """
        with self._loading:
            name = current_name(self.root)
            if not name or name in (self.engine.bundle.id, self._failed):
                self.engine.catch_up()
                return None
            try:
                self.engine = self._load()
            except Exception as error:
                self._failed = name
                if isinstance(error, SeesayError):
                    raise
                raise SeesayError(
                    f"The bundle '{name}' cannot be loaded ({type(error).__name__}: {error}).",
                    "Make it again: seesay bundle",
                ) from error
            self._failed = ""
            return self.engine.bundle

    def close(self) -> None:
        """Close what is open."""
        self._newcomers.close()
        self.posted.close()
