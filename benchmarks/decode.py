"""16 frames of a one-minute clip: ours against OpenCV and decord, in one run.

The clip is made on the spot (H.264, 960 x 540, 30 frames a second, x264's usual key frames). All
readers give the same frames, which is checked, in full size. They take turns, so that what else
keeps the machine busy is spread over all of them. `make peers` first.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import av
import numpy as np

from measuring import Cost, Row, arguments, clock, load, middle, report
from seesay.media.base import MediaSettings
from seesay.media.decode import decode

SECONDS, RATE, WIDTH, HEIGHT, COUNT = 60, 30, 960, 540, 16
PEER = Path(__file__).parents[1] / ".venvs" / "decode" / "bin" / "python"
SCRIPT = Path(__file__).parent / "peers" / "decode_frames.py"
# 1.5 times as many frames a second.
GOAL = 1 / 1.5
# Readers convert to RGB in ways that differ by a few steps of 255; another frame differs by more.
SAME = 3.0


def main() -> None:
    parser = arguments(__doc__, repeats=5)
    parser.add_argument("--key-span", type=int, default=250, help="frames between key frames")
    asked = parser.parse_args()
    if not PEER.exists():
        raise SystemExit("Not measured: the peers are not installed. Run: make peers")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = make_clip(folder / "clip.mp4", asked.key_span)
        busy = load()
        settings = MediaSettings(count=COUNT, frame_pixels=WIDTH)
        media = decode(clip, settings, sound=False)
        numbers = [round(second * RATE) for second in media.times]
        (folder / "numbers.json").write_text(json.dumps(numbers), "utf-8")
        command: list[str | Path] = [PEER, SCRIPT, clip, folder / "numbers.json", folder, "1"]
        costs: list[Cost] = []
        rounds: list[dict[str, list[float]]] = []
        for _ in range(asked.repeats):
            costs.append(clock(lambda: decode(clip, settings, sound=False))[0])
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            rounds.append(json.loads(done.stdout.splitlines()[-1]))
        ours = middle(costs)
        peers = {peer: middle([Cost(*each[peer]) for each in rounds]) for peer in rounds[0]}
        for peer in peers:
            check_same(np.stack(media.frames), np.load(folder / f"{peer}.npy"), peer)
    best = min(peers.values(), key=lambda cost: cost.seconds)
    figure = f"{COUNT} frames of a minute, key frames every {asked.key_span}"
    rows = []
    for name, cost in peers.items():
        goal = GOAL if cost is best else 1.0
        wall = Row(f"{figure}, seconds", ours.seconds, name, cost.seconds, busy, None, goal)
        rows += [wall, Row(f"{figure}, processors'", ours.cpu, name, cost.cpu, busy, None, goal)]
    report(rows, asked.json)


def make_clip(path: Path, key_span: int) -> Path:
    """Write a clip of a camera that moves over a photograph, with film grain."""
    from skimage import data, transform

    photograph = data.astronaut()
    large = (transform.resize(photograph, (1300, 1300)) * 255).astype(np.uint8)
    random = np.random.default_rng(0)
    grain = random.integers(-6, 7, (8, HEIGHT, WIDTH, 1), np.int16)
    with av.open(str(path), "w") as container:
        options = {"preset": "veryfast", "g": str(key_span)}
        stream = container.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(SECONDS * RATE):
            turn = 2 * np.pi * number / (20 * RATE)
            left = int(165 + 160 * np.cos(turn))
            top = int(375 + 360 * np.sin(1.7 * turn))
            view = large[top : top + HEIGHT, left : left + WIDTH] + grain[number % len(grain)]
            picture = np.clip(view, 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())
    return path


def check_same(ours: np.ndarray, theirs: np.ndarray, peer: str) -> None:
    difference = np.abs(ours.astype(np.int16) - theirs).mean(axis=(1, 2, 3))
    if difference.max() > SAME:
        raise SystemExit(f"{peer} gave other frames: they differ by {difference.round(1)}")


if __name__ == "__main__":
    main()
