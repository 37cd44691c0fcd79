"""A mark is left while a cell runs, and is believed only after a kill for want of memory."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from evaluate.worlds import make_bench
from seesay.core.errors import SeesayError
from seesay.evaluate.compare import run_trials
from seesay.evaluate.memory_kills import memory_kills, noticing_memory_kills
from seesay.recommend.base import FeatureSpec

HANG = """
import sys, time
from pathlib import Path
from seesay.evaluate.memory_kills import noticing_memory_kills
with noticing_memory_kills(Path(sys.argv[1])):
    print("in", flush=True)
    time.sleep(60)
"""

AGAIN = """
import sys
from pathlib import Path
from seesay.evaluate.memory_kills import noticing_memory_kills
for _ in range(1000):
    with noticing_memory_kills(Path(sys.argv[1])):
        pass
"""


def killed_in(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HANG, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "in\n"
        process.send_signal(signal.SIGKILL)


def test_the_mark_goes_however_the_block_ends(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with noticing_memory_kills(mark):
        assert mark.is_file()
    assert not mark.exists()
    with pytest.raises(KeyboardInterrupt), noticing_memory_kills(mark):
        raise KeyboardInterrupt
    assert not mark.exists()


def test_only_a_kill_for_want_of_memory_counts(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    killed_in(mark)
    left = int(mark.read_text())
    with noticing_memory_kills(mark):
        pass
    # The same, as if the system had counted one more since.
    mark.write_text(str(left - 1))
    with pytest.raises(SeesayError, match="for want of memory"), noticing_memory_kills(mark):
        pytest.fail("the block was entered")
    assert mark.is_file()


def test_a_process_that_still_runs_was_not_killed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with noticing_memory_kills(mark):
        mark.write_text("-1")
        with noticing_memory_kills(mark):
            pass
        assert mark.is_file()
    assert not mark.exists()


def test_a_process_of_the_same_number_is_another_one(tmp_path: Path) -> None:
    # As in a container that was started again, where every number is given out anew.
    mark = tmp_path / "mark"
    mark.write_text("-1")
    with pytest.raises(SeesayError, match="for want of memory"), noticing_memory_kills(mark):
        pytest.fail("the block was entered")


def test_two_processes_in_one_cell_do_not_break_each_other(tmp_path: Path) -> None:
    again = [sys.executable, "-c", AGAIN, str(tmp_path / "mark")]
    both = [subprocess.Popen(again, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=100)[1] for process in both] == ["", ""]


def test_the_counters_by_hand(tmp_path: Path) -> None:
    (tmp_path / "vmstat").write_text("pgfault 7\noom_kill 3\n")
    (tmp_path / "events").write_text("oom 9\noom_kill 2\noom_group_kill 5\n")
    assert memory_kills((tmp_path / "vmstat", tmp_path / "none", tmp_path / "events")) == 5


def test_such_a_cell_is_left_out_and_the_table_goes_on(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    spec = FeatureSpec.parse("id")
    plan = bench.plan("item-knn", spec, 0)
    killed_in(bench.runs / "started" / plan.id)
    mark = bench.runs / "started" / plan.id
    mark.write_text("-1")
    failed, done = run_trials(["item-knn", "popularity"], [spec], [0], bench).outcomes
    assert "for want of memory" in failed.note
    assert failed.failed
    assert done.evaluations
    mark.unlink()
    assert run_trials(["item-knn"], [spec], [0], bench).outcomes[0].evaluations
