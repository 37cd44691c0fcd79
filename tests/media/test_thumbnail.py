"""Small pictures of real files."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from seesay.media.thumbnail import Thumbnails


def test_a_jpeg_with_its_longer_side_as_asked(
    tmp_path: Path, make_clip: Callable[..., Path]
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1, size=(160, 120))
    with Thumbnails(pixels=80) as thumbnails:
        picture = Image.open(io.BytesIO(thumbnails.of(clip)))
    assert (picture.format, picture.size) == ("JPEG", (80, 60))


def test_nothing_where_there_is_no_picture(tmp_path: Path, make_clip: Callable[..., Path]) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1)
    shutil.copy(clip, tmp_path / "segfault.mp4")
    (tmp_path / "text.mp4").write_text("no video")
    with Thumbnails(worker="crashing_worker") as thumbnails:
        for name in ("text.mp4", "absent.mp4", "segfault.mp4"):
            assert thumbnails.of(tmp_path / name) == b""
        assert thumbnails.of(None) == b""
        assert thumbnails.of(str(clip))
