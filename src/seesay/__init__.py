"""seesay: watches a video, says in words what it is, and recommends it to whoever will care."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seesay.workspace import Workspace

__version__ = "0.1.0"
__all__ = ["Workspace", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Workspace":
        from seesay.workspace import Workspace

        return Workspace
    raise AttributeError(f"module 'seesay' has no attribute '{name}'")
