"""The contract of a describer: videos in, one description or failure a video out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from seesay.media.base import Media

Kind = Literal["both", "video", "audio"]


class Moment(BaseModel):
    """Something that happens between two seconds of a video."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    start: float
    end: float
    what: str


class Facets(BaseModel):
    """What a description holds; sent to model servers as a JSON schema."""

    model_config = ConfigDict(extra="ignore")

    summary: str
    setting: str = ""
    people_and_things: list[str] = Field(default_factory=list)
    actions: list[str] = Field(default_factory=list)
    mood: str = ""
    genre: str = ""
    intent: str = ""
    humour: str = ""
    cultural_references: list[str] = Field(default_factory=list)
    on_screen_text: list[str] = Field(default_factory=list)
    speech: str = ""
    sound: str = ""
    moments: list[Moment] = Field(default_factory=list)


@dataclass(frozen=True)
class Video:
    """One video as a describer gets it: decoded, with what its owner calls it.

    Attributes:
        path: the file, for describers that send it whole.
        transcript: what is said in it, where somebody has listened; empty otherwise.
    """

    item_id: str
    title: str
    media: Media
    path: Path | None = None
    transcript: str = ""


@dataclass(frozen=True)
class Usage:
    """What one description cost."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    requests: int = 0


@dataclass(frozen=True)
class Description:
    """The words for one video.

    Attributes:
        text: what is embedded, rendered from the facets by `describe.render`.
        facets: the parsed answer; its summary alone where `error` says the rest did not fit.
        raw: the model's answer as it came.
        error: why the raw text was kept instead of facets, or empty.
        transcript: what is said in the video, where somebody wrote it down for the model.
    """

    item_id: str
    text: str
    facets: Facets
    raw: str
    usage: Usage = field(default_factory=Usage)
    error: str = ""
    transcript: str | None = None


@dataclass(frozen=True)
class Failure:
    """Why one video could not be described.

    Attributes:
        error: one line for a person.
        retry: a later attempt with the same settings may do better.
        raw: what came instead of an answer, as far as it is known.
    """

    item_id: str
    error: str
    retry: bool = True
    usage: Usage = field(default_factory=Usage)
    raw: str = ""


class Describer(Protocol):
    """Describes videos. Built from its `Settings` class; loads models at the first call.

    Its words are of what is seen and heard, unless it has an attribute `kind` that says `video` or
    `audio`: they are kept beside each other.
    """

    name: str
    batch_size: int
    in_flight: int

    def fingerprint(self) -> dict[str, Any]:
        """Return the JSON values that change its words: model, revision, prompt, decoding.

        `model` is a string, `prompt` a mapping with `name` and `version`, where it has them: the
        journal shows both beside each description.
        """
        ...

    def check(self) -> None:
        """Raise a `SeesayError` where it cannot work at all (no extra, no endpoint, no weights)."""
        ...

    def describe(self, videos: Sequence[Video]) -> list[Description | Failure]:
        """Return one outcome a video, in order; never raises for one bad video."""
        ...
