"""Writes eyes and ears of random weights for a text model, in the form that llama.cpp loads.

What such a model says about a picture or a sound is nonsense; how pictures and sounds reach it is
not. The architectures are the smallest that llama.cpp has for each: a SigLIP encoder with the
projector of Janus-Pro (16 tokens a picture) and a Whisper encoder with the projector of Ultravox
(47 tokens for 30 s of sound), each of one layer.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

WIDTH = 64
HEADS = 2
PATCH = 16
IMAGE = 64
MELS = 80
WHISPER_FRAMES = 1500
STACK = 32


def write_projector(path: Path, model: Path, source: Path, seed: int = 0) -> None:
    """Write the projector for a text model.

    Args:
        model: the GGUF of the text model; its width is that of the projector's output.
        source: llama.cpp's own folder, whose package `gguf` is used.
    """
    sys.path.insert(0, str(source / "gguf-py"))
    import gguf

    fields = gguf.GGUFReader(model).fields
    architecture = fields["general.architecture"].contents()
    out = int(fields[f"{architecture}.embedding_length"].contents())
    part = path.with_suffix(".part")
    writer = gguf.GGUFWriter(part, "clip")
    writer.add_name("random weights")
    _add_settings(writer, out)
    for name, values in _weights(np.random.default_rng(seed), out).items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(part, path)


def _add_settings(writer: Any, out: int) -> None:
    for modality, projector in (("vision", "janus_pro"), ("audio", "ultravox")):
        key = f"clip.{modality}"
        writer.add_bool(f"clip.has_{modality}_encoder", True)
        writer.add_string(f"{key}.projector_type", projector)
        writer.add_uint32(f"{key}.embedding_length", WIDTH)
        writer.add_uint32(f"{key}.feed_forward_length", 2 * WIDTH)
        writer.add_uint32(f"{key}.block_count", 1)
        writer.add_uint32(f"{key}.attention.head_count", HEADS)
        writer.add_uint32(f"{key}.projection_dim", out)
        writer.add_float32(f"{key}.attention.layer_norm_epsilon", 1e-5)
    writer.add_bool("clip.use_gelu", True)
    writer.add_uint32("clip.vision.image_size", IMAGE)
    writer.add_uint32("clip.vision.patch_size", PATCH)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    writer.add_uint32("clip.audio.num_mel_bins", MELS)
    writer.add_uint32("clip.audio.projector.stack_factor", STACK)


def _weights(rng: np.random.Generator, out: int) -> dict[str, np.ndarray]:
    """Return every tensor by its name in llama.cpp; the last axis is the one multiplied with."""

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (rng.standard_normal((rows, columns)) / columns**0.5).astype(np.float32)

    def kernel(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) / np.prod(shape[1:]) ** 0.5).astype(np.float16)

    def zeros(*shape: int) -> np.ndarray:
        return np.zeros(shape, np.float32)

    patches = (IMAGE // PATCH) ** 2
    return {
        "v.patch_embd.weight": kernel(WIDTH, 3, PATCH, PATCH),
        "v.patch_embd.bias": zeros(WIDTH),
        "v.position_embd.weight": matrix(patches, WIDTH),
        **_layer("v", matrix),
        "mm.0.weight": matrix(WIDTH, WIDTH),
        "mm.0.bias": zeros(WIDTH),
        "mm.1.weight": matrix(out, WIDTH),
        "mm.1.bias": zeros(out),
        "a.conv1d.1.weight": kernel(WIDTH, MELS, 3),
        "a.conv1d.1.bias": zeros(WIDTH, 1),
        "a.conv1d.2.weight": kernel(WIDTH, WIDTH, 3),
        "a.conv1d.2.bias": zeros(WIDTH, 1),
        "a.position_embd.weight": matrix(WHISPER_FRAMES, WIDTH),
        **_layer("a", matrix),
        "mm.a.norm_pre.weight": zeros(STACK * WIDTH) + 1,
        "mm.a.mlp.1.weight": matrix(2 * WIDTH, STACK * WIDTH),
        "mm.a.norm_mid.weight": zeros(WIDTH) + 1,
        "mm.a.mlp.2.weight": matrix(out, WIDTH),
    }


def _layer(side: str, matrix: Any) -> dict[str, np.ndarray]:
    """Return the one layer of an encoder; the keys have no bias, as in Whisper."""
    ones, none = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)
    layer = {
        f"ln{number}.{part}": ones if part == "weight" else none
        for number in (1, 2)
        for part in ("weight", "bias")
    }
    for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
        layer[f"{name}.weight"] = matrix(WIDTH, WIDTH)
        if name != "attn_k":
            layer[f"{name}.bias"] = none
    layer["ffn_up.weight"] = matrix(2 * WIDTH, WIDTH)
    layer["ffn_up.bias"] = np.zeros(2 * WIDTH, np.float32)
    layer["ffn_down.weight"] = matrix(WIDTH, 2 * WIDTH)
    layer["ffn_down.bias"] = none
    return {f"{side}.blk.0.{name}": values for name, values in layer.items()}
