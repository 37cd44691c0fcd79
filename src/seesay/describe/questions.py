"""What describers that hold their model themselves share: from videos to questions to outcomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seesay.core.errors import SeesayError
from seesay.describe.answering import Answer, Ask, read_replies
from seesay.describe.base import Description, Failure, Kind, Usage, Video
from seesay.describe.message import Message
from seesay.describe.prompting import Prompt
from seesay.describe.render import render
from seesay.describe.server_answer import one_line

Outcome = Description | Failure


def describe_videos(
    videos: Sequence[Video],
    question: Callable[[Video], Message],
    ask: Ask,
    repair: Prompt,
) -> list[Outcome]:
    """Ask about all videos at once, and about the answers that cannot be read once more.

    A video for which no question can be made, or that has no answer, is a failure alone.

    Args:
        question: makes the message; what it raises, but for a `SeesayError`, is that video's fault.
        ask: sends messages and gives a reply to each.

    Raises:
        SeesayError: the model cannot be had at all.
    """
    outcomes: dict[int, Outcome] = {}
    messages: dict[int, Message] = {}
    for place, video in enumerate(videos):
        try:
            messages[place] = question(video)
        except SeesayError:
            raise
        except Exception as error:
            # Whatever one video does to an image library must not stop the others.
            outcomes[place] = Failure(video.item_id, one_line(str(error)), retry=False)
    replies = dict(zip(messages, ask([*messages.values()]), strict=True))
    said = [place for place, reply in replies.items() if not reply.fault]
    answers = read_replies([replies[place] for place in said], repair, ask)
    for place, answer in zip(said, answers, strict=True):
        outcomes[place] = _description(videos[place].item_id, answer)
    for place, reply in replies.items():
        if reply.fault:
            outcomes[place] = Failure(videos[place].item_id, reply.fault, retry=False)
    return [outcomes[place] for place in range(len(videos))]


def refuse_empty(video: Video, kind: Kind) -> None:
    """Check that a video has what a description of its kind is made of.

    Raises:
        ValueError: it has not.
    """
    if kind != "audio" and not video.media.frames:
        raise ValueError("no frame of it could be decoded")
    if kind == "audio" and not len(video.media.audio):
        raise ValueError("there is nothing to hear in it")


def _description(item_id: str, answer: Answer) -> Description:
    usage = Usage(answer.prompt_tokens, answer.completion_tokens)
    return Description(
        item_id, render(answer.facets), answer.facets, answer.raw, usage, answer.error
    )
