from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from describe import tiny_models
from seesay.core.errors import SeesayError
from seesay.describe.local.chat_model import (
    ChatModel,
    ChatModelSettings,
    conversation,
    in_pieces,
)
from seesay.describe.message import Message, Picture, Sound

NOISE = np.random.default_rng(0)


def picture(seed: int, height: int = 90, width: int = 120) -> Picture:
    noise = np.random.default_rng(seed)
    return Picture(0.5, noise.integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> ChatModel:
    folder = tiny_models.qwen2_5_vl(tmp_path_factory.mktemp("qwen"))
    return ChatModel(ChatModelSettings(model=str(folder)), "test", sees=True, hears=False)


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> ChatModel:
    folder = tiny_models.qwen2_audio(tmp_path_factory.mktemp("audio"))
    return ChatModel(ChatModelSettings(model=str(folder)), "test", sees=False, hears=True)


def test_words_pictures_and_sound_keep_their_order() -> None:
    message = Message("Look.", ("one", picture(0), "two", Sound(np.zeros(9, np.float32))))
    system, user = conversation(message)
    assert system == {"role": "system", "content": [{"type": "text", "text": "Look."}]}
    assert [part["type"] for part in user["content"]] == ["text", "image", "text", "audio"]
    assert user["content"][2]["text"] == "two\n"


def test_sound_is_cut_at_the_window_of_its_encoder_and_no_sample_is_lost() -> None:
    samples = NOISE.standard_normal(50_000).astype(np.float32)
    pieces = in_pieces(Message("", ("heard:", Sound(samples))), 24_000).sounds
    assert [len(piece) for piece in pieces] == [24_000, 24_000, 8_000]
    np.testing.assert_array_equal(np.concatenate(pieces)[: len(samples)], samples)
    np.testing.assert_array_equal(pieces[-1][2_000:], 0)


def test_states_are_of_the_layers_asked_for_and_of_what_is_seen(qwen: ChatModel) -> None:
    one = Message("Look.", ("here:", picture(1), "and?"))
    other = Message("Look.", ("here:", picture(2), "and?"))
    states = qwen.states([one, other, one], [0, 2, -1])
    assert states.shape == (3, 3, qwen.width)
    assert states.dtype == np.float32
    np.testing.assert_allclose(states[0], states[2], atol=1e-5)
    assert np.abs(states[0] - states[1]).max() > 1e-3
    np.testing.assert_allclose(qwen.states([one], [2])[0, 0], states[0, 1], atol=1e-5)
    np.testing.assert_allclose(qwen.states([one], [qwen.layers])[0, 0], states[0, 2], atol=1e-5)


def test_states_are_means_from_the_first_picture_on(qwen: ChatModel) -> None:
    """By hand: what comes before the picture counts for nothing, what comes after it does."""
    message = Message("Look.", ("here:", picture(1), "and?"))
    inputs = qwen._inputs([message])
    with torch.inference_mode():
        hidden = qwen._loaded.model.model(**inputs, output_hidden_states=True).hidden_states[1][0]
    ids = inputs["input_ids"][0].tolist()
    first = ids.index(qwen._loaded.processor.image_token_id)
    by_hand = hidden[first:].mean(0).numpy()
    np.testing.assert_allclose(qwen.states([message], [1])[0, 0], by_hand, atol=1e-5)


def test_pictures_of_different_sizes_and_texts_share_a_batch(qwen: ChatModel) -> None:
    messages = [
        Message("Look.", ("a", picture(1), picture(2, 200, 60))),
        Message("Look.", ("a longer text than that of the other one", picture(3, 56, 300))),
    ]
    together = qwen.replies(messages, 12, 1.0)
    assert together == [qwen.replies([message], 12, 1.0)[0] for message in messages]
    assert all(reply.text and reply.cut and not reply.fault for reply in together)
    assert [reply.completion_tokens for reply in together] == [12, 12]


def test_a_picture_that_the_model_refuses_is_a_fault_of_its_own(qwen: ChatModel) -> None:
    messages = [
        Message("Look.", ("a", picture(1))),
        Message("Look.", ("a", picture(2, 2, 900))),
    ]
    good, bad = qwen.replies(messages, 4, 1.0)
    assert good == qwen.replies(messages[:1], 4, 1.0)[0]
    assert "aspect ratio" in bad.fault
    states = qwen.states(messages, [1])
    assert np.isfinite(states[0]).all()
    assert np.isnan(states[1]).all()


def test_a_message_without_pictures_is_answered_too(qwen: ChatModel) -> None:
    (reply,) = qwen.replies([Message("Mend it.", ("an answer",))], 4, 1.0)
    assert reply.text
    assert qwen.states([Message("Mend it.", ("an answer",))], [1]).shape == (1, 1, qwen.width)


def test_sound_behind_the_first_window_is_heard(listener: ChatModel) -> None:
    start = 0.1 * NOISE.standard_normal(30 * 16_000).astype(np.float32)
    ends = [0.1 * NOISE.standard_normal(16_000).astype(np.float32), np.zeros(16_000, np.float32)]
    messages = [Message("Listen.", ("", Sound(np.append(start, end)))) for end in ends]
    one, other = listener.states(messages, [-1])
    assert np.abs(one - other).max() > 1e-4


def test_the_precision_is_what_the_settings_say(tmp_path: Path) -> None:
    folder = str(tiny_models.smolvlm(tmp_path / "smol"))
    message = Message("Look.", ("a", picture(1)))
    texts = {}
    for dtype in ("float32", "bfloat16", "int8"):
        settings = ChatModelSettings.model_validate({"model": folder, "dtype": dtype})
        model = ChatModel(settings, "test", sees=True, hears=False)
        (reply,) = model.replies([message], 8, 1.0)
        assert not reply.fault
        texts[dtype] = reply
    assert texts["float32"].prompt_tokens == texts["int8"].prompt_tokens


def test_int8_is_refused_off_the_cpu(tmp_path: Path) -> None:
    folder = str(tiny_models.smolvlm(tmp_path / "smol"))
    settings = ChatModelSettings(model=folder, dtype="int8", device="cuda")
    with pytest.raises(SeesayError, match="int8 is for CPUs"):
        ChatModel(settings, "test", sees=True, hears=False).check()
