"""What goes over HTTP: the bodies of requests and answers, as OpenAPI shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from seesay.recommend.reasons import Reason as Why
from seesay.serve.base import Item, Suggestion

MOST = 1000
Id = Annotated[str, Field(min_length=1, max_length=512)]
Count = Annotated[int, Field(ge=1, le=MOST)]


class Request(BaseModel):
    """A body; keys that nobody knows are an error."""

    model_config = ConfigDict(extra="forbid")


class Ask(Request):
    """For whom to recommend, and how; a user or a history, and neither for a stranger."""

    user: Id | None = None
    history: Annotated[list[Id], Field(max_length=MOST)] | None = None
    k: Count = 10
    where: Annotated[dict[str, str], Field(max_length=20)] = Field(default_factory=dict)
    exclude: Annotated[list[Id], Field(max_length=10 * MOST)] = Field(default_factory=list)
    diversity: Annotated[float, Field(ge=0, le=1)] = 0.0
    explain: bool = True


class Interaction(Request):
    """Somebody watched something."""

    user: Id
    item: Id


class Kept(BaseModel):
    """It is on the disk."""

    kept: Literal[True] = True


class Quote(BaseModel):
    """The two sentences that say most nearly the same."""

    recommended: str
    other: str
    cosine: float


class Reason(BaseModel):
    """What carries a recommendation; `sentence` says it in words."""

    because: Literal["similar", "together", "popular", "fits", "unknown"]
    other: str
    feature: str
    value: float
    quote: Quote | None
    sentence: str


class Suggested(BaseModel):
    """One item of an answer."""

    item_id: str
    title: str
    score: float
    reason: Reason | None


class Suggestions(BaseModel):
    """An answer, best first."""

    items: list[Suggested]
    bundle: str
    simulated: bool


class Moment(BaseModel):
    """Something that happens between two seconds."""

    start: float
    end: float
    text: str


class Shown(BaseModel):
    """All that is known of an item; `note` says what it cannot do."""

    item_id: str
    title: str
    words: str
    facets: dict[str, Any]
    moments: list[Moment]
    columns: dict[str, Any]
    poster: str | None
    poster_frames: int
    video: str | None
    recommended: bool
    note: str


class Many(BaseModel):
    """Some items of the catalogue, in its order."""

    items: list[Shown]


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """What is being served."""

    status: Literal["ready"] = "ready"
    bundle: str
    made: str
    run: str
    recommender: str
    features: str
    simulated: bool
    counts: dict[str, int]


class Fault(BaseModel):
    """One part of a request that is not right."""

    where: str
    what: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str = ""
    errors: list[Fault] = Field(default_factory=list)


NOT_RECOMMENDED = (
    "This item is newer than what the recommender was trained on, and the recommender knows items "
    "by their IDs, or lacks a vector of it: search and similar find it, recommend does not give it."
)


def suggestion(one: Suggestion) -> dict[str, Any]:
    """Return the JSON values of `Suggested`."""
    return {
        "item_id": one.item.item_id,
        "title": one.item.title,
        "score": one.score,
        "reason": _reason(one.reason, one.sentence) if one.reason else None,
    }


def _reason(why: Why, sentence: str) -> dict[str, Any]:
    quoted = why.quote
    return {
        "because": why.because,
        "other": why.other,
        "feature": why.feature,
        "value": why.value,
        "quote": quoted
        and {
            "recommended": quoted.recommended,
            "other": quoted.other,
            "cosine": quoted.cosine,
        },
        "sentence": sentence,
    }


def shown(item: Item) -> dict[str, Any]:
    """Return the JSON values of `Shown`."""
    place = f"/v1/items/{quote(item.item_id, safe='')}"
    return {
        "item_id": item.item_id,
        "title": item.title,
        "words": item.words,
        "facets": dict(item.facets),
        "moments": [{"start": one.start, "end": one.end, "text": one.text} for one in item.moments],
        "columns": dict(item.columns),
        "poster": f"{place}/poster" if item.poster else None,
        "poster_frames": item.poster_frames,
        "video": f"{place}/video" if item.video else None,
        "recommended": item.recommended,
        "note": "" if item.recommended else NOT_RECOMMENDED,
    }
