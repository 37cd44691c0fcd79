"""What a model server sends back, read with care: the HTTP body, then the facets in its words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from seesay.describe.base import Facets, Moment
from seesay.describe.render import render

_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
_TEXTS = ("summary", "setting", "mood", "genre", "intent", "humour", "speech", "sound")
_LISTS = ("people_and_things", "actions", "cultural_references", "on_screen_text")


class AnswerError(Exception):
    """An answer that cannot be used; says why in one line.

    Attributes:
        final: it is the model's own answer, and asking the same again would bring the same.
    """

    def __init__(self, reason: str, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


@dataclass(frozen=True)
class ServerAnswer:
    """The words of one chat completion and what they cost."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    cut: bool


def answer_schema() -> dict[str, Any]:
    """Return the JSON schema of `Facets` in the strict form that servers enforce.

    Every field is required, nothing else is allowed, and no reference or default is left in.
    """
    schema = Facets.model_json_schema()
    strict = _strict(schema, schema.get("$defs", {}))
    assert isinstance(strict, dict)
    return strict


def _strict(node: Any, parts: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_strict(element, parts) for element in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _strict(parts[node["$ref"].rsplit("/", 1)[1]], parts)
    if node.get("type") == "object":
        fields = {name: _strict(field, parts) for name, field in node["properties"].items()}
        required = list(fields)
        return {
            "type": "object",
            "properties": fields,
            "required": required,
            "additionalProperties": False,
        }
    kept = {key: value for key, value in node.items() if key in ("type", "items")}
    return {key: _strict(value, parts) for key, value in kept.items()}


def read_body(body: bytes) -> ServerAnswer:
    """Read the body of a chat completion that came with a status of success.

    Raises:
        AnswerError: it is empty, a web page, broken JSON, an error, has no choice, was refused
            or says nothing.
    """
    if not body.strip():
        raise AnswerError("the endpoint sent an empty body")
    if body.lstrip().startswith(b"<"):
        raise AnswerError("the endpoint sent a web page instead of JSON")
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise AnswerError("the endpoint sent JSON that is broken or cut short") from error
    if not isinstance(answer, dict):
        raise AnswerError("the endpoint sent JSON that is no chat completion")
    if answer.get("error"):
        raise AnswerError(f"the endpoint sent an error: {_error_message(answer['error'])}")
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise AnswerError("the endpoint sent no choices")
    message = choices[0].get("message")
    message = message if isinstance(message, dict) else {}
    text = _content(message.get("content"))
    finish = choices[0].get("finish_reason")
    if not text.strip():
        if message.get("refusal"):
            raise AnswerError(f"the model refused: {one_line(str(message['refusal']))}", True)
        raise AnswerError(f"the model said nothing (finish_reason: {finish})", finish is not None)
    usage = answer.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    tokens = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return ServerAnswer(text, *tokens, cut=finish == "length")


def tokens_of(body: bytes) -> tuple[int, int]:
    """Return the prompt and completion tokens that a body owns to, whatever else is wrong."""
    try:
        usage = json.loads(body)["usage"]
        return _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return 0, 0


def read_facets(text: str) -> Facets:
    """Read the facets in a model's words: bare JSON, or JSON in a code block or after a thought.

    Raises:
        AnswerError: there is no JSON object, it does not fit, or it says nothing.
    """
    try:
        value = from_json(_json_part(text))
    except ValueError as error:
        raise AnswerError(f"the answer is not JSON ({one_line(str(error))})") from error
    return _fit(value)


def salvage_facets(text: str) -> Facets | None:
    """Read what is whole in JSON that stops in the middle; None where that is not enough."""
    try:
        value = from_json(_json_part(text), allow_partial="trailing-strings")
        if isinstance(value, dict) and isinstance(value.get("moments"), list):
            value["moments"] = [moment for moment in value["moments"] if _is_whole(moment)]
        return _fit(value)
    except (ValueError, AnswerError):
        return None


def _is_whole(moment: Any) -> bool:
    return isinstance(moment, dict) and moment.keys() >= Moment.model_fields.keys()


def one_line(text: str, length: int = 300) -> str:
    """Return text on one line, cut to a length that a person reads."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[:length]}..."


def _json_part(text: str) -> str:
    """Cut off thoughts and code marks around the outermost object."""
    spoken = _THOUGHT.sub("", text)
    begin, end = spoken.find("{"), spoken.rfind("}")
    if begin < 0:
        raise ValueError("it holds no object")
    closed = end > begin and not spoken[end + 1 :].strip(" \n\r\t`")
    return spoken[begin : end + 1] if closed else spoken[begin:].rstrip("` \n\r\t")


def _fit(value: Any) -> Facets:
    if not isinstance(value, dict):
        raise AnswerError("the answer is JSON, but no object")
    try:
        facets = Facets.model_validate(_tidy(value))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()[:5]
        )
        raise AnswerError(f"the answer does not fit the schema ({faults})") from error
    if not render(facets):
        raise AnswerError("the answer has the right form, but says nothing")
    return facets


def _tidy(value: dict[str, Any]) -> dict[str, Any]:
    """Set right what servers without a schema get wrong most: null, and text for a list."""
    tidy = {key: field for key, field in value.items() if field is not None}
    for key in _TEXTS:
        if isinstance(tidy.get(key), list):
            tidy[key] = ", ".join(str(part) for part in tidy[key])
    for key in _LISTS:
        if isinstance(tidy.get(key), str):
            tidy[key] = [tidy[key]]
    return tidy


def _content(content: Any) -> str:
    """Return a message's words: a string, or the text parts of a list."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(text for text in texts if isinstance(text, str))
    return ""


def _error_message(error: Any) -> str:
    message = error.get("message") if isinstance(error, dict) else None
    return one_line(str(message or error))


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
