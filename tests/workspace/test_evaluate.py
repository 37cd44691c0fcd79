"""Runs of a workspace tested and compared, on small tables and real training."""

from pathlib import Path

import polars as pl
import pytest

from seesay.core.errors import SeesayError
from seesay.describe.base import Description, Facets
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import Attempt
from seesay.workspace import Workspace
from workspace.groups import USERS, catalogue, describe_by_hand


def test_a_run_without_its_manifest_is_no_run(workspace: Workspace) -> None:
    run = workspace.train("popularity")
    assert run.id.startswith("popularity_-_s0_")
    (run.folder / "manifest.json").unlink()
    with pytest.raises(SeesayError, match="nor any other"):
        workspace.evaluate(run.id)
    assert workspace.train("popularity").id == run.id


def test_a_run_on_other_data_is_not_evaluated(workspace: Workspace) -> None:
    run = workspace.train("item-knn")
    workspace.catalog.add_interactions(catalogue().interactions.head(30), timed=True, replace=True)
    with pytest.raises(SeesayError, match=r"have changed since.*seesay train item-knn"):
        workspace.evaluate(run.id)


@pytest.mark.parametrize("name", ["../features/title", "a/b", "..", ""])
def test_a_run_is_named_by_one_word(workspace: Workspace, name: str) -> None:
    workspace.encode(["title"])
    with pytest.raises(SeesayError, match="no name of a run"):
        workspace.evaluate(name)


def test_a_run_is_tested_on_the_split_that_it_was_trained_on(workspace: Workspace) -> None:
    (workspace.folder / "seesay.toml").write_text('[split]\nkind = "cold-items"\n')
    trained = Workspace(workspace.folder).train("item-knn")
    tested = workspace.evaluate(trained.id)
    assert "ndcg@10 among cold" in tested.metrics["test"]


def test_compare_skips_resumes_and_keeps(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.encode(["random"])
    with pytest.raises(SeesayError, match="There is nothing to compare"):
        workspace.compare(["content-knn"], ["id"])
    names = ["popularity", "item-knn", "content-knn"]
    comparison, folder = workspace.compare(names, ["id", "random"], seeds=2, command="again")
    notes = {(cell.recommender, cell.features): cell.note for cell in comparison.cells}
    assert set(notes) == {
        ("popularity", "-"),
        ("item-knn", "id"),
        ("item-knn", "random"),
        ("content-knn", "id"),
        ("content-knn", "random"),
    }
    assert "content features alone" in notes["content-knn", "id"]
    assert comparison.simulated
    assert "made up" in (folder / "report.html").read_text()
    users = pl.read_parquet(folder / "per_user.parquet")
    assert users.group_by("recommender", "features").len()["len"].to_list() == [USERS] * 4
    trained = {path.name for path in (workspace.folder / "runs").glob("*_*")}
    gone = next(path for path in (workspace.folder / "runs").glob("item-knn_id*"))
    (gone / "manifest.json").unlink()
    capsys.readouterr()
    again, same = workspace.compare(names, ["id", "random"], seeds=2, command="again")
    told = capsys.readouterr().err
    assert told.count("is trained already") == 3
    assert same == folder
    assert [cell.mean for cell in again.cells] == [cell.mean for cell in comparison.cells]
    assert {path.name for path in (workspace.folder / "runs").glob("*_*")} == trained


def test_compare_needs_its_features_before_it_trains(workspace: Workspace) -> None:
    with pytest.raises(SeesayError, match="seesay encode title"):
        workspace.compare(["item-knn"], ["id", "title"])
    assert not (workspace.folder / "runs").exists()


def test_slips_of_the_pen_are_told_before_features_are_asked_for(workspace: Workspace) -> None:
    for given, told in [
        ((["nonsense"], ["title"]), "no recommender called 'nonsense'"),
        ((["item-knn"], ["title"], 0), "0 seeds train nothing"),
    ]:
        with pytest.raises(SeesayError, match=told):
            workspace.compare(*given)
    with pytest.raises(SeesayError, match=r"no file 'none\.parquet'"):
        workspace.compare(["item-knn"], ["title"], scores=[Path("none.parquet")])


def test_the_report_tells_of_its_own_runs_and_writers_alone(workspace: Workspace) -> None:
    describe_by_hand(workspace)
    with Journal(workspace.folder / "journal.sqlite") as journal:
        gone = Description("gone", "words", Facets(summary="words"), "")
        journal.record(Attempt("key", "gone", "openai"), gone)
    workspace.encode(["described", "random"])
    workspace.train("item-knn", "id+described")
    comparison, folder = workspace.compare(["popularity", "item-knn"], ["random", "described"])
    assert comparison.describer == "hand"
    page = (folder / "report.html").read_text()
    assert "Recommended by item-knn_described_s0_" in page


def test_a_name_twice_is_compared_once(workspace: Workspace) -> None:
    names, sets = ["item-knn", "item-knn", "popularity"], ["id", "id"]
    comparison, _ = workspace.compare(names, sets)
    assert [cell.recommender for cell in comparison.cells] == ["item-knn", "popularity"]
    for nothing in ([], ["id"]), (["item-knn"], []), (["popularity"], []):
        with pytest.raises(SeesayError, match="Name one recommender and one set"):
            workspace.compare(*nothing)
    with pytest.raises(SeesayError, match="No feature is named"):
        workspace.encode([])
