"""16 frames of one video by OpenCV and by decord, in an environment of their own.

Arguments: the video, a file of frame numbers (JSON), a folder for one .npy a reader, repeats.
Prints one JSON object: of each reader the median seconds, and those of the processors.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import decord
import numpy as np


def by_grabbing(video: str, wanted: list[int]) -> np.ndarray:
    """Decode on from the start with OpenCV, converting only what is wanted."""
    capture, frames, place = cv2.VideoCapture(video), [], 0
    for number in wanted:
        while place < number:
            capture.grab()
            place += 1
        frames.append(cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB))
        place += 1
    return np.stack(frames)


def by_seeking(video: str, wanted: list[int]) -> np.ndarray:
    """Have OpenCV go to each frame."""
    capture, frames = cv2.VideoCapture(video), []
    for number in wanted:
        capture.set(cv2.CAP_PROP_POS_FRAMES, number)
        frames.append(cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB))
    return np.stack(frames)


def by_decord(video: str, wanted: list[int]) -> np.ndarray:
    """Ask decord for all of them at once."""
    frames: np.ndarray = decord.VideoReader(video).get_batch(wanted).asnumpy()
    return frames


READERS: dict[str, Callable[[str, list[int]], np.ndarray]] = {
    "OpenCV, decoding on": by_grabbing,
    "OpenCV, seeking": by_seeking,
    "decord": by_decord,
}


def main() -> None:
    video, numbers, folder, repeats = sys.argv[1:]
    wanted = json.loads(Path(numbers).read_text("utf-8"))
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in READERS}
    for _ in range(int(repeats)):
        for name, read in READERS.items():
            start, cpu = time.perf_counter(), time.process_time()
            frames = read(video, wanted)
            costs[name].append((time.perf_counter() - start, time.process_time() - cpu))
            np.save(Path(folder) / f"{name}.npy", frames)
    medians = {
        name: [median(column) for column in zip(*each, strict=True)] for name, each in costs.items()
    }
    print(json.dumps(medians))


if __name__ == "__main__":
    main()
