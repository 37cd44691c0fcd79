"""Loading a multimodal chat model of transformers from a folder: weights, processor, precision."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seesay.core.errors import SeesayError
from seesay.core.plugins import require
from seesay.describe.local.visual import Sight
from seesay.media.base import SAMPLE_RATE

OMNI = "qwen2_5_omni"
ONLY = {"local_files_only": True, "trust_remote_code": False}


@dataclass(frozen=True)
class Loaded:
    """A model that is ready, and what goes with it."""

    model: Any
    processor: Any
    device: Any
    dtype: Any
    sight: Sight

    @property
    def longest_sound(self) -> int:
        """The samples in the window of the sound's encoder."""
        listener = getattr(self.processor, "feature_extractor", None)
        return int(getattr(listener, "n_samples", 30 * SAMPLE_RATE))

    @property
    def tokenizer(self) -> Any:
        """The processor's tokenizer."""
        return self.processor.tokenizer


def load(folder: Path, device: str, dtype: str, *, sees: bool, hears: bool) -> Loaded:
    """Load the model in a folder.

    Args:
        device: empty for the best there is.
        dtype: as in the settings.
        sees: it must take pictures; so must it sound where it `hears`.

    Raises:
        SeesayError: it holds no model that transformers knows and that fits, the device is not
            there, or the precision does not go with it.
    """
    import torch

    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if dtype == "int8" and place.type != "cpu":
        raise SeesayError("int8 is for CPUs.", "Set dtype = bfloat16, or device = cpu.")
    automatic = "float32" if place.type == "cpu" else "bfloat16"
    name = {"auto": automatic, "int8": "float32"}.get(dtype, dtype)
    precision = getattr(torch, name)
    try:
        with _quiet():
            processor = load_processor(folder)
            _check_senses(processor, sees=sees, hears=hears)
            model = _model(folder, precision, sees=sees).to(place).eval()
            if dtype == "int8":
                model = _in_8_bits(model)
    except SeesayError:
        raise
    except Exception as error:
        # Whatever is wrong with the files, transformers has an error of its own for it.
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise SeesayError(
            f"The model in {folder} cannot be loaded ({reason}).",
            "Name a model with safetensors that "
            + ("sees, such as Qwen3-VL or SmolVLM2." if sees else "hears, such as Qwen2-Audio."),
        ) from error
    return Loaded(model, processor, place, precision, sight_of(processor))


def load_processor(folder: Path) -> Any:
    """Build the processor of the model in a folder.

    Frames come to it as pictures, so its part for whole video files is left out: AutoProcessor
    would want torchvision for that. Pictures are prepared by Pillow everywhere, so that words do
    not hang on which packages are there.
    """
    auto = require("transformers", "local")
    known = require("transformers.models.auto.processing_auto", "local").PROCESSOR_MAPPING
    config = auto.AutoConfig.from_pretrained(folder, **ONLY)
    if type(config) not in known:
        raise ValueError(f"a {config.model_type} neither sees nor hears")
    kind = _without_video(known[type(config)])
    parts: list[Any] = []
    for attribute in kind.get_attributes():
        if attribute == "video_processor":
            parts.append(None)
        elif attribute == "tokenizer":
            parts.append(auto.AutoTokenizer.from_pretrained(folder, **ONLY))
        elif attribute == "image_processor":
            parts.append(auto.AutoImageProcessor.from_pretrained(folder, backend="pil", **ONLY))
        else:
            parts.append(auto.AutoFeatureExtractor.from_pretrained(folder, **ONLY))
    values, _ = kind.get_processor_dict(folder, local_files_only=True)
    processor = kind.from_args_and_dict(parts, values)
    if hasattr(getattr(processor, "image_processor", None), "do_image_splitting"):
        # One tile a frame, as these models were trained to see videos; a picture would be many.
        processor.image_processor.do_image_splitting = False
    return processor


def sight_of(processor: Any) -> Sight:
    """Return what a picture costs by a processor's own count."""
    pictures = getattr(processor, "image_processor", None)
    if pictures is None:
        return Sight(lambda height, width: 0)
    merge = getattr(pictures, "merge_size", None)
    if merge is None:
        each = int(processor.image_seq_len)
        return Sight(lambda height, width: each)

    def tokens(height: int, width: int) -> int:
        return int(pictures.get_number_of_image_patches(height, width)) // int(merge) ** 2

    return Sight(tokens, int(pictures.patch_size * merge))


def _check_senses(processor: Any, *, sees: bool, hears: bool) -> None:
    if sees and not hasattr(processor, "image_processor"):
        raise ValueError("it does not see")
    if hears and not hasattr(processor, "feature_extractor"):
        raise ValueError("it does not hear")


def _model(folder: Path, precision: Any, *, sees: bool) -> Any:
    transformers = require("transformers", "local")
    config = transformers.AutoConfig.from_pretrained(folder, **ONLY)
    if config.model_type == OMNI:
        # The other half of an Omni speaks, which nobody listens to here.
        kind = transformers.Qwen2_5OmniThinkerForConditionalGeneration
    elif sees:
        kind = transformers.AutoModelForImageTextToText
    else:
        kind = transformers.AutoModelForMultimodalLM
    model, found = kind.from_pretrained(
        folder, **ONLY, use_safetensors=True, dtype=precision, output_loading_info=True
    )
    # Transformers would fill what is missing with noise, and only warn.
    lacking = sorted(map(str, [*found["missing_keys"], *found["mismatched_keys"]]))
    if lacking:
        raise ValueError(f"its weights lack {len(lacking)} tensors, such as {lacking[0]}")
    return model


def _in_8_bits(model: Any) -> Any:
    """Return the model with its linear layers in 8 bits, but for the one that gives the words."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        last = model.get_output_embeddings()
        layers = {
            name: torch.ao.quantization.default_dynamic_qconfig
            for name, module in model.named_modules()
            if isinstance(module, torch.nn.Linear) and module is not last
        }
        quantise: Any = torch.ao.quantization.quantize_dynamic
        return quantise(model, layers, dtype=torch.qint8)


def _without_video(kind: Any) -> Any:
    """Return a processor class that does without a part, where that is None."""

    class Processor(kind):  # type: ignore[misc]
        def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> Any:
            if argument is None:
                return None
            return super().check_argument_for_proper_class(argument_name, argument)

    return Processor


@contextmanager
def _quiet() -> Iterator[None]:
    theirs = require("transformers.utils.logging", "local")

    shown, level = theirs.is_progress_bar_enabled(), theirs.get_verbosity()
    theirs.disable_progress_bar()
    theirs.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        theirs.set_verbosity(level)
        if shown:
            theirs.enable_progress_bar()
