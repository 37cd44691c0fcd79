"""Small pictures of real files."""

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from seesay.media.thumbnail import thumbnail


def test_a_jpeg_with_its_longer_side_as_asked(
    tmp_path: Path, make_clip: Callable[..., Path]
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1, size=(160, 120))
    picture = Image.open(io.BytesIO(thumbnail(clip, pixels=80)))
    assert (picture.format, picture.size) == ("JPEG", (80, 60))


def test_nothing_where_there_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    assert thumbnail(tmp_path / "text.mp4") == b""
    assert thumbnail(tmp_path / "absent.mp4") == b""
    assert thumbnail(None) == b""
