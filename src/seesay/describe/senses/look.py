"""How the frames look: light, colours, shape, and what changes from one to the next.

Everything is measured on the sampled frames alone, so a cut between two of them is only known to
lie somewhere between their seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DARK, BRIGHT = 0.22, 0.68
HUES = (
    (15, "red"),
    (40, "orange"),
    (68, "yellow"),
    (165, "green"),
    (195, "turquoise"),
    (255, "blue"),
    (290, "purple"),
    (335, "pink"),
    (360, "red"),
)
COLOURS = (
    "black", "grey", "white", "brown",
    "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink",
)  # fmt: skip
CUT_DISTANCE = 0.5
STILL, LIVELY = 0.012, 0.07


@dataclass(frozen=True)
class Look:
    """What was measured.

    Attributes:
        light: mean brightness in [0, 1]; `contrast`: its standard deviation.
        colours: names with their share of the picture, largest first, all above 12 %.
        colourless: hardly any pixel has a colour.
        cuts: (second before, second after) pairs between which the picture is another one.
        movement: mean change of a pixel in [0, 1] between frames that belong to one shot.
    """

    width: int
    height: int
    light: float
    contrast: float
    colours: tuple[tuple[str, float], ...]
    colourless: bool
    vivid: float
    cuts: tuple[tuple[float, float], ...]
    movement: float


def measure(frames: Sequence[np.ndarray], times: Sequence[float]) -> Look:
    """Measure RGB uint8 frames [h, w, 3], at least one, shown at `times` seconds."""
    small = [_shrunk(frame) for frame in frames]
    shares = [_colour_shares(picture) for picture in small]
    saturation = np.concatenate([_saturation(picture).ravel() for picture in small])
    grey = np.stack([_grey(picture) for picture in small])
    cuts, changes = [], []
    for i in range(1, len(small)):
        distance = float(np.abs(_histogram(small[i]) - _histogram(small[i - 1])).sum() / 2)
        change = float(np.abs(grey[i] - grey[i - 1]).mean())
        if distance > CUT_DISTANCE and change > LIVELY:
            cuts.append((times[i - 1], times[i]))
        else:
            changes.append(change)
    mean = np.mean(shares, axis=0)
    order = np.argsort(-mean, kind="stable")
    height, width = frames[0].shape[:2]
    return Look(
        width=width,
        height=height,
        light=float(grey.mean()),
        contrast=float(grey.std()),
        colours=tuple((COLOURS[i], float(mean[i])) for i in order if mean[i] > 0.12),
        colourless=float(np.quantile(saturation, 0.95)) < 0.12,
        vivid=float(saturation.mean()),
        cuts=tuple(cuts),
        movement=float(np.mean(changes)) if changes else 0.0,
    )


def _shrunk(frame: np.ndarray, side: int = 48) -> np.ndarray:
    """Return block means as floats in [0, 1], [side, side, 3]; a smaller frame repeats pixels."""
    height, width = frame.shape[:2]
    rows = np.linspace(0, height, side, endpoint=False).astype(int)
    columns = np.linspace(0, width, side, endpoint=False).astype(int)
    if height < side or width < side:
        repeated: np.ndarray = frame[rows][:, columns] / 255.0
        return repeated
    sums = np.add.reduceat(np.add.reduceat(frame.astype(np.float64), rows, 0), columns, 1)
    areas = np.outer(np.diff([*rows, height]), np.diff([*columns, width]))
    means: np.ndarray = sums / areas[..., None] / 255.0
    return means


def _grey(picture: np.ndarray) -> np.ndarray:
    grey: np.ndarray = picture @ np.array([0.299, 0.587, 0.114])
    return grey


def _saturation(picture: np.ndarray) -> np.ndarray:
    """Return the spread of the channels: unlike HSV's saturation it is small in the dark."""
    spread: np.ndarray = picture.max(axis=2) - picture.min(axis=2)
    return spread


def _hue(picture: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(picture, 2, 0)
    angle = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue)
    hue: np.ndarray = np.degrees(angle) % 360
    return hue


def _colour_shares(picture: np.ndarray) -> np.ndarray:
    """Return the share of the picture that each of `COLOURS` takes."""
    value, spread, hue = picture.max(axis=2), _saturation(picture), _hue(picture)
    names = np.select([hue < edge for edge, _ in HUES], [name for _, name in HUES], "red")
    brown = np.isin(names, ["red", "orange", "yellow"]) & (value < 0.6) & (spread < 0.45)
    names = np.where(brown, "brown", names)
    plain = spread < np.maximum(0.1, 0.18 * value)
    names = np.where(plain & (value >= 0.8), "white", np.where(plain, "grey", names))
    names = np.where(value < 0.18, "black", names)
    return np.array([(names == colour).mean() for colour in COLOURS])


def _histogram(picture: np.ndarray) -> np.ndarray:
    """Return a histogram of 4 x 4 x 4 colours that sums to 1."""
    bins = np.minimum((picture * 4).astype(int), 3) @ np.array([16, 4, 1])
    counts: np.ndarray = np.bincount(bins.ravel(), minlength=64) / bins.size
    return counts
