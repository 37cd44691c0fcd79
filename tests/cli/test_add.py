"""What a newcomer does first: a folder, and tables of their own."""

from __future__ import annotations

import json

import making


def test_a_workspace_that_is_there_is_told_from_a_new_one(tmp_path, seesay):
    first, again = (seesay("-w", "here", "init", cwd=tmp_path) for _ in range(2))
    assert "'here' is a workspace now" in first.stdout
    assert "was a workspace already" in again.stdout
    assert json.loads(seesay("-w", "here", "--json", "init", cwd=tmp_path).stdout)["made"] is False


def test_videos_that_are_not_there_are_counted_and_named(tmp_path, seesay):
    seesay("-w", "here", "init", cwd=tmp_path)
    making.make_clip(tmp_path / "a.mp4", 0.2, (32, 32), sound=False)
    rows = [f"{name},{name}.mp4" for name in "abcdefgh"]
    (tmp_path / "items.csv").write_text("\n".join(["item_id,path", *rows, "z,"]) + "\n")
    done = seesay("-w", "here", "add", "items", "items.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "9 items added; 9 in all.",
        "7 of them name a video file that is not there: b, c, d, e, f and 2 more. "
        "Without it, an item cannot be described: name it anew, or: seesay remove items ID",
    ]
    told = json.loads(
        seesay("-w", "here", "--json", "add", "items", "items.csv", cwd=tmp_path).stdout
    )
    assert told["without_file"] == list("bcdefgh")
    assert told["replaced"] == 9


def test_a_log_without_times_says_that_its_rows_stand_for_them(workspace, seesay):
    log = "user_id,item_id,when\nu,i1,5\nu,i2,3\n"
    (workspace.parent / "few.csv").write_text(log)
    command = ("-w", "work", "--json", "add", "interactions", "few.csv", "--replace")
    rows = seesay(*command, cwd=workspace.parent)
    assert rows.stderr == (
        "'few.csv' has no column 'timestamp' (its columns: user_id, item_id, when): "
        "the order of its rows stands for time. "
        "If one of them holds times, name it: --timestamp-column NAME\n"
    )
    assert json.loads(rows.stdout)["ordered_by"] == "rows"
    timed = seesay(*command, "--timestamp-column", "when", cwd=workspace.parent)
    assert not timed.stderr
    assert json.loads(timed.stdout)["ordered_by"] == "time"


def test_what_happened_to_the_log_that_was_there_is_told(workspace, seesay):
    def added(*options):
        command = ("-w", "work", "add", "interactions", "log.csv", *options)
        return seesay(*command, cwd=workspace.parent).stdout

    assert added() == "0 interactions added, 140 left out as already there; 140 in all.\n"
    assert added("--replace") == "140 interactions added, 140 from before forgotten; 140 in all.\n"


def test_one_is_told_in_the_singular(workspace, seesay):
    here = workspace.parent
    (here / "item.csv").write_text("item_id,path\nnew,new.mp4\n")
    (here / "event.csv").write_text("user_id,item_id,timestamp\nu0,new,9\n")
    items = seesay("-w", "work", "add", "items", "item.csv", cwd=here).stdout
    assert items.startswith("1 item added; 21 in all.\n1 of them names a video file that is not")
    event = seesay("-w", "work", "add", "interactions", "event.csv", cwd=here).stdout
    assert event == "1 interaction added; 141 in all.\n"
