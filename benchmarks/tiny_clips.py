"""A workspace with many tiny clips that show the same and differ in their bytes."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from loopback import MODEL
from seesay.workspace import Workspace

PRICE = {"prompt": 2.0, "completion": 10.0}


def make_workspace(folder: Path, clips: int, url: str, **options: float) -> Workspace:
    """Make a workspace whose clips a server describes; the title of each is its ID."""
    files = folder / "clips"
    files.mkdir(parents=True)
    whole = _clip(folder / "first.mp4")
    rows = ["item_id,path,title"]
    for number in range(clips):
        name = f"clip-{number:06}"
        box = struct.pack(">I", 8 + len(name)) + b"free" + name.encode()
        (files / f"{name}.mp4").write_bytes(whole + box)
        rows.append(f"{name},clips/{name}.mp4,{name}")
    (folder / "table.csv").write_text("\n".join(rows))
    Workspace.create(folder)
    lines = [f"{name} = {value}" for name, value in options.items()]
    (folder / "seesay.toml").write_text(
        "\n".join(
            [
                '[defaults]\ndescriber = "openai"',
                f'[describers.openai]\nbase_url = "{url}"\nmodel = "{MODEL}"',
                *lines,
                f'[describers.openai.prices]\n"{MODEL}" = '
                f"{{ prompt = {PRICE['prompt']}, completion = {PRICE['completion']} }}",
            ]
        )
    )
    workspace = Workspace(folder)
    workspace.add_items(folder / "table.csv")
    return workspace


def _clip(path: Path) -> bytes:
    """Encode a second of a moving square, 64 x 48, without sound."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for step in range(5):
            picture = np.full((48, 64, 3), 40, np.uint8)
            picture[16:32, 8 * step : 8 * step + 16] = (250, 200, 30)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = step, Fraction(1, 5)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path.read_bytes()
