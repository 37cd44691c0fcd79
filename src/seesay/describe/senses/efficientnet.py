"""EfficientNet-Lite0: the smallest classifier whose weights pip brings, as a torch module.

Tan and Le, "EfficientNet" (arXiv 1905.11946), in its Lite form: no squeeze-and-excitation, ReLU6,
and TensorFlow's "same" padding. This module imports torch; import it where it is used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seesay.core.weights import efficientnet_file

SIDE = 224
CROP = SIDE / (SIDE + 32)
WIDTH = 1280
CLASSES = 1000
# (blocks, kernel, first stride, expansion, channels in, channels out)
STAGES = (
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)


class SameConv(nn.Conv2d):
    """A convolution without bias that pads as TensorFlow does: the odd pixel goes last."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__(inside, outside, kernel, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, inside, h, w] to [n, outside, ceil(h / stride), ceil(w / stride)]."""
        pads: list[int] = []
        for size, kernel, stride in zip(
            reversed(x.shape[-2:]), self.kernel_size, self.stride, strict=True
        ):
            missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [missing // 2, missing - missing // 2]
        padded: Tensor = super().forward(functional.pad(x, pads) if any(pads) else x)
        return padded


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class Block(nn.Module):
    """An inverted residual: widen, filter each channel, narrow, and add what came in."""

    def __init__(self, kernel: int, stride: int, expansion: int, inside: int, outside: int) -> None:
        super().__init__()
        wide = inside * expansion
        if expansion != 1:
            self._expand_conv = SameConv(inside, wide, 1)
            self._bn0 = _norm(wide)
        self._depthwise_conv = SameConv(wide, wide, kernel, stride, groups=wide)
        self._bn1 = _norm(wide)
        self._project_conv = SameConv(wide, outside, 1)
        self._bn2 = _norm(outside)
        self.expands = expansion != 1
        self.adds = stride == 1 and inside == outside

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, inside, h, w] to [n, outside, h / stride, w / stride]."""
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        out: Tensor = x + y if self.adds else y
        return out


class EfficientNetLite0(nn.Module):
    """The network; its parameters carry the names that the published file gives them."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, 32, 3, 2)
        self._bn0 = _norm(32)
        self._blocks = nn.ModuleList(
            Block(kernel, stride if first else 1, expansion, inside if first else outside, outside)
            for blocks, kernel, stride, expansion, inside, outside in STAGES
            for first in (number == 0 for number in range(blocks))
        )
        self._conv_head = SameConv(320, WIDTH, 1)
        self._bn1 = _norm(WIDTH)
        self._fc = nn.Linear(WIDTH, CLASSES)

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Map [n, 3, 224, 224] to the penultimate layer [n, 1280] and the logits [n, 1000]."""
        x = functional.relu6(self._bn0(self._conv_stem(batch)))
        for block in self._blocks:
            x = block(x)
        x = functional.relu6(self._bn1(self._conv_head(x)))
        penultimate = x.mean(dim=(2, 3))
        return penultimate, self._fc(penultimate)


def load() -> EfficientNetLite0:
    """Return the trained network, ready to be read from.

    Raises:
        SeesayError: the weights are not there or not the published ones.
    """
    model = EfficientNetLite0()
    model.load_state_dict(torch.load(efficientnet_file(), weights_only=True))
    # Depthwise convolutions are faster where the channels of a pixel lie side by side.
    for parameter in model.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return model.eval().requires_grad_(False)


def preprocess(frames: Sequence[np.ndarray], whole: bool = False) -> Tensor:
    """Turn RGB uint8 frames [h, w, 3] of any size into [n, 3, 224, 224].

    Takes the middle square, as the net was trained, or the whole frame squeezed into a square.
    """
    prepared = [_prepared(frame if whole else _middle(frame)) for frame in frames]
    batch = torch.stack(prepared) if prepared else torch.empty(0, 3, SIDE, SIDE)
    return batch.to(memory_format=torch.channels_last)


def _middle(frame: np.ndarray) -> np.ndarray:
    height, width = frame.shape[:2]
    side = max(1, round(min(height, width) * CROP))
    top, left = (height - side) // 2, (width - side) // 2
    return frame[top : top + side, left : left + side]


def _prepared(picture: np.ndarray) -> Tensor:
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float()
    small = functional.interpolate(
        pixels, size=(SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False
    )
    return (small[0].clamp(0, 255) - 127.5) / 127.5


def features(model: EfficientNetLite0, batch: Tensor) -> tuple[Tensor, Tensor]:
    """Return the penultimate layer [n, 1280] and the logits [n, 1000] of preprocessed frames."""
    # Frame by frame the layers' outputs stay in the cache: half the time of one batch on 1 core.
    with torch.inference_mode():
        pairs = [model(batch[i : i + 1]) for i in range(len(batch))]
    if not pairs:
        return torch.empty(0, WIDTH), torch.empty(0, CLASSES)
    penultimate, logits = zip(*pairs, strict=True)
    return torch.cat(penultimate), torch.cat(logits)
