"""Reading `seesay.toml` into pydantic models, with errors that name the key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from seesay.core.errors import SeesayError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


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


# What pydantic finds at fault, by its names for that, as a person would say it.
FAULTS = {
    "extra_forbidden": "there is no such key",
    "missing": "it is missing",
    "int": "it must be a whole number",
    "float": "it must be a number",
    "finite_number": "it must be a finite number",
    "bool": "it must be true or false",
    "string": "it must be text in quotes",
    "greater_than_equal": "it must be at least {ge}",
    "greater_than": "it must be more than {gt}",
    "less_than_equal": "it must be at most {le}",
    "less_than": "it must be less than {lt}",
    "literal_error": "it must be {expected}",
    "dict": "it must be a section",
    "model": "it must be a section",
    "list": "it must be a list",
    "tuple": "it must be a list",
    "too_short": "it must have at least {min_length} in it",
    "too_long": "it must have at most {max_length} in it",
}


def parse_section(model: type[SectionT], values: Mapping[str, Any], where: str) -> SectionT:
    """Check values against a settings class.

    Raises:
        SeesayError: a key is unknown or a value does not fit; names every such key, and the keys
            that there are in the same section.
    """
    try:
        return model(**values)
    except ValidationError as error:
        faults = error.errors()
        told = "; ".join(_told(model, fault) for fault in faults)
        sections = dict(_section_of(model, fault["loc"])[::-1] for fault in faults)
        known = " ".join(
            f"Known keys{name and f' of [{name}]'}: {', '.join(section.model_fields)}."
            for section, name in sections.items()
        )
        raise SeesayError(f"{where} is not right: {told}.", known) from error


def _told(model: type[BaseModel], fault: ErrorDetails) -> str:
    """Say what is wrong with a key; never its value, which may be a secret."""
    kind = fault["type"]
    for ending in ("_type", "_parsing", "_from_float"):
        kind = kind.removesuffix(ending)
    told = FAULTS.get(kind, "").format_map(fault.get("ctx", {}))
    if not told:
        told = fault["msg"].removeprefix("Value error, ").replace("Input should", "it must")
    if kind == "extra_forbidden":
        _, section = _section_of(model, fault["loc"])
        near = get_close_matches(str(fault["loc"][-1]), section.model_fields, n=1, cutoff=0.5)
        told += "".join(f" (did you mean '{name}'?)" for name in near)
    return f"{'.'.join(str(part) for part in fault['loc']) or 'all of it'}: {told}"


def _section_of(model: type[BaseModel], path: tuple[int | str, ...]) -> tuple[str, type[BaseModel]]:
    """Return the name and the class of the section that a path of keys leads into."""
    names: list[str] = []
    for part in path:
        known = model.model_fields.get(str(part))
        inner = known.annotation if known else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        names.append(str(part))
        model = inner
    return ".".join(names), model


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        SeesayError: the file is missing or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SeesayError(f"{path} cannot be read ({error}).", "Mend it and try again.") from error


def flat(
    options: Mapping[str, Any], outer: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each value of nested options with the names that lead to it."""
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from flat(value, (*outer, name))
        else:
            yield (*outer, name), value
