from functools import partial

import av
import numpy as np
import pytest

from making import number_of
from seesay.media import shots
from seesay.media.base import Deadline, MediaError, MediaSettings
from seesay.media.picture import Orientation
from seesay.media.shots import Film, in_pieces, take
from seesay.media.survey import survey, video_stream

FPS, GOP, SECONDS = 10, 30, 24
SETTINGS = MediaSettings(frame_pixels=64)


@pytest.fixture(autouse=True)
def several_processors(monkeypatch):
    monkeypatch.setattr(shots, "MOST_THREADS", 3)


@pytest.fixture(scope="module")
def clip(tmp_path_factory, make_clip):
    path = tmp_path_factory.mktemp("shots") / "clip.mp4"
    return make_clip(path, SECONDS, (96, 64), FPS, gop=GOP, sound=False)


@pytest.fixture
def film(clip):
    yield from opened(clip, SETTINGS, Deadline(60))


def opened(clip, settings, deadline):
    with av.open(str(clip)) as container:
        video = video_stream(container)
        timeline = survey(container, video, clip.stat().st_size, deadline)
        yield Film(container, video, timeline, settings, deadline, partial(av.open, str(clip)))


def test_pieces_begin_where_a_key_frame_lies_between(film):
    assert in_pieces(film, [1.0, 2.0, 4.0, 5.0, 13.0, 23.0]) == [
        [1.0, 2.0],
        [4.0, 5.0],
        [13.0],
        [23.0],
    ]
    assert in_pieces(film, [23.0]) == [[23.0]]


def test_short_pieces_are_put_together(tmp_path, make_clip):
    clip = make_clip(tmp_path / "keys.mp4", 6, (96, 64), FPS, gop=1, sound=False)
    for film in opened(clip, SETTINGS, Deadline(60)):
        pieces = in_pieces(film, [number / FPS for number in range(60)])
    assert [len(piece) for piece in pieces] == [20, 20, 20]


def test_side_by_side_gives_the_same_as_one_after_the_other(clip, film, monkeypatch):
    targets = [(number + 0.5) / FPS for number in range(0, SECONDS * FPS, 7)]
    assert len(in_pieces(film, targets)) == SECONDS * FPS // GOP
    together = take(film, targets).by_second
    monkeypatch.setattr(shots, "MOST_THREADS", 1)
    for other in opened(clip, SETTINGS, Deadline(60)):
        assert in_pieces(other, targets) == [targets]
        alone = take(other, targets).by_second
    assert list(together) == list(alone)
    for when, shot in together.items():
        assert number_of(shot.picture) == round(when * FPS)
        assert np.array_equal(shot.picture, alone[when].picture)
        assert (shot.size, shot.turn) == ((96, 64), Orientation())


def test_a_fault_in_a_piece_is_told(clip):
    small = MediaSettings(max_pixels=1000)
    for film in opened(clip, small, Deadline(60)):
        with pytest.raises(MediaError, match="96 x 64"):
            take(film, [1.0, 20.0])
    for film in opened(clip, SETTINGS, Deadline(60)):
        film.deadline.end = 0.0
        with pytest.raises(MediaError, match="max_decode_seconds"):
            take(film, [1.0, 20.0])
