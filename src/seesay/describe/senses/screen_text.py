"""The text that can be read on the frames, by RapidOCR (PP-OCR), merged over time.

Finding where text is costs little and reading it costs much, so a line that stays where it was and
looks as it did is read once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np

from seesay.core.plugins import require

PATCH = (12, 64)
SAME_PLACE = 0.6
SAME_LOOK = 0.8
SAME_WORDS = 0.8
SAME_FRAME = 2.0


@dataclass(frozen=True)
class ScreenText:
    """One line of text, and the seconds of the first and the last frame where it was read.

    Attributes:
        size: height of its letters over the height of the frame.
    """

    text: str
    confidence: float
    size: float
    start: float
    end: float


@dataclass(frozen=True)
class _Line:
    """A line found on one frame: its box in pixels, how it looks, and what it says."""

    box: tuple[float, float, float, float]
    look: np.ndarray
    text: str
    confidence: float


class ScreenReader:
    """Reads frames; loads RapidOCR's models when it is built.

    Args:
        threads: how many the models may use.
        confidence: lines of which the recogniser is less sure are dropped.
        most_lines: how many lines of a frame are read, the tallest first.

    Raises:
        SeesayError: rapidocr is not installed.
    """

    def __init__(self, threads: int, confidence: float, most_lines: int) -> None:
        self.confidence = confidence
        self.most_lines = most_lines
        self._engine = require("rapidocr", "embedded").RapidOCR(
            params={
                "Global.use_cls": False,
                "Global.log_level": "critical",
                "Det.limit_type": "max",
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def read(self, frames: Sequence[np.ndarray], times: Sequence[float]) -> list[ScreenText]:
        """Return the distinct lines of RGB frames in the order in which they appear."""
        texts: list[ScreenText] = []
        lines: list[_Line] = []
        last: np.ndarray | None = None
        for frame, time in zip(frames, times, strict=True):
            if last is None or not _same_picture(last, frame):
                lines = self._lines(frame, lines)
                last = frame
            readable = [line for line in lines if _worth_keeping(line, self.confidence)]
            for line in _paragraphs(readable):
                size = _thickness(line.box) / frame.shape[0]
                _merge(texts, ScreenText(line.text, line.confidence, size, time, time))
        return texts

    def _lines(self, frame: np.ndarray, known: list[_Line]) -> list[_Line]:
        picture = np.ascontiguousarray(frame[..., ::-1])
        found = self._engine(picture, use_det=True, use_cls=False, use_rec=False)
        boxes = [] if found.boxes is None else list(found.boxes)
        tallest = sorted(boxes, key=_height, reverse=True)[: self.most_lines]
        in_order = sorted(tallest, key=lambda box: (round(box[:, 1].min() / 12), box[:, 0].min()))
        return [self._line(picture, box, known) for box in in_order]

    def _line(self, picture: np.ndarray, corners: np.ndarray, known: list[_Line]) -> _Line:
        box = (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())
        crop = _cut_out(picture, corners)
        look = _look(crop)
        for line in known:
            if (
                _overlap(box, line.box) > SAME_PLACE
                and float((look * line.look).mean()) > SAME_LOOK
            ):
                return replace(line, box=box, look=look)
        read = self._engine(crop, use_det=False, use_cls=False, use_rec=True)
        text = "" if not read.txts else str(read.txts[0]).strip()
        return _Line(box, look, text, float(read.scores[0]) if text else 0.0)


def _cut_out(picture: np.ndarray, corners: np.ndarray) -> np.ndarray:
    from rapidocr.utils.process_img import get_rotate_crop_image

    crop: np.ndarray = get_rotate_crop_image(picture, corners.astype(np.float32))
    return crop


def _look(crop: np.ndarray) -> np.ndarray:
    import cv2

    grey = cv2.resize(crop, (PATCH[1], PATCH[0]), interpolation=cv2.INTER_AREA).mean(axis=2)
    look: np.ndarray = (grey - grey.mean()) / max(float(grey.std()), 1e-6)
    return look


def _height(corners: np.ndarray) -> float:
    return float(np.linalg.norm(corners[3] - corners[0]))


def _overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the shared area of two boxes (left, top, right, bottom) over that of their union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (_area(one) + _area(other) - width * height)


def _thickness(box: Sequence[float]) -> float:
    return min(box[2] - box[0], box[3] - box[1])


def _area(box: Sequence[float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _same_picture(one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether nothing has changed, by the mean difference over blocks of the frame."""
    if one.shape != other.shape:
        return False
    change = np.abs(one[::2, ::2].astype(np.int16) - other[::2, ::2]).mean(axis=2)
    rows = np.array_split(change, min(8, len(change)))
    blocks = [part.mean() for row in rows for part in np.array_split(row, min(8, row.shape[1]), 1)]
    return bool(max(blocks) < SAME_FRAME)


def _worth_keeping(line: _Line, least: float) -> bool:
    """Drop what the recogniser doubts, and scraps without two letters, such as game scores."""
    letters = sum(character.isalpha() for character in line.text)
    return letters >= 2 and line.confidence >= (least if letters > 3 else (1 + least) / 2)


def _paragraphs(lines: list[_Line]) -> list[_Line]:
    """Join each line with the one right above it, where they are as tall and share a column."""
    joined: list[_Line] = []
    bottoms: list[_Line] = []
    for line in sorted(lines, key=lambda line: line.box[1]):
        for place, above in enumerate(bottoms):
            if _continues(above.box, line.box):
                known = joined[place]
                text = f"{known.text} {line.text}"
                sure = min(known.confidence, line.confidence)
                joined[place] = replace(known, text=text, confidence=sure)
                bottoms[place] = line
                break
        else:
            joined.append(line)
            bottoms.append(line)
    return joined


def _continues(above: Sequence[float], below: Sequence[float]) -> bool:
    heights = sorted((above[3] - above[1], below[3] - below[1]))
    shared = min(above[2], below[2]) - max(above[0], below[0])
    narrower = min(above[2] - above[0], below[2] - below[0])
    gap = below[1] - above[3]
    return (
        heights[1] < 1.5 * heights[0]
        and shared > 0.5 * narrower
        and -0.6 * heights[0] < gap < 0.6 * heights[0]
        and heights[1] < narrower
    )


def _merge(texts: list[ScreenText], new: ScreenText) -> None:
    """Add a line, or widen the one that it repeats and keep the better reading of the two."""
    for place, old in enumerate(texts):
        if not _same_words(old.text, new.text):
            continue
        better = new if _quality(new) > _quality(old) else old
        texts[place] = replace(better, start=min(old.start, new.start), end=max(old.end, new.end))
        return
    texts.append(new)


def _quality(text: ScreenText) -> tuple[int, float]:
    return len(text.text), text.confidence


def _same_words(one: str, other: str) -> bool:
    """Tell whether two readings are one line: nearly equal, or one a piece of the other."""
    first, second = (re.sub(r"\W+", "", text).casefold() for text in (one, other))
    if first in second or second in first:
        return True
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= SAME_WORDS
