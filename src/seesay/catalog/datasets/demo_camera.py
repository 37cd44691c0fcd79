"""From one photograph to the frames of a clip: crop, camera move, colours, captions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from seesay.core.errors import SeesayError
from seesay.core.pip import pip_install
from seesay.core.plugins import require

Move = Literal["pan", "pan_back", "tilt", "zoom_in", "zoom_out", "shake", "turn", "pull", "cut"]
Grade = Literal["plain", "warm", "cold", "night", "faded", "vivid", "green", "sepia", "rose"]
Place = Literal["top", "middle", "bottom"]
Photo = Image.Image
Frames = Iterator[np.ndarray]

# How much finer than the frame the photograph is kept, so that zooming in stays sharp.
_FINER = 1.3
_WHITE = (255, 255, 255)


def _wobble(u: float, swings: float) -> float:
    return float(np.sin(2 * np.pi * swings * u) + 0.5 * np.sin(2 * np.pi * 1.7 * swings * u + 1))


# Where the camera is at u in [0, 1]: sideways and down in frame widths, zoom, degrees.
_MOVES: dict[Move, Callable[[float], tuple[float, float, float, float]]] = {
    "pan": lambda u: (0.5 * u - 0.25, 0.0, 1.35, 0.0),
    "pan_back": lambda u: (0.25 - 0.5 * u, 0.05 * u, 1.3, 0.0),
    "tilt": lambda u: (0.0, 0.45 * u - 0.22, 1.35, 0.0),
    "zoom_in": lambda u: (0.0, 0.0, 1.0 + 0.7 * u, 0.0),
    "zoom_out": lambda u: (0.0, 0.0, 1.7 - 0.7 * u, 0.0),
    "shake": lambda u: (0.02 * _wobble(u, 7), 0.02 * _wobble(u, 9), 1.3, 1.5 * _wobble(u, 5)),
    "turn": lambda u: (0.0, 0.0, 1.5, 24 * u - 12),
    "pull": lambda u: (0.0, 0.0, 2.2 - 1.2 * min(1.0, 2 * u) ** 2, 0.0),
    "cut": lambda u: (0.0, 0.0, 1.05 + 0.1 * u, 0.0) if u < 0.5 else (0.12, 0.1, 1.8, 0.0),
}

# Gamma, contrast, saturation, then the gain of red, green and blue.
_GRADES: dict[Grade, tuple[float, float, float, tuple[float, float, float]]] = {
    "plain": (1.0, 1.0, 1.0, (1.0, 1.0, 1.0)),
    "warm": (0.95, 1.05, 1.1, (1.12, 1.0, 0.82)),
    "cold": (1.0, 1.05, 0.9, (0.85, 0.98, 1.15)),
    "night": (1.5, 1.1, 0.7, (0.7, 0.8, 1.1)),
    "faded": (0.9, 0.7, 0.6, (1.05, 1.02, 1.0)),
    "vivid": (1.0, 1.25, 1.5, (1.0, 1.0, 1.0)),
    "green": (1.0, 1.1, 1.0, (0.75, 1.12, 0.6)),
    "sepia": (0.95, 0.95, 0.0, (1.1, 0.92, 0.68)),
    "rose": (0.9, 1.0, 0.8, (1.15, 0.88, 1.0)),
}


def photograph(name: str) -> Photo:
    """Open one of the photographs inside scikit-image's package, RGB; no network.

    Raises:
        SeesayError: scikit-image is not installed, or does not hold that photograph.
    """
    package = require("skimage", "demo")
    path = Path(str(package.__file__)).parent / "data" / name
    if not path.is_file():
        raise SeesayError(
            f"scikit-image does not hold the photograph '{name}'.",
            f"Install it again: {pip_install('--force-reinstall scikit-image')}",
        )
    with Image.open(path) as image:
        if image.mode != "RGBA":
            return image.convert("RGB")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")


def graded(image: Photo, grade: Grade) -> Photo:
    """Return the photograph in other colours."""
    gamma, contrast, saturation, gain = _GRADES[grade]
    light = (np.asarray(image, np.float32) / 255) ** gamma
    grey = light.mean(axis=2, keepdims=True)
    light = (grey + saturation * (light - grey)) * np.asarray(gain, np.float32)
    light = (light - 0.5) * contrast + 0.5
    return Image.fromarray((np.clip(light, 0, 1) * 255).round().astype(np.uint8))


def shots(
    image: Photo,
    size: tuple[int, int],
    count: int,
    move: Move,
    focus: tuple[float, float] = (0.5, 0.5),
    captions: Sequence[Image.Image] = (),
) -> Iterator[np.ndarray]:
    """Yield `count` frames, uint8 [height, width, 3], of a camera that moves over a photograph.

    Args:
        size: width and height of a frame in pixels; the photograph always covers it.
        focus: the point of the photograph, in [0, 1], round which the camera moves.
        captions: overlays from `caption`, each shown for an equal part of the clip.
    """
    cover = _FINER * max(size[0] / image.width, size[1] / image.height)
    fine = image.resize(
        (round(image.width * cover), round(image.height * cover)), Image.Resampling.LANCZOS
    )
    for number in range(count):
        u = number / max(1, count - 1)
        frame = _seen(fine, size, _MOVES[move](u), focus)
        if captions:
            overlay = captions[min(len(captions) - 1, int(u * len(captions)))]
            frame.paste(overlay, (0, 0), overlay)
        yield np.asarray(frame)


def _seen(
    photo: Photo,
    size: tuple[int, int],
    camera: tuple[float, float, float, float],
    focus: tuple[float, float],
) -> Photo:
    """Return what the camera sees; it comes nearer where it would look past the photo's edge."""
    across, down, zoom, degrees = camera
    turn = np.deg2rad(degrees)
    cos, sin = float(np.cos(turn)), float(np.sin(turn))
    reach_x = size[0] * abs(cos) + size[1] * abs(sin)
    reach_y = size[0] * abs(sin) + size[1] * abs(cos)
    scale = min(_FINER / zoom, (photo.width - 1) / reach_x, (photo.height - 1) / reach_y)
    half_x, half_y = reach_x * scale / 2, reach_y * scale / 2
    x = focus[0] * photo.width + across * size[0] * scale
    y = focus[1] * photo.height + down * size[1] * scale
    x = min(max(x, half_x), photo.width - half_x)
    y = min(max(y, half_y), photo.height - half_y)
    if not degrees:
        # Pillow's resize is three times as fast as its affine map.
        box = (x - half_x, y - half_y, x + half_x, y + half_y)
        return photo.resize(size, Image.Resampling.BILINEAR, box)
    a, b, d, e = scale * cos, -scale * sin, scale * sin, scale * cos
    c = x - a * size[0] / 2 - b * size[1] / 2
    f = y - d * size[0] / 2 - e * size[1] / 2
    return photo.transform(
        size, Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR
    )


def caption(
    text: str, size: tuple[int, int], place: Place = "bottom", boxed: bool = False
) -> Image.Image:
    """Return a see-through RGBA image of a frame's size with a caption, broken into lines.

    White letters with a black edge, or black letters on a white box; drawn with Pillow's own
    font, so that no font has to be installed.
    """
    overlay = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(overlay)
    font = ImageFont.load_default(max(24, round(min(size) / 10.5)))
    edge = 0 if boxed else 3
    lines = _lines(draw, text, font, 0.88 * size[0])
    box = draw.multiline_textbbox((0, 0), lines, font=font, align="center", stroke_width=edge)
    width, height = box[2] - box[0], box[3] - box[1]
    part = {"top": 0.12, "middle": 0.5, "bottom": 0.86}[place]
    left = (size[0] - width) / 2
    top = min(max(part * size[1] - height / 2, 12), size[1] - height - 12)
    if boxed:
        draw.rounded_rectangle(
            (left - 10, top - 8, left + width + 10, top + height + 8), 8, (*_WHITE, 255)
        )
    draw.multiline_text(
        (left - box[0], top - box[1]),
        lines,
        font=font,
        align="center",
        fill=(0, 0, 0, 255) if boxed else (*_WHITE, 255),
        stroke_width=edge,
        stroke_fill=(0, 0, 0, 255),
    )
    return overlay


def _lines(
    draw: ImageDraw.ImageDraw,
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    room: float,
) -> str:
    """Break a text into as few lines as fit, and these into lines about as long as each other."""
    fewest = _filled(draw, text, font, room)
    narrower = (_filled(draw, text, font, room * part) for part in (0.5, 0.6, 0.7, 0.8, 0.9))
    even = (lines for lines in narrower if len(lines) == len(fewest))
    return "\n".join(next(even, fewest))


def _filled(
    draw: ImageDraw.ImageDraw,
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    room: float,
) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font=font) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
