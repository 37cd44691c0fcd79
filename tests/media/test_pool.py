"""Real decoder processes, some of which really die."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from making import make_clip
from processes import children_of, has_ended
from seesay.media import pool as pool_module
from seesay.media.base import MediaError, MediaSettings
from seesay.media.decode import decode
from seesay.media.pool import DecoderPool

SETTINGS = MediaSettings(count=3)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=1)


@pytest.fixture
def named(clip: Path, tmp_path: Path) -> Callable[[str], Path]:
    def copy(name: str) -> Path:
        return Path(shutil.copy(clip, tmp_path / f"{name}.mp4"))

    return copy


def wait_until(happened: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_what_comes_back_is_what_decoding_here_gives(clip: Path) -> None:
    here = decode(clip, SETTINGS)
    with DecoderPool(SETTINGS, 1) as pool:
        there = pool.submit(clip).result()
    assert (there.path, there.times, there.manifest) == (here.path, here.times, here.manifest)
    assert len(there.frames) == len(here.frames) == 3
    for mine, other in zip(there.frames, here.frames, strict=True):
        np.testing.assert_array_equal(mine, other)
    np.testing.assert_array_equal(there.audio, here.audio)
    assert there.audio.dtype == np.float32
    assert len(there.audio) > 10_000


def test_a_file_that_is_no_video_says_so_as_it_does_here(tmp_path: Path) -> None:
    bad = tmp_path / "bäd.mp4"
    bad.write_text("no video")
    with pytest.raises(MediaError) as here:
        decode(bad, SETTINGS)
    with DecoderPool(SETTINGS, 1) as pool, pytest.raises(MediaError) as there:
        pool.submit(bad).result()
    assert str(there.value) == str(here.value)


def test_a_process_is_used_again(clip: Path) -> None:
    others = children_of(os.getpid())
    with DecoderPool(SETTINGS, 1) as pool:
        for _ in range(5):
            pool.submit(clip).result()
        assert len(children_of(os.getpid()) - others) == 1
    assert children_of(os.getpid()) <= others


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("segfault", "ended the decoder (SIGSEGV)"),
        ("exit", "exit code 7"),
        ("raise", "libav has a bad day"),
    ],
)
def test_a_crash_costs_one_file(named: Callable[[str], Path], name: str, says: str) -> None:
    with DecoderPool(SETTINGS, 2, "crashing_worker") as pool:
        files = [named(f"{number}") for number in range(6)]
        futures = [pool.submit(path) for path in [*files[:3], named(name), *files[3:]]]
        crashed = futures.pop(3)
        assert all(len(future.result().frames) == 3 for future in futures)
        with pytest.raises(MediaError) as caught:
            crashed.result()
    assert str(caught.value).startswith(f"{name}.mp4: ")
    assert says in str(caught.value)


def test_a_hanging_decoder_is_killed(
    named: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "GRACE_SECONDS", 0.2)
    settings = MediaSettings(count=1, max_decode_seconds=5)
    with DecoderPool(settings, 1, "crashing_worker") as pool:
        stuck, fine = pool.submit(named("hang")), pool.submit(named("fine"))
        with pytest.raises(MediaError, match=r"more than 5 s"):
            stuck.result()
        assert len(fine.result().frames) == 1


def test_what_a_library_prints_does_not_get_between_the_answers(
    named: Callable[[str], Path],
) -> None:
    with DecoderPool(SETTINGS, 1, "crashing_worker") as pool:
        assert len(pool.submit(named("chatter")).result().frames) == 3


def test_a_process_that_died_between_two_files_costs_none(clip: Path) -> None:
    others = children_of(os.getpid())
    with DecoderPool(SETTINGS, 1) as pool:
        pool.submit(clip).result()
        (worker,) = children_of(os.getpid()) - others
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: has_ended(worker))
        assert len(pool.submit(clip).result().frames) == 3


def test_closing_does_not_wait_for_a_file(named: Callable[[str], Path]) -> None:
    others = children_of(os.getpid())
    pool = DecoderPool(SETTINGS, 1, "crashing_worker")
    stuck, never = pool.submit(named("hang")), pool.submit(named("fine"))
    wait_until(lambda: stuck.running() and bool(children_of(os.getpid()) - others))
    pool.close()
    assert never.cancelled()
    with pytest.raises(MediaError):
        stuck.result()
    assert children_of(os.getpid()) <= others


PARENT = """
import sys
from pathlib import Path
from seesay.media.base import MediaSettings
from seesay.media.pool import DecoderPool
pool = DecoderPool(MediaSettings(count=1), 2, "crashing_worker")
pool.submit(Path(sys.argv[1])).result()
stuck = [pool.submit(Path(sys.argv[2])) for _ in range(2)]
print("ready", flush=True)
stuck[0].result()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the death signal is Linux's")
def test_the_processes_die_with_a_killed_parent(named: Callable[[str], Path]) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, named("fine"), named("hang")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    wait_until(lambda: len(children_of(parent.pid)) == 2)
    workers = children_of(parent.pid)
    parent.kill()
    parent.communicate()
    wait_until(lambda: all(map(has_ended, workers)))
