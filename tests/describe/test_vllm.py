"""Neither vLLM nor a GPU is here: what goes in is tested, and what is read of its answers."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.describer_contract import nothing, video
from seesay.core.errors import SeesayError
from seesay.core.hashing import value_sha256
from seesay.core.plugins import build_plugin
from seesay.describe.content import chat_messages
from seesay.describe.vllm import (
    VLLMDescriber,
    VLLMSettings,
    ask_engine,
    engine_arguments,
    reply_of,
    sampling,
)

MISSING = importlib.util.find_spec("vllm") is None


def output(text: str, finish: str = "stop", asked: int = 5, written: int = 3) -> SimpleNamespace:
    """Return what vLLM gives for one conversation, as far as it is read."""
    completion = SimpleNamespace(text=text, finish_reason=finish, token_ids=list(range(written)))
    return SimpleNamespace(outputs=[completion], prompt_token_ids=list(range(asked)))


class Engine:
    """Stands where `vllm.LLM` would: answers with the last text of each conversation."""

    def __init__(self, refuses: str = "\0") -> None:
        self.refuses = refuses
        self.calls: list[int] = []

    def chat(self, asked: list[Any], plan: Any, use_tqdm: bool) -> list[SimpleNamespace]:
        assert plan == "plan"
        assert not use_tqdm
        self.calls.append(len(asked))
        texts = [conversation[-1]["content"][-1]["text"] for conversation in asked]
        if self.refuses in texts:
            raise ValueError("the prompt is too long")
        return [output(text) for text in texts]


def conversations(*texts: str) -> list[list[dict[str, Any]]]:
    return [[{"role": "user", "content": [{"type": "text", "text": text}]}] for text in texts]


def test_a_question_holds_what_the_openai_describer_would_send() -> None:
    describer = VLLMDescriber(VLLMSettings(model="owner/name"))
    (message,) = describer._questions.messages(video("a", 10, "A <title>"))
    system, user = chat_messages(message, 85)
    assert system["content"].startswith("You watch one short video")
    kinds = [part["type"] for part in user["content"]]
    assert kinds == ["text", "text", "text", "image_url", "text", "image_url", "text"]
    assert "A &lt;title&gt;" in user["content"][1]["text"]
    hears = VLLMDescriber(VLLMSettings(model="owner/name", kind="audio"))
    (message,) = hears._questions.messages(video("a", 10))
    _, user = chat_messages(message, 85)
    assert [part["type"] for part in user["content"]] == ["text", "text", "input_audio"]


@pytest.mark.parametrize(
    ("made", "options", "fault"),
    [
        (nothing("a"), {}, "no frame"),
        (nothing("a"), {"kind": "audio"}, "nothing to hear"),
        (video("a", 10), {"most_pictures": 1}, "most_pictures = 1"),
    ],
)
def test_what_cannot_be_asked_is_said(made: Any, options: dict[str, Any], fault: str) -> None:
    describer = VLLMDescriber(VLLMSettings.model_validate({"model": "o/n", **options}))
    with pytest.raises(ValueError, match=fault):
        describer._questions.messages(made)


def test_the_engine_never_runs_foreign_code_nor_loads_pickles() -> None:
    settings = VLLMSettings(
        model="owner/name",
        revision="abc",
        max_model_len=9000,
        engine={"trust_remote_code": True, "load_format": "pt", "enforce_eager": True},
    )
    assert engine_arguments(settings, sees=True) == {
        "model": "owner/name",
        "revision": "abc",
        "dtype": "auto",
        "gpu_memory_utilization": 0.9,
        "tensor_parallel_size": 1,
        "limit_mm_per_prompt": {"image": 32, "audio": 1},
        "max_model_len": 9000,
        "enforce_eager": True,
        "load_format": "safetensors",
        "trust_remote_code": False,
    }
    bare = engine_arguments(VLLMSettings(model="owner/name"), sees=False)
    assert bare["limit_mm_per_prompt"] == {"audio": 1}
    assert not {"revision", "max_model_len"} & bare.keys()


def test_decoding_is_greedy_by_default() -> None:
    assert sampling(VLLMSettings()) == {"temperature": 0.0, "seed": 0, "max_tokens": 1500}


def test_answers_are_read_with_what_they_took() -> None:
    reply = reply_of(output(" words \n", "length"))
    assert (reply.text, reply.cut, reply.fault) == ("words", True, "")
    assert (reply.prompt_tokens, reply.completion_tokens) == (5, 3)
    assert not reply_of(output("words")).cut
    assert reply_of(output("  ")).fault == "the model said nothing"
    late = replace_prompt(output("words"), None)
    assert reply_of(late).prompt_tokens == 0


def replace_prompt(made: SimpleNamespace, ids: Sequence[int] | None) -> SimpleNamespace:
    made.prompt_token_ids = ids
    return made


def test_all_questions_go_at_once_and_one_that_is_refused_fails_alone() -> None:
    engine = Engine()
    replies = ask_engine(engine, "plan", conversations("a", "b", "c"))
    assert [reply.text for reply in replies] == ["a", "b", "c"]
    assert engine.calls == [3]
    engine = Engine(refuses="b")
    first, second, third = ask_engine(engine, "plan", conversations("a", "b", "c"))
    assert (first.text, third.text) == ("a", "c")
    assert "too long" in second.fault
    assert engine.calls == [3, 1, 1, 1]


def test_settings_fingerprint_and_name() -> None:
    built = build_plugin("describer", "vllm", {"model": "owner/name"})
    assert built.name == "vllm"
    again = VLLMDescriber(VLLMSettings.model_validate_json(built.settings.model_dump_json()))
    assert again.fingerprint() == built.fingerprint()
    marks = {
        value_sha256(VLLMDescriber(replaced).fingerprint())
        for replaced in (
            built.settings,
            built.settings.model_copy(update={"kind": "video"}),
            built.settings.model_copy(update={"temperature": 0.5}),
            built.settings.model_copy(update={"revision": "abc"}),
            built.settings.model_copy(update={"json_schema": False}),
            built.settings.model_copy(update={"transcript": True}),
        )
    }
    assert len(marks) == 6
    moved = built.settings.model_copy(update={"gpu_memory": 0.5, "batch_size": 3})
    assert VLLMDescriber(moved).fingerprint() == built.fingerprint()


@pytest.mark.skipif(not MISSING, reason="vLLM is installed here")
def test_without_vllm_it_says_which_command_brings_it() -> None:
    for call in (
        VLLMDescriber().check,
        lambda: VLLMDescriber(VLLMSettings(model="o/n")).describe([video("a", 10)]),
    ):
        with pytest.raises(SeesayError) as caught:
            call()
        assert "pip install 'seesay[vllm]'" in caught.value.remedy
    assert VLLMDescriber().describe([]) == []
