from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seesay.core.errors import SeesayError
from seesay.encode.audio import AudioEncoder
from seesay.encode.base import Reads, Source
from seesay.encode.placebos import RandomEncoder, ShuffledEncoder
from seesay.encode.run import encode_items, media_sources
from seesay.media.base import MediaSettings

SMALL = MediaSettings(count=2, frame_pixels=64)


class Lengths:
    """An encoder as a plug-in may write it: the length of the words, and a bad one for 'bad'."""

    name = "lengths"
    dim = 2
    reads: Reads = "words"

    def __init__(self, batch_size: int | None = 3, tiles: tuple[int, int] = (1, 1)) -> None:
        self.batch_size = batch_size
        self.tiles = tiles
        self.batches: list[int] = []

    def fingerprint(self) -> dict[str, Any]:
        return {}

    def encode(self, batch: Sequence[Source]) -> np.ndarray:
        self.batches.append(len(batch))
        values = [[len(source.words), np.nan if source.words == "bad" else 1] for source in batch]
        return np.tile(np.array(values, np.float32), self.tiles)


def quiet(things: Iterable[Any], label: str, total: int) -> Iterator[Any]:
    yield from things


def words(*texts: str) -> list[Source]:
    return [Source(f"i{row}", words=text) for row, text in enumerate(texts)]


def test_rows_come_in_order_in_batches_of_the_size_the_encoder_likes() -> None:
    encoder = Lengths(3)
    item_ids, vectors, skipped = encode_items(encoder, words(*"abcdefgh"), 8, quiet)
    assert item_ids == [f"i{row}" for row in range(8)]
    np.testing.assert_array_equal(vectors, np.ones((8, 2)))
    assert vectors.dtype == np.float32
    assert skipped == []
    assert encoder.batches == [3, 3, 2]


def test_an_encoder_that_must_see_all_gets_all() -> None:
    encoder = Lengths(None)
    encode_items(encoder, words(*"abcdefgh"), 8, quiet)
    assert encoder.batches == [8]
    batch = [Source(str(row), vector=np.full(2, row)) for row in range(5)]
    _, vectors, _ = encode_items(ShuffledEncoder(), batch, 5, quiet)
    assert sorted(vectors[:, 0]) == [0, 1, 2, 3, 4]


def test_items_that_lack_words_or_get_bad_vectors_are_left_out_and_listed() -> None:
    sources = [*words("a", "", "bad", "four"), Source("e", missing="the model refused")]
    item_ids, vectors, skipped = encode_items(Lengths(2), sources, 5, quiet)
    assert item_ids == ["i0", "i3"]
    np.testing.assert_array_equal(vectors, [[1, 1], [4, 1]])
    assert sorted(skipped) == [
        ("e", "the model refused"),
        ("i1", "it has no description"),
        ("i2", "its vector has values that are not finite numbers"),
    ]


def test_nothing_to_encode_gives_no_rows() -> None:
    for sources in ([], words("", "")):
        item_ids, vectors, skipped = encode_items(Lengths(), sources, 2, quiet)
        assert item_ids == []
        assert vectors.shape == (0, 2)
        assert len(skipped) == len(sources)


def test_more_items_than_were_announced_are_encoded_too() -> None:
    item_ids, vectors, _ = encode_items(Lengths(2), words(*"abcdefg"), 3, quiet)
    assert len(item_ids) == len(vectors) == 7
    assert (vectors == 1).all()


def test_the_sources_are_read_no_further_than_one_batch() -> None:
    read: list[int] = []
    seen: list[int] = []

    def stream() -> Iterator[Source]:
        for row, source in enumerate(words(*"abcdefgh")):
            read.append(row)
            yield source

    class Watching(Lengths):
        def encode(self, batch: Sequence[Source]) -> np.ndarray:
            seen.append(len(read))
            return super().encode(batch)

    encode_items(Watching(3), stream(), 8, quiet)
    assert seen == [3, 6, 8]


def test_the_progress_sees_every_item(capsys: pytest.CaptureFixture[str]) -> None:
    encode_items(RandomEncoder(), [Source(str(row)) for row in range(10)], 10)
    assert "encode random: 10 of 10" in capsys.readouterr().err


@pytest.mark.parametrize("tiles", [(2, 1), (1, 2)])
def test_an_encoder_that_gives_rows_of_another_shape_is_named(tiles: tuple[int, int]) -> None:
    with pytest.raises(SeesayError, match="'lengths' gave an array of shape"):
        encode_items(Lengths(3, tiles), words("a", "b"), 2, quiet)


def test_videos_are_decoded_in_order_and_bad_ones_say_why(
    tmp_path: Path, make_clip: Callable[..., Path]
) -> None:
    clip = make_clip(tmp_path / "good.mp4", seconds=1)
    (tmp_path / "text.mp4").write_text("this is no video")
    items = [
        ("a", str(clip)),
        ("text", str(tmp_path / "text.mp4")),
        ("none", None),
        ("gone", str(tmp_path / "gone.mp4")),
        ("b", str(clip)),
    ]
    sources = list(media_sources(items, SMALL))
    assert [source.item_id for source in sources] == ["a", "text", "none", "gone", "b"]
    assert [source.media is not None for source in sources] == [True, False, False, False, True]
    assert all(source.missing for source in sources if source.media is None)
    item_ids, vectors, skipped = encode_items(AudioEncoder(), iter(sources), 5, quiet)
    assert item_ids == ["a", "b"]
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert [item_id for item_id, _ in skipped] == ["text", "none", "gone"]


def test_only_what_is_asked_for_is_decoded(tmp_path: Path, make_clip: Callable[..., Path]) -> None:
    items = [("a", str(make_clip(tmp_path / "a.mp4", seconds=1)))]
    (heard,) = media_sources(items, SMALL, frames=False)
    (seen,) = media_sources(items, SMALL, sound=False)
    assert heard.media is not None
    assert seen.media is not None
    assert len(heard.media.frames) == 0 < len(heard.media.audio)
    assert len(seen.media.audio) == 0 < len(seen.media.frames)


def test_a_video_that_ends_its_decoder_costs_that_video(
    tmp_path: Path, make_clip: Callable[..., Path]
) -> None:
    names = ["good", "segfault", "exit", "fine"]
    items = [(name, str(make_clip(tmp_path / f"{name}.mp4", seconds=1))) for name in names]
    sources = media_sources(items, SMALL, frames=False, worker="crashing_worker")
    item_ids, vectors, skipped = encode_items(AudioEncoder(), sources, 4, quiet)
    assert item_ids == ["good", "fine"]
    assert len(vectors) == 2
    assert dict(skipped) == {
        "segfault": "segfault.mp4: decoding it ended the decoder (SIGSEGV)",
        "exit": "exit.mp4: decoding it ended the decoder (exit code 7)",
    }


def test_decoding_runs_only_so_far_ahead_and_stops_with_its_reader() -> None:
    taken: list[int] = []

    def items() -> Iterator[tuple[str, str | None]]:
        for row in range(1000):
            taken.append(row)
            yield str(row), None

    stream = media_sources(items(), SMALL, workers=3)
    next(stream)
    assert len(taken) == 6
    next(stream)
    assert len(taken) == 7
    stream.close()
    assert not [one for one in threading.enumerate() if one.name.startswith("decode")]


def test_progress_counts_what_is_encoded_not_what_is_read() -> None:
    encoder = Lengths(3)
    seen: list[tuple[int, int]] = []

    def watch(things: Iterable[Any], label: str, total: int) -> Iterator[Any]:
        for done, thing in enumerate(things, start=1):
            seen.append((done, sum(encoder.batches)))
            yield thing

    encode_items(encoder, words(*"abc", "", *"de"), 6, watch)
    assert [done for done, _ in seen] == [1, 2, 3, 4, 5, 6]
    assert all(encoded >= done - 1 for done, encoded in seen)
