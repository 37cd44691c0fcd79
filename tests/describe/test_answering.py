from __future__ import annotations

from collections.abc import Sequence

from seesay.describe.answering import Reply, read_replies
from seesay.describe.message import Message
from seesay.describe.prompting import load_prompt

REPAIR = load_prompt("repair")
GOOD = '{"summary": "A dog runs."}'


class Model:
    """Answers in turn with what it was told to say, and keeps what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[Message] = []

    def __call__(self, messages: Sequence[Message]) -> list[Reply]:
        self.asked += messages
        return [self.replies.pop(0) for _ in messages]


def test_a_good_answer_costs_no_second_question() -> None:
    model = Model()
    (answer,) = read_replies([Reply(GOOD, prompt_tokens=9, completion_tokens=4)], REPAIR, model)
    assert (answer.facets.summary, answer.raw, answer.error) == ("A dog runs.", GOOD, "")
    assert (answer.prompt_tokens, answer.completion_tokens) == (9, 4)
    assert model.asked == []


def test_bad_ones_among_good_ones_are_repaired_together_and_stay_in_order() -> None:
    model = Model(
        Reply('{"summary": "Two."}', prompt_tokens=10, completion_tokens=1),
        Reply('{"summary": "Four."}', prompt_tokens=20, completion_tokens=2),
    )
    replies = [
        Reply('{"summary": "One."}'),
        Reply("two", prompt_tokens=5, completion_tokens=3),
        Reply('{"summary": "Three."}'),
        Reply("four <four>"),
    ]
    answers = read_replies(replies, REPAIR, model)
    assert [answer.facets.summary for answer in answers] == ["One.", "Two.", "Three.", "Four."]
    assert [answer.error for answer in answers] == [""] * 4
    assert (answers[1].prompt_tokens, answers[1].completion_tokens) == (15, 4)
    assert "not JSON" in str(model.asked[0].parts[0])
    assert "four &lt;four&gt;" in str(model.asked[1].parts[0])


def test_what_cannot_be_repaired_is_kept_with_its_faults() -> None:
    model = Model(Reply("still not"))
    (answer,) = read_replies([Reply("A dog runs", cut=True)], REPAIR, model)
    assert answer.facets.summary == answer.raw == "A dog runs"
    assert "cut at max_tokens; repairing it failed: the answer is not JSON" in answer.error


def test_what_is_whole_of_a_cut_answer_is_kept() -> None:
    half = '{"summary": "A dog runs.", "mood": "hap'
    (answer,) = read_replies([Reply(half, cut=True)], REPAIR, Model(Reply(fault="out of memory")))
    assert answer.facets.summary == "A dog runs."
    assert answer.raw == half
    assert answer.error.endswith("repairing it failed: out of memory")
