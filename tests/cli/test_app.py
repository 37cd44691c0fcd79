"""Exit codes, where things are printed, and what must not be imported for the help."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seesay import __version__ as seesay_version
from seesay.cli import main
from seesay.cli.app import globals_first

Run = Callable[..., subprocess.CompletedProcess[str]]
HEAVY = {"torch", "polars", "numpy", "pydantic", "rich.console", "av", "transformers", "scipy"}


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file under a folder and its content, but for SQLite's own side files."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, "10000"),
        ({"GOMP_SPINCOUNT": "7"}, "7"),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, None),
    ],
)
def test_threads_do_not_spin_long_unless_asked_to(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], found: str | None
) -> None:
    monkeypatch.setattr(os, "environ", given)
    monkeypatch.setattr(sys, "argv", ["seesay", "--version"])
    with pytest.raises(SystemExit):
        main()
    assert given.get("GOMP_SPINCOUNT") == found


def test_help_lists_all_commands_and_imports_nothing_heavy(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "seesay", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    commands = "init add data describe encode train evaluate compare recommend doctor demo"
    for command in commands.split():
        assert f"\n  {command} " in done.stdout
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert "typer" in imported
    assert not HEAVY & imported


@pytest.mark.parametrize("command", ["init", "add items", "data microlens", "recommend", "demo"])
def test_each_command_has_help(command: str, tmp_path: Path, seesay: Run) -> None:
    done = seesay(*command.split(), "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "Usage: seesay" in done.stdout


def test_global_options_may_stand_anywhere() -> None:
    assert globals_first(["train", "sasrec", "-w", "d", "--json"]) == [
        *("-w", "d", "--json"),
        *("train", "sasrec"),
    ]
    assert globals_first(["a", "--workspace=d", "--", "--json"]) == [
        "--workspace=d",
        *("a", "--", "--json"),
    ]
    assert globals_first(["a", "-w"]) == ["-w", "a"]


def test_own_tables_to_recommendations(workspace: Path, seesay: Run) -> None:
    def ok(*arguments: object) -> str:
        done = seesay(*arguments, "-w", workspace, cwd=workspace.parent)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run = ok("train", "item-knn").splitlines()[0]
    assert "test: hr@10" in ok("evaluate", run)
    told = json.loads(ok("recommend", "--user", "u1", "-k", 2, "--explain", "--json"))
    assert len(told["items"]) == 2
    assert "watched both this and" in told["items"][0]["why"]
    assert told["simulated"] is False
    plain = ok("recommend", "--user", "u1", "-k", 2, "--explain")
    assert told["items"][0]["item_id"] in plain
    assert told["items"][0]["why"] in plain
    ok("encode", "random")
    names = ("--recommenders", "popularity,item-knn", "--features", "id,random")
    table = json.loads(ok("compare", *names, "--json"))
    assert len(table["cells"]) == 3
    assert Path(workspace.parent / table["report"]).is_file()


BAD = {
    "no-file": (["add", "items", "absent"], "There is neither a file nor a folder 'absent'"),
    "no-table": (["add", "items", "notes.txt"], "not a table"),
    "no-column": (["add", "items", "log.csv", "--item-column", "video"], "no column 'video'"),
    "double-items": (["add", "items", "double.csv"], "more than once"),
    "unknown-items": (["add", "interactions", "unknown.csv"], "--drop-unknown"),
    "nan-times": (["add", "interactions", "nan.csv"], "(the first is line 2: 'NaN')"),
    "broken-parquet": (["add", "items", "broken.parquet"], "cannot be read as parquet"),
    "no-videos": (["add", "items", "empty"], "holds no video"),
    "no-dataset": (["-w", "fresh", "data", "microlens", "empty"], "holds no file"),
    "other-catalogue": (["data", "microlens", "micro"], "already holds a catalogue"),
    "no-describer": (["describe", "--describer", "percepton"], "'perception'"),
    "no-media": (["describe"], "No item has a video file"),
    "option-of-others": (
        ["describe", "--model", "x"],
        "'perception' has no option 'model'. Name one that has it: --describer openai or",
    ),
    "no-encoder": (["encode", "titel"], "Did you mean 'title'"),
    "no-encoder-at-all": (["encode", ","], "No feature is named"),
    "no-feature-name": (["train", "sasrec", "--features", "../title"], "no set of features"),
    "nothing-to-compare": (["compare", "--recommenders", "", "--features", "id"], "Name one"),
    "run-elsewhere": (["evaluate", "../features"], "no name of a run"),
    "demo-elsewhere": (["demo", "work"], "already holds a catalogue"),
    "demo-in-a-workspace": (["-w", "work", "demo"], "already holds a catalogue"),
    "spaced-columns": (["add", "items", "spaces.csv"], "differ by spaces"),
    "no-recommender": (["train", "sasrek"], "Did you mean 'sasrec'"),
    "no-feature": (["train", "content-knn", "--features", "title"], "seesay encode title"),
    "no-features-named": (["train", "content-knn"], "Without --features it is 'id', and"),
    "no-feature-to-compare": (["compare", "--features", "title"], "seesay encode title"),
    "no-log-to-compare": (["-w", "fresh", "compare", "--features", "random"], "seesay add"),
    "nothing-to-serve": (["serve"], "No run is trained yet"),
    "no-run": (["evaluate", "some-run"], "There is no run"),
    "no-trained-run": (["recommend", "--user", "u1"], "No run is trained yet"),
    "no-question": (["recommend"], "Give one of --user"),
    "bad-seed": (["train", "sasrec", "--seed", "-1"], "--seed"),
    "bad-option": (["train", "sasrec", "--sed", "3"], "--sed"),
    "bad-number": (["recommend", "--user", "u1", "-k", "0"], "-k"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_exit_2_and_nothing_written(
    name: str, workspace: Path, seesay: Run
) -> None:
    arguments, message = BAD[name]
    here = workspace.parent
    (here / "notes.txt").write_text("x")
    (here / "double.csv").write_text("item_id\na\na\n")
    (here / "unknown.csv").write_text("user_id,item_id\nu1,zzz\nu1,i1\n")
    (here / "spaces.csv").write_text("item_id, item_id \na,b\n")
    (here / "nan.csv").write_text("user_id,item_id,timestamp\nu1,i1,NaN\n")
    (here / "broken.parquet").write_bytes(b"PAR1 and no more")
    (here / "empty").mkdir()
    (here / "fresh").mkdir()
    (here / "fresh/seesay.toml").touch()
    (here / "micro").mkdir()
    (here / "micro/x_pairs.tsv").write_text("1\t2 3\n")
    (here / "micro/x_titles.csv").write_text("item,title\n2,a\n")
    before = tree(here)
    done = seesay("-w", "work", *arguments, cwd=here)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    if done.stderr.startswith("seesay:"):
        assert len(done.stderr.splitlines()) == 1
    assert tree(here) == before


def test_version(tmp_path: Path, seesay: Run) -> None:
    assert seesay("--version", cwd=tmp_path).stdout == f"seesay {seesay_version}\n"


def test_a_folder_that_is_no_workspace(tmp_path: Path, seesay: Run) -> None:
    done = seesay("train", "sasrec", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "seesay: '.' is no workspace: it holds no seesay.toml. Make one: seesay init .\n"
    )


def test_a_folder_that_cannot_be_made(tmp_path: Path, seesay: Run) -> None:
    (tmp_path / "file").write_text("x")
    done = seesay("init", "file/inside", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot be made" in done.stderr


def test_a_reader_that_goes_away_is_no_error(workspace: Path, seesay: Run) -> None:
    assert seesay("train", "popularity", "-w", workspace, cwd=workspace).returncode == 0
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "seesay", "recommend", "--user", "u1", "-w", str(workspace)],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_interrupted_is_130_and_leaves_no_run(workspace: Path) -> None:
    settings = workspace / "seesay.toml"
    settings.write_text("[recommenders.two-tower]\nepochs = 1000000\npatience = 1000000\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "seesay", "train", "two-tower", "-w", str(workspace)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stderr is not None
    assert ": epoch " in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    rest = process.stderr.read()
    assert process.wait(60) == 130
    process.stderr.close()
    assert "Traceback" not in rest
    assert "interrupted" in rest
    assert not (workspace / "runs").exists()


def test_names_from_anywhere_do_not_break_the_table(workspace: Path, seesay: Run) -> None:
    titles = 'item_id,title\ni1,"two\nlines"\ni3,\x1b[31mred\ni5,caf\u00e9\u2028\n'
    (workspace.parent / "odd.csv").write_text(titles)
    assert seesay("-w", workspace, "add", "items", "odd.csv", cwd=workspace.parent).returncode == 0
    assert seesay("-w", workspace, "train", "item-knn", cwd=workspace).returncode == 0
    done = seesay(
        "-w", workspace, "recommend", "--user", "u0", "-k", 15, "--explain", cwd=workspace
    )
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "two lines" in done.stdout
    head, *lines, by = done.stdout.splitlines()
    assert head.split() == ["item", "score", "title"]
    assert by.startswith("By item-knn_id_s0_")
    assert [line.startswith("     ") for line in lines] == [False, True] * (len(lines) // 2)


def test_a_terminal_that_knows_no_unicode(workspace: Path, seesay: Run) -> None:
    (workspace.parent / "odd.csv").write_text(
        "item_id,title\n" + "".join(f"i{item},caf\u00e9 {item}\n" for item in range(20))
    )
    assert seesay("-w", workspace, "add", "items", "odd.csv", cwd=workspace.parent).returncode == 0
    assert seesay("-w", workspace, "train", "item-knn", cwd=workspace).returncode == 0
    ask = [sys.executable, "-m", "seesay", "-w", str(workspace), "recommend", "--user", "u0"]
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    plain, told = (
        subprocess.run([*ask, *more], env=ascii_only, capture_output=True, check=True).stdout
        for more in ([], ["--json"])
    )
    assert b"caf\\xe9" in plain
    assert json.loads(told)["items"][0]["title"].startswith("caf\u00e9")
