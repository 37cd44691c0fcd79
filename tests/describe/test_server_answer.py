from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_server import completion
from seesay.describe.base import Facets, Moment
from seesay.describe.server_answer import (
    AnswerError,
    answer_schema,
    one_line,
    read_body,
    read_facets,
    salvage_facets,
    tokens_of,
)

FULL = Facets(
    summary="A cat.",
    actions=["plays", 'says "{miau}"'],
    moments=[Moment(start=0, end=1.5, what="chord")],
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "usage", "summary", "moments", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


def test_the_schema_is_strict_all_the_way_down():
    schema = answer_schema()
    assert list(schema["properties"]) == list(Facets.model_fields) == schema["required"]
    moment = schema["properties"]["moments"]["items"]
    assert moment["required"] == ["start", "end", "what"]
    assert schema["additionalProperties"] is moment["additionalProperties"] is False
    assert schema["properties"]["actions"] == {"type": "array", "items": {"type": "string"}}
    assert schema["properties"]["summary"] == {"type": "string"}


def test_facets_survive_their_own_json():
    assert read_facets(FULL.model_dump_json()) == FULL


def test_content_in_parts_is_joined():
    parts = [{"type": "text", "text": "A "}, {"type": "text", "text": "cat"}, {"type": "image"}]
    body = completion("")
    body["choices"][0]["message"]["content"] = parts
    answer = read_body(json.dumps(body).encode())
    assert (answer.text, answer.cut) == ("A cat", False)
    assert (answer.prompt_tokens, answer.completion_tokens) == (1000, 50)


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": "9"}, {"prompt_tokens": -9}, {}])
def test_a_usage_that_makes_no_sense_counts_as_nothing(usage):
    body = json.dumps({**completion("x"), "usage": usage}).encode()
    assert tokens_of(body) == (0, 0)
    assert read_body(body).prompt_tokens == 0


def test_a_list_where_text_is_asked_for_is_joined():
    assert read_facets('{"summary": "x", "mood": ["calm", "warm"]}').mood == "calm, warm"


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_a_moment_at_no_second_does_not_fit(number):
    moments = f'[{{"start": {number}, "end": 1, "what": "x"}}]'
    with pytest.raises(AnswerError):
        read_facets(f'{{"summary": "x", "moments": {moments}}}')


def test_one_line_is_one_line_and_not_long():
    assert one_line("a\n b\t c") == "a b c"
    assert one_line("x" * 400) == "x" * 300 + "..."


@given(body=st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_an_answer_or_an_answer_error(body):
    tokens_of(body)
    with suppress(AnswerError):
        assert read_body(body).text.strip()


@given(text=st.text(max_size=60) | json_values.map(json.dumps))
def test_any_words_are_facets_or_an_answer_error(text):
    salvage_facets(text)
    with suppress(AnswerError):
        assert isinstance(read_facets(text), Facets)


def test_deep_nesting_is_an_answer_error():
    with pytest.raises(AnswerError):
        read_body(b"[" * 100_000)
    with pytest.raises(AnswerError):
        read_facets('{"a":' * 100_000)
    assert salvage_facets('{"a":' * 100_000) is None


@given(length=st.integers(0, len(FULL.model_dump_json())))
def test_whatever_arrives_of_an_answer_is_a_part_of_it(length):
    kept = salvage_facets(FULL.model_dump_json()[:length])
    if length >= len('{"summary":"A'):
        assert kept is not None
        assert FULL.summary.startswith(kept.summary)
        for part, whole in zip(kept.actions, FULL.actions, strict=False):
            assert whole.startswith(part)
        for moment in kept.moments:
            assert (moment.start, moment.end) == (0, 1.5)
            assert "chord".startswith(moment.what)
    else:
        assert kept is None
