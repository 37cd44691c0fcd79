"""Real multimodal architectures with small random weights, saved as their makers save them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

SPECIALS = (
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<|AUDIO|>",
    "<|audio_bos|>",
    "<|audio_eos|>",
    "<image>",
    "<fake_token_around_image>",
    "<global-img>",
    "<end_of_utterance>",
)
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}IMAGE{% elif part['type'] == 'audio' %}AUDIO"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
IMAGE = "<|vision_start|><|image_pad|><|vision_end|>"
AUDIO = "<|audio_bos|><|AUDIO|><|audio_eos|>"
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "initializer_range": 0.6,
}
AUDIO_ENCODER = {
    "num_mel_bins": 32,
    "encoder_layers": 2,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 48,
    "d_model": 32,
}


def tokenizer(image: str = IMAGE, **names: str) -> Any:
    """Return a tokenizer of single bytes and the marks of all the models."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytes_alone = Tokenizer(models.BPE({letter: at for at, letter in enumerate(alphabet)}, []))
    bytes_alone.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_alone.decoder = decoders.ByteLevel()
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=bytes_alone,
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        **({"extra_special_tokens": names} if names else {}),
    )
    made.add_tokens(list(SPECIALS), special_tokens=True)
    made.chat_template = TEMPLATE.replace("IMAGE", image).replace("AUDIO", AUDIO)
    return made


def save(folder: Path, model: Any, words: Any, processor: dict[str, Any]) -> Path:
    """Write a folder as the hub has them: weights, configuration, tokenizer, preprocessor."""
    end = words.convert_tokens_to_ids("<|im_end|>")
    model.generation_config = transformers.GenerationConfig(eos_token_id=end, pad_token_id=end)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(processor), "utf-8")
    return folder


def qwen2_5_vl(folder: Path) -> Path:
    torch.manual_seed(0)
    words = tokenizer()
    ids = words.convert_tokens_to_ids
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            **TEXT,
            "vocab_size": len(words),
            "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2]},
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 32,
            "fullatt_block_indexes": [1],
        },
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
    )
    model = transformers.Qwen2_5_VLForConditionalGeneration(config)
    pictures = {
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2_5_VLProcessor",
        "min_pixels": 56 * 56,
        "max_pixels": 28 * 28 * 1280,
    }
    return save(folder, model, words, pictures)


def qwen3_vl(folder: Path) -> Path:
    torch.manual_seed(0)
    words = tokenizer()
    ids = words.convert_tokens_to_ids
    config = transformers.Qwen3VLConfig(
        text_config={
            **TEXT,
            "vocab_size": len(words),
            "head_dim": 8,
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": [1, 1, 2],
                "mrope_interleaved": True,
            },
        },
        vision_config={
            "depth": 3,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 32,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0, 1],
        },
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
    )
    pictures = {
        "image_processor_type": "Qwen2VLImageProcessorFast",
        "processor_class": "Qwen3VLProcessor",
        "size": {"shortest_edge": 65536, "longest_edge": 16777216},
        "patch_size": 16,
    }
    return save(folder, transformers.Qwen3VLForConditionalGeneration(config), words, pictures)


def smolvlm(folder: Path) -> Path:
    torch.manual_seed(0)
    words = tokenizer(image="<image>")
    config = transformers.SmolVLMConfig(
        text_config={**TEXT, "model_type": "llama", "vocab_size": len(words)},
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 64,
            "patch_size": 8,
        },
        scale_factor=2,
        image_token_id=words.convert_tokens_to_ids("<image>"),
        pad_token_id=words.pad_token_id,
    )
    pictures = {
        "image_processor_type": "SmolVLMImageProcessor",
        "processor_class": "SmolVLMProcessor",
        "size": {"longest_edge": 256},
        "max_image_size": {"longest_edge": 64},
    }
    made = save(folder, transformers.SmolVLMForConditionalGeneration(config), words, pictures)
    processor = {"processor_class": "SmolVLMProcessor", "image_seq_len": 16}
    (made / "processor_config.json").write_text(json.dumps(processor), "utf-8")
    return made


def qwen2_audio(folder: Path) -> Path:
    torch.manual_seed(0)
    words = tokenizer()
    config = transformers.Qwen2AudioConfig(
        audio_config=AUDIO_ENCODER,
        text_config={**TEXT, "model_type": "qwen2", "vocab_size": len(words)},
        audio_token_index=words.convert_tokens_to_ids("<|AUDIO|>"),
    )
    sounds = {
        "feature_extractor_type": "WhisperFeatureExtractor",
        "processor_class": "Qwen2AudioProcessor",
        "feature_size": 32,
    }
    return save(folder, transformers.Qwen2AudioForConditionalGeneration(config), words, sounds)


def qwen2_5_omni(folder: Path) -> Path:
    torch.manual_seed(0)
    marks = {
        "image_token": "<|image_pad|>",
        "video_token": "<|video_pad|>",
        "audio_token": "<|AUDIO|>",
        "vision_bos_token": "<|vision_start|>",
        "vision_eos_token": "<|vision_end|>",
        "audio_bos_token": "<|audio_bos|>",
        "audio_eos_token": "<|audio_eos|>",
    }
    words = tokenizer(**marks)
    ids = words.convert_tokens_to_ids
    thinker = transformers.Qwen2_5OmniThinkerConfig(
        audio_config={**AUDIO_ENCODER, "output_dim": 32, "n_window": 100},
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 32,
            "fullatt_block_indexes": [1],
        },
        text_config={
            **TEXT,
            "vocab_size": len(words),
            "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2]},
        },
        image_token_index=ids("<|image_pad|>"),
        video_token_index=ids("<|video_pad|>"),
        audio_token_index=ids("<|AUDIO|>"),
        audio_start_token_id=ids("<|audio_bos|>"),
        audio_end_token_id=ids("<|audio_eos|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
    )
    preprocessor = {
        "image_processor_type": "Qwen2VLImageProcessor",
        "feature_extractor_type": "WhisperFeatureExtractor",
        "processor_class": "Qwen2_5OmniProcessor",
        "min_pixels": 56 * 56,
        "max_pixels": 28 * 28 * 1280,
        "feature_size": 32,
        "chunk_length": 10,
    }
    half = transformers.Qwen2_5OmniThinkerForConditionalGeneration(thinker)
    made = save(folder, half, words, preprocessor)
    config = transformers.Qwen2_5OmniConfig(thinker_config=thinker.to_dict())
    config.architectures = ["Qwen2_5OmniForConditionalGeneration"]
    config.save_pretrained(made)
    path = made / "model.safetensors"
    weights = {f"thinker.{name}": value for name, value in load_file(path).items()}
    save_file(weights, path, {"format": "pt"})
    return made
