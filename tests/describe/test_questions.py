"""From videos to questions to outcomes; the model is a function, and the figures are by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seesay.describe.answering import Reply
from seesay.describe.base import Description, Failure, Video
from seesay.describe.message import Message
from seesay.describe.questions import Questions, QuestionSettings, own_questions
from seesay.media.base import SAMPLE_RATE, Media, MediaManifest


def video(item_id: str, segments: int = 1, heard_seconds: int = 6) -> Video:
    """Return a video of six seconds, with as many frames as pieces, and a sound that rises."""
    frames = tuple(np.full((8, 8, 3), shade, np.uint8) for shade in range(segments))
    times = tuple(6 * (index + 0.5) / segments for index in range(segments))
    audio = np.arange(heard_seconds * SAMPLE_RATE, dtype=np.float32)
    manifest = MediaManifest(
        segments, segments, 6.0, "h264", 8, 8, 0, True, False, segments=segments
    )
    return Video(item_id, "", Media(Path("a.mp4"), frames, times, audio, manifest))


class Model:
    """Answers in turn, or with the shade of the frame that it is shown, and counts."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[list[Message]] = []

    def __call__(self, messages: Sequence[Message]) -> list[Reply]:
        self.asked.append(list(messages))
        return [self.replies.pop(0) if self.replies else said(message) for message in messages]


def said(message: Message) -> Reply:
    shown = [int(picture[0, 0, 0]) for picture in message.pictures]
    moments = [{"start": 0, "end": 1, "what": f"shade {shade}"} for shade in shown]
    words = f"It shows {shown}." if shown else f"A whole of {len(message.parts) - 1}."
    return Reply(json.dumps({"summary": words, "moments": moments}), False, "", 10, 3)


def questions(**settings) -> Questions:
    return own_questions(QuestionSettings(**settings))


def test_short_and_long_videos_go_together_and_come_back_in_order() -> None:
    model = Model()
    short, long, other = questions().describe([video("a"), video("b", 3), video("c", 2)], model)
    assert [len(messages) for messages in model.asked] == [6, 2]
    assert isinstance(short, Description)
    assert isinstance(long, Description)
    assert isinstance(other, Description)
    assert [one.item_id for one in (short, long, other)] == ["a", "b", "c"]
    assert short.facets.summary == "It shows [0]."
    assert (long.facets.summary, other.facets.summary) == ("A whole of 3.", "A whole of 2.")
    moments = [(moment.start, moment.end, moment.what) for moment in long.facets.moments]
    assert moments == [(0, 1, "shade 0"), (2, 3, "shade 1"), (4, 5, "shade 2")]
    assert [moment.start for moment in other.facets.moments] == [0, 3]
    tokens = [(one.usage.prompt_tokens, one.usage.completion_tokens) for one in (short, long)]
    assert tokens == [(10, 3), (40, 12)]
    assert json.loads(long.raw)["summary"] == "A whole of 3."


def test_the_moments_of_a_short_video_are_in_order_and_within_it() -> None:
    told = [(5, 99, "last"), (3, 1, "turned round"), (-2, 0.5, "first")]
    moments = [{"start": start, "end": end, "what": what} for start, end, what in told]
    said = Reply(json.dumps({"summary": "A short one.", "moments": moments}))
    (made,) = questions().describe([video("a")], Model(said))
    assert isinstance(made, Description)
    assert [(moment.start, moment.end, moment.what) for moment in made.facets.moments] == [
        (0, 0.5, "first"),
        (1, 3, "turned round"),
        (5, 6, "last"),
    ]
    assert made.raw == said.text


def test_a_piece_without_an_answer_is_a_failure_of_its_video_alone() -> None:
    gone = Reply(fault="the model broke", retry=True, body="<html>")
    model = Model(gone)
    failed, fine = questions().describe([video("a", 2), video("b", 2)], model)
    assert isinstance(failed, Failure)
    assert (failed.error, failed.retry, failed.raw) == ("the model broke", True, "<html>")
    assert failed.usage.prompt_tokens == 10
    assert isinstance(fine, Description)
    assert [len(messages) for messages in model.asked] == [4, 1]
    refused = Model(gone, Reply(fault="refused"))
    (final,) = questions().describe([video("a", 2)], refused)
    assert isinstance(final, Failure)
    assert not final.retry


def test_a_piece_that_cannot_be_read_is_repaired_or_kept_and_named() -> None:
    model = Model(Reply("No JSON."), said(Message("", ("lasts",))), Reply("Still none."))
    (kept,) = questions().describe([video("a", 2)], model)
    assert isinstance(kept, Description)
    assert "not JSON" in kept.error
    assert [len(messages) for messages in model.asked] == [2, 1, 1]
    assert "No JSON." in str(model.asked[2][0].parts)


def test_pieces_that_cannot_be_heard_are_left_out_of_what_is_heard() -> None:
    model = Model()
    (told,) = questions(kind="audio").describe([video("a", 3, heard_seconds=3)], model)
    assert isinstance(told, Description)
    first, second = model.asked[0]
    assert [len(first.sounds[0]), len(second.sounds[0])] == [2 * SAMPLE_RATE, SAMPLE_RATE]
    assert second.sounds[0][0] == 2 * SAMPLE_RATE
    once = Model()
    questions(kind="audio").describe([video("a", 3, heard_seconds=2)], once)
    assert [len(messages) for messages in once.asked] == [1]


def test_all_that_will_be_asked_is_known_before() -> None:
    assert len(questions().messages(video("a"))) == 1
    *pieces, summary = questions().messages(video("a", 3))
    assert [len(message.pictures) for message in pieces] == [1, 1, 1]
    assert summary.pictures == []
    blank = replace(video("a"), media=replace(video("a").media, frames=(), times=()))
    with pytest.raises(ValueError, match="no frame"):
        questions().messages(blank)


def test_nobody_listened_is_not_nothing_was_said() -> None:
    (told,) = questions(transcript=False).describe([video("a")], Model())
    assert isinstance(told, Description)
    assert told.transcript is None


def test_the_first_prompt_for_summaries_is_no_part_of_the_fingerprint() -> None:
    assert set(questions().fingerprint()) == {"prompt", "repair", "render"}
