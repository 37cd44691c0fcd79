"""A multimodal chat model in this process: messages in, words or hidden states out."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from seesay.core.errors import SeesayError
from seesay.core.plugins import require
from seesay.core.progress import slow
from seesay.core.settings import Section
from seesay.describe.answering import Reply
from seesay.describe.local.batches import explain, in_halves
from seesay.describe.local.chat_load import Loaded, load
from seesay.describe.local.model_folder import model_folder, model_identity
from seesay.describe.local.visual import Sight
from seesay.describe.message import Message, Part, Picture, Sound
from seesay.media.base import SAMPLE_RATE

if TYPE_CHECKING:
    import torch


class ChatModelSettings(Section):
    """Which multimodal model is loaded, and how.

    Attributes:
        model: a folder, or an ID on the Hugging Face hub. Its weights must be safetensors; code
            that comes with a model is never run.
        revision: the hub's branch, tag or commit; empty for its default.
        device: where torch computes, such as `cuda` or `cpu`; empty for the best there is.
        dtype: `auto` takes bfloat16 on a GPU and float32 on a CPU; `int8` is for CPUs: the weights
            of linear layers in 8 bits, what flows between them computed as it comes.
        visual_tokens: the most tokens that all pictures of one video may come to. Frames are scaled
            down to fit, then left out, evenly, where each would have fewer than 64.
    """

    model: str = ""
    revision: str = ""
    device: str = ""
    dtype: Literal["auto", "float32", "bfloat16", "float16", "int8"] = "auto"
    visual_tokens: int = Field(default=4096, ge=1)


class ChatModel:
    """Asks a model of transformers; loads it at the first question.

    Args:
        owner: the plug-in that errors name.
        sees: whether it is given pictures.
        hears: whether it is given sound.
    """

    def __init__(self, settings: ChatModelSettings, owner: str, *, sees: bool, hears: bool) -> None:
        self.settings = settings
        self.owner = owner
        self.sees = sees
        self.hears = hears

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What identifies the weights and the precision in which they compute, as JSON values."""
        return {
            **model_identity(self.settings.model, self.settings.revision),
            "dtype": self.settings.dtype,
            "visual_tokens": self.settings.visual_tokens,
        }

    def check(self) -> None:
        """Load the model.

        Raises:
            SeesayError: no model is named, it cannot be had, or transformers does not know it.
        """
        if not self.settings.model:
            raise SeesayError(
                f"No model is named for '{self.owner}'.",
                "Name a folder or an ID of the Hugging Face hub, such as "
                "--model HuggingFaceTB/SmolVLM2-2.2B-Instruct",
            )
        require("transformers", "local")
        _ = self._loaded

    @property
    def sight(self) -> Sight:
        """What a picture costs this model."""
        return self._loaded.sight

    @property
    def width(self) -> int:
        """The width of one layer's hidden state."""
        return int(self._loaded.model.config.get_text_config().hidden_size)

    @property
    def layers(self) -> int:
        """How many layers the language model has."""
        return int(self._loaded.model.config.get_text_config().num_hidden_layers)

    def replies(
        self, messages: Sequence[Message], max_tokens: int, repetition_penalty: float
    ) -> list[Reply]:
        """Return one reply a message, each word the likeliest one.

        A batch that fails, for want of memory or anything else, is asked again in halves.
        """

        def ask(batch: Sequence[Message]) -> list[Reply]:
            return self._generate(batch, max_tokens, repetition_penalty)

        _ = self._loaded
        outcomes = in_halves(ask, messages)
        return [
            Reply(fault=explain(outcome)) if isinstance(outcome, Exception) else outcome
            for outcome in outcomes
        ]

    def states(self, messages: Sequence[Message], layers: Sequence[int]) -> np.ndarray:
        """Return mean hidden states, [messages, layers, width] float32.

        The mean is over the tokens from the first picture or sound on, of the messages as a model
        reads them before it answers. A message that it cannot take has values that are no numbers.

        Args:
            layers: 0 is the embeddings, 1 what comes out of the first layer; -1 is the last.
        """
        import torch

        def look(batch: Sequence[Message]) -> list[np.ndarray]:
            inputs = self._inputs(batch)
            with torch.inference_mode():
                model = self._loaded.model.base_model
                hidden = model(**inputs, output_hidden_states=True, use_cache=False).hidden_states
            counted = self._from_first_sight(inputs)
            total = counted.sum(1, keepdim=True)
            means = [(hidden[at].float() * counted[..., None]).sum(1) / total for at in layers]
            return list(torch.stack(means, dim=1).cpu().numpy())

        _ = self._loaded
        states = np.full((len(messages), len(layers), self.width), np.nan, np.float32)
        for row, outcome in enumerate(in_halves(look, messages)):
            if not isinstance(outcome, Exception):
                states[row] = outcome
        return states

    @cached_property
    def _loaded(self) -> Loaded:
        own = self.settings
        folder = model_folder(own.model, own.revision)
        with slow(f"Loading {own.model}."):
            return load(folder, own.device, own.dtype, sees=self.sees, hears=self.hears)

    def _generate(
        self, messages: Sequence[Message], max_tokens: int, repetition_penalty: float
    ) -> list[Reply]:
        import torch

        inputs, model = self._inputs(messages), self._loaded.model
        plan = _greedy(model.generation_config, max_tokens, repetition_penalty)
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            written = model.generate(**inputs, generation_config=plan)
        start = inputs["input_ids"].shape[1]
        ends = {token for token in np.atleast_1d(plan.eos_token_id) if token is not None}
        asked = inputs["attention_mask"].sum(1).tolist()
        return [
            self._reply(row[start:].tolist(), ends, prompt_tokens)
            for row, prompt_tokens in zip(written, asked, strict=True)
        ]

    def _reply(self, tokens: list[int], ends: set[int], prompt_tokens: int) -> Reply:
        length = next((at for at, token in enumerate(tokens) if token in ends), len(tokens))
        cut = length == len(tokens)
        text = self._loaded.tokenizer.decode(tokens[:length], skip_special_tokens=True).strip()
        fault = "" if text else "the model said nothing"
        return Reply(text, cut, fault, prompt_tokens, min(length + 1, len(tokens)))

    def _inputs(self, messages: Sequence[Message]) -> Any:
        """Return the tensors of a batch, padded on the left, on the model's device."""
        loaded = self._loaded
        messages = [in_pieces(message, loaded.longest_sound) for message in messages]
        texts = [
            loaded.tokenizer.apply_chat_template(
                conversation(message),
                chat_template=loaded.processor.chat_template or loaded.tokenizer.chat_template,
                add_generation_prompt=True,
                tokenize=False,
            )
            for message in messages
        ]
        heard: dict[str, Any] = {}
        if any(message.pictures for message in messages):
            heard["images"] = [message.pictures for message in messages]
        if sounds := [sound for message in messages for sound in message.sounds]:
            heard |= {"audio": sounds, "sampling_rate": SAMPLE_RATE}
        inputs = loaded.processor(
            text=texts,
            **heard,
            padding=True,
            padding_side="left",
            add_special_tokens=False,
            return_tensors="pt",
        )
        return inputs.to(loaded.device, loaded.dtype)

    def _from_first_sight(self, inputs: Any) -> torch.Tensor:
        """Return 1 for the tokens from the first picture or sound on; [messages, tokens] float32.

        All tokens count where a message has neither.
        """
        import torch

        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        names = ("image_token_id", "audio_token_id")
        tokens = [getattr(self._loaded.processor, name, None) for name in names]
        seen = torch.isin(
            ids, torch.tensor([token for token in tokens if token is not None]).to(ids)
        )
        begun = seen.cumsum(1).bool() | ~seen.any(1, keepdim=True)
        counted: torch.Tensor = (begun & mask.bool()).float()
        return counted


def conversation(message: Message) -> list[dict[str, Any]]:
    """Return a message as chat templates read it; what is seen and heard goes beside it."""
    content: list[dict[str, str]] = []
    for part in message.parts:
        if isinstance(part, Picture):
            content.append({"type": "image"})
        elif isinstance(part, Sound):
            content.append({"type": "audio"})
        else:
            content.append({"type": "text", "text": f"{part}\n"})
    return [
        {"role": "system", "content": [{"type": "text", "text": message.system}]},
        {"role": "user", "content": content},
    ]


def in_pieces(message: Message, longest: int) -> Message:
    """Return a message whose sounds have at most `longest` samples each, at least half a second.

    Encoders of sound have a window, and would leave out what is behind its end.
    """
    parts: list[Part] = []
    for part in message.parts:
        if not isinstance(part, Sound):
            parts.append(part)
            continue
        for start in range(0, len(part.samples), longest):
            piece = part.samples[start : start + longest]
            short = SAMPLE_RATE // 2 - len(piece)
            parts.append(Sound(np.pad(piece, (0, short)) if short > 0 else piece))
    return Message(message.system, tuple(parts))


def _greedy(own: Any, max_tokens: int, repetition_penalty: float) -> Any:
    """Return how to generate: greedily, with the model's own end and padding tokens."""
    kind = require("transformers", "local").GenerationConfig
    end = own.eos_token_id
    first_end = end[0] if isinstance(end, list) else end
    return kind(
        do_sample=False,
        num_beams=1,
        max_new_tokens=max_tokens,
        repetition_penalty=repetition_penalty,
        bos_token_id=own.bos_token_id,
        eos_token_id=end,
        pad_token_id=first_end if own.pad_token_id is None else own.pad_token_id,
    )
