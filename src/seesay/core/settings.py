"""Reading `seesay.toml` into pydantic models, with errors that name the key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from seesay.core.errors import SeesayError


class Section(BaseModel):
    """The base of every settings class: frozen, and a key that nobody knows is an error.

    TOML has no word for nothing: where a key may be None, "none" says so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _none_for_nothing(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        optional = {
            name
            for name, known in cls.model_fields.items()
            if type(None) in get_args(known.annotation)
        }
        return {
            name: None if value == "none" and name in optional else value
            for name, value in values.items()
        }


SectionT = TypeVar("SectionT", bound=BaseModel)


def parse_section(model: type[SectionT], values: Mapping[str, Any], where: str) -> SectionT:
    """Check values against a settings class.

    Raises:
        SeesayError: a key is unknown or a value does not fit; names every such key.
    """
    try:
        return model(**values)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'value'}: {fault['msg']}"
            for fault in error.errors()
        )
        known = ", ".join(model.model_fields)
        raise SeesayError(f"{where} is not right: {faults}.", f"Known keys: {known}.") from error


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        SeesayError: the file is missing or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SeesayError(f"{path} cannot be read ({error}).", "Mend it and try again.") from error
