"""Finding describers, encoders, recommenders and datasets by their entry points."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, Literal

from seesay.core.errors import SeesayError, unknown_name
from seesay.core.pip import install_extra, pip_install
from seesay.core.settings import Section, parse_section

Kind = Literal["describer", "encoder", "recommender", "dataset"]


def plugin_names(kind: Kind) -> list[str]:
    """Return the names that are installed for one kind of plug-in, sorted."""
    return sorted({entry.name for entry in entry_points(group=f"seesay.{kind}s")})


def plugin_class(kind: Kind, name: str) -> Any:
    """Return the class behind a name, importing its module.

    Raises:
        SeesayError: nobody gives that name (with the nearest one), or its import fails.
    """
    found = list(entry_points(group=f"seesay.{kind}s", name=name))
    if not found:
        raise unknown_name(kind, name, plugin_names(kind))
    try:
        return found[0].load()
    except ModuleNotFoundError as error:
        missing = (error.name or name).split(".")[0]
        if missing == "seesay":
            raise
        raise SeesayError(
            f"The {kind} '{name}' cannot be loaded ({error}).",
            f"Install what it needs: {pip_install(missing)}",
        ) from error


def build_plugin(kind: Kind, name: str, options: Mapping[str, Any] | None = None) -> Any:
    """Build a plug-in from its settings class and the options given.

    Raises:
        SeesayError: the name or an option is not known.
    """
    return plugin_class(kind, name)(plugin_settings(kind, name, options or {}))


def plugin_settings(kind: Kind, name: str, options: Mapping[str, Any]) -> Section:
    """Return the settings of a plug-in with the options given.

    Raises:
        SeesayError: the name or an option is not known.
    """
    settings: type[Section] = plugin_class(kind, name).Settings
    return parse_section(settings, options, f"[{kind}s.{name}]")


def plugins_with(kind: Kind, option: str) -> list[str]:
    """Return the names of the plug-ins whose settings have an option, sorted."""
    return [
        name
        for name in plugin_names(kind)
        if option in plugin_class(kind, name).Settings.model_fields
    ]


def require(module: str, extra: str) -> ModuleType:
    """Import a module that an extra brings.

    Raises:
        SeesayError: it is not installed, or something that it needs is not; says which pip command
            brings it. Or it cannot be imported for another reason, which is told.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name:
            raise SeesayError(
                f"This needs the package '{error.name}', which is not installed.",
                f"Install it with: {install_extra(extra)}",
            ) from error
        raise SeesayError(
            f"The package '{module.split('.')[0]}' is there, but cannot be imported ({error}).",
            "Try again. If that does not help, install it anew.",
        ) from error
