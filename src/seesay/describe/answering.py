"""From a model's words to facets: read, repaired once by the model itself, or kept raw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seesay.describe.base import Facets
from seesay.describe.message import Message, repair_message
from seesay.describe.prompting import Prompt
from seesay.describe.server_answer import AnswerError, read_facets, salvage_facets


@dataclass(frozen=True)
class Reply:
    """What a model said to one message.

    Attributes:
        cut: it stopped in the middle, because it had written as much as it may.
        fault: why nothing came, in one line; empty where something did.
        retry: of a fault, whether a later run may do better; `body` is what came instead.
    """

    text: str = ""
    cut: bool = False
    fault: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    retry: bool = False
    body: str = ""


@dataclass(frozen=True)
class Answer:
    """What came of one reply.

    Attributes:
        raw: the words that the facets come from.
        error: what was wrong with them, or empty.
        prompt_tokens: of the reply and of its repair; so are `completion_tokens`.
    """

    facets: Facets
    raw: str
    error: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


Ask = Callable[[Sequence[Message]], Sequence[Reply]]


def read_replies(replies: Sequence[Reply], repair: Prompt, ask: Ask) -> list[Answer]:
    """Read replies that hold words, and have those that cannot be read written again, once.

    Where that does not help, what is whole of the first answer is kept, or else all of it as the
    summary: it was paid for.

    Args:
        ask: sends the messages that ask for a repair, all at once, and gives a reply to each.
    """
    answers: dict[int, Answer] = {}
    faults: dict[int, str] = {}
    for place, reply in enumerate(replies):
        try:
            facets = read_facets(reply.text)
            tokens = reply.prompt_tokens, reply.completion_tokens
            answers[place] = Answer(facets, reply.text, "", *tokens)
        except AnswerError as error:
            faults[place] = f"{error}, cut at max_tokens" if reply.cut else str(error)
    messages = [repair_message(replies[at].text, fault, repair) for at, fault in faults.items()]
    again = ask(messages) if messages else []
    for (place, fault), repaired in zip(faults.items(), again, strict=True):
        answers[place] = _mended(replies[place], fault, repaired)
    return [answers[place] for place in range(len(replies))]


def _mended(first: Reply, fault: str, repaired: Reply) -> Answer:
    tokens = (
        first.prompt_tokens + repaired.prompt_tokens,
        first.completion_tokens + repaired.completion_tokens,
    )
    try:
        if repaired.fault:
            raise AnswerError(repaired.fault)
        return Answer(read_facets(repaired.text), repaired.text, "", *tokens)
    except AnswerError as error:
        fault = f"{fault}; repairing it failed: {error}"
    kept = salvage_facets(first.text) or Facets(summary=first.text)
    return Answer(kept, first.text, fault, *tokens)
