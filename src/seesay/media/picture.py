"""A decoded picture becomes an RGB array that is upright, has square pixels and is not too big."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.sidedata.sidedata import SideDataContainer, Type
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

UNSPECIFIED = 2
HD_LINES = 720


@dataclass(frozen=True)
class Orientation:
    """How the stored picture must be turned; one of eight.

    Attributes:
        swap: rows become columns.
        flip_x: then mirror left to right; `flip_y`: then top to bottom.
    """

    swap: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def mirrored(self) -> bool:
        """Say whether it takes more than a rotation."""
        return self.swap ^ self.flip_x ^ self.flip_y

    @property
    def rotation(self) -> int:
        """Return the degrees clockwise, after the mirroring where there is one."""
        if self.swap:
            return 90 if self.flip_x != self.mirrored else 270
        return 180 if self.flip_y else 0


def orientation_of(frame: av.VideoFrame) -> Orientation:
    """Read the display matrix of a frame; turns that are no multiple of 90 go to the nearest.

    A stored point (x, y) is shown at (a x + c y, b x + d y), as libavutil/display.h has it.
    """
    # PyAV's type stubs take the container of side data for a dictionary of fixed keys.
    matrix = cast(SideDataContainer, frame.side_data).get(Type.DISPLAYMATRIX)
    if matrix is None:
        return Orientation()
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(False, a < 0, d < 0)
    return Orientation(True, c < 0, b < 0)


def square_size(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """Return the size with square pixels; a side is only ever made shorter.

    An aspect within 1 % of square is taken as square, one beyond 8:1 as a fault in the file.
    """
    ratio = float(aspect or 1)
    if not 1 / 8 <= ratio <= 8 or abs(ratio - 1) <= 0.01:
        return width, height
    if ratio > 1:
        return width, max(1, round(height / ratio))
    return max(1, round(width * ratio)), height


def fitted_size(width: int, height: int, longest: int) -> tuple[int, int]:
    """Return the size scaled down so that its longer side is at most `longest`."""
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def stored_rgb(
    frame: av.VideoFrame, aspect: Fraction | None, longest: int, converter: VideoReformatter
) -> np.ndarray:
    """Return the picture as it is stored, scaled: [height, width, 3] uint8.

    Args:
        converter: may be used for any number of frames, by one thread at a time.
    """
    width, height = fitted_size(*square_size(frame.width, frame.height, aspect), longest)
    # Players take HD pictures that name no colour space as BT.709; swscale would take BT.601.
    hd = frame.colorspace == UNSPECIFIED and min(frame.width, frame.height) >= HD_LINES
    return converter.reformat(
        frame,
        format="rgb24",
        width=width,
        height=height,
        src_colorspace=Colorspace.ITU709 if hd else None,
        interpolation=Interpolation.AREA,
        threads=1,
    ).to_ndarray()


def upright(picture: np.ndarray, turn: Orientation) -> np.ndarray:
    """Turn a stored picture; returns a contiguous array."""
    if turn.swap:
        picture = picture.transpose(1, 0, 2)
    if turn.flip_x:
        picture = picture[:, ::-1]
    if turn.flip_y:
        picture = picture[::-1]
    return np.ascontiguousarray(picture)
