import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter

from making import corners_of, number_of, numbered_picture
from seesay.media.base import MediaSettings
from seesay.media.decode import decode
from seesay.media.picture import fitted_size, square_size, stored_rgb

UPRIGHT = ["red", "green", "blue", "grey"]


def test_square_size_only_ever_shortens():
    assert square_size(720, 576, Fraction(64, 45)) == (720, 405)
    assert square_size(720, 480, Fraction(8, 9)) == (640, 480)
    assert square_size(320, 426, Fraction(639, 640)) == (320, 426)
    assert square_size(100, 50, None) == (100, 50)
    assert square_size(100, 50, Fraction(1, 1000)) == (100, 50)


def test_fitted_size_never_scales_up():
    assert fitted_size(1920, 1080, 640) == (640, 360)
    assert fitted_size(1080, 1920, 640) == (360, 640)
    assert fitted_size(161, 91, 640) == (161, 91)
    assert fitted_size(4000, 2, 640) == (640, 1)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_every_display_matrix_comes_out_upright(tmp_path, make_clip, rotation, mirrored):
    clip = make_clip(
        tmp_path / "turned.mp4",
        seconds=1,
        size=(192, 96),
        rotation=rotation,
        mirrored=mirrored,
        sound=False,
    )
    media = decode(clip, MediaSettings(count=2))
    assert media.manifest.rotation == rotation
    assert (media.manifest.width, media.manifest.height) == (192, 96)
    for frame, number in zip(media.frames, (2, 7), strict=True):
        assert frame.shape == (96, 192, 3)
        assert corners_of(frame) == UPRIGHT
        assert number_of(frame) == number


def test_a_phone_held_upright_by_the_bytes_of_its_track_header(tmp_path, make_clip):
    """A phone stores (0, 1, -1, 0) for a portrait film: the picture is to be turned clockwise."""
    upright = numbered_picture(5, (96, 192))
    lying = np.rot90(upright)
    plain = make_clip(tmp_path / "plain.mp4", 1, (192, 96), pictures=[lying], sound=False)
    content = bytearray(plain.read_bytes())
    matrix = content.index(b"tkhd") + 44
    identity = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    assert content[matrix : matrix + 36] == identity
    content[matrix : matrix + 36] = struct.pack(
        ">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 96 << 16, 0, 1 << 30
    )
    phone = tmp_path / "phone.mp4"
    phone.write_bytes(content)
    media = decode(phone, MediaSettings(count=1))
    assert media.manifest.rotation == 90
    assert (media.manifest.width, media.manifest.height) == (96, 192)
    assert corners_of(media.frames[0]) == UPRIGHT
    assert number_of(media.frames[0]) == 5


def test_hd_without_a_colour_space_is_taken_as_bt709():
    pure = np.zeros((720, 1280, 3), np.uint8)
    pure[..., 1] = 180
    frame = av.VideoFrame.from_ndarray(pure, format="rgb24")
    stored = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
    stored.colorspace = 2
    seen = stored_rgb(stored, None, 64, VideoReformatter())
    assert np.abs(seen[18, 32].astype(int) - (0, 180, 0)).max() <= 4
