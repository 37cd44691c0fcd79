"""The tables that people read."""

from dataclasses import replace

import pytest

from seesay.evaluate.audit import FEW_VECTORS, FLAT_ROWS
from seesay.evaluate.comparison import Cell, Comparison, Gain
from seesay.evaluate.significance import Interval
from seesay.evaluate.tables import (
    BOLD,
    PLAIN,
    TO_RANK,
    figure,
    metric_label,
    table_markdown,
    table_text,
    warnings_of,
    what_varies,
)


def test_metrics_are_written_as_the_field_does():
    names = ["hr@10", "ndcg@20", "mrr", "coverage@10"]
    assert [metric_label(name) for name in names] == ["HR@10", "nDCG@20", "MRR", "coverage@10"]


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (0.0364, False, ".0364"),
        (1.0, False, "1.0000"),
        (0.0, False, ".0000"),
        (-0.01, True, "-.0100"),
        (0.01, True, "+.0100"),
        (-0.00001, False, ".0000"),
    ],
)
def test_figures(value, signed, text):
    assert figure(value, signed) == text


def test_the_whole_text():
    cells = (
        Cell("popularity", "-", (0,), {"ndcg@10": 0.1, "coverage@10": 0.9}, seconds=0.25),
        Cell("sasrec", "id", (0, 1), {"ndcg@10": 0.25, "coverage@10": 0.5}, {"ndcg@10": 0.01}),
        Cell("content-knn", "id", note="it has no ID part"),
        Cell("content-knn", "id+title", note="it has no ID part"),
    )
    assert table_text(Comparison(cells)).splitlines() == [
        "recommender  features  nDCG@10      ±  coverage@10  seconds",
        "-----------  --------  -------  -----  -----------  -------",
        "popularity   -          .1000       -       .9000       0.2",
        "sasrec       id         .2500*  .0100       .5000         -",
        "content-knn  id             -       -           -         -",
        "content-knn  id+title       -       -           -         -",
        "",
        "content-knn x id, id+title: it has no ID part",
    ]


def test_a_terminal_leaves_to_the_report_what_is_over_the_catalogue():
    cells = (Cell("a", "id", (0,), {"mrr": 0.5, "gini@10": 0.25, "novelty@10": 4.5}),)
    assert "gini" not in table_text(Comparison(cells))
    assert "| gini@10 | novelty@10 |" in table_markdown(Comparison(cells))


def test_colour_changes_no_column(comparison):
    coloured = table_text(comparison, colour=True)
    assert f"{BOLD}1.0000{PLAIN}" in coloured
    bare = coloured.replace(BOLD, "").replace(PLAIN, "")
    rows = [line for line in bare.splitlines() if line.startswith(("sasrec", "content-knn  title"))]
    assert len({len(row) for row in rows}) == 1
    assert "*" not in coloured


def test_every_table_says_that_viewers_are_simulated(comparison):
    assert table_text(comparison).startswith("SIMULATED")
    assert table_markdown(comparison).startswith("**SIMULATED")
    real = replace(comparison, simulated=False)
    assert "SIMULATED" not in table_text(real) + table_markdown(real)


def test_markdown_has_as_many_columns_in_every_row(comparison):
    odd = replace(comparison.cells[0], features="a|b")
    rows = [
        line
        for line in table_markdown(replace(comparison, cells=(odd, *comparison.cells))).splitlines()
        if line.startswith("|")
    ]
    assert len(rows) == 2 + 7
    assert {row.replace("\\|", "").count("|") for row in rows} == {rows[0].count("|")}
    assert "**1.0000**" in rows[-1]
    assert "a\\|b" in rows[2]


def test_markdown_says_how_sure_it_is(comparison):
    lines = table_markdown(comparison).splitlines()
    header = next(line for line in lines if line.startswith("| recommender"))
    assert "| nDCG@10 | 95% | marks | ± |" in header
    titles = next(line for line in lines if line.startswith("| sasrec | title"))
    assert "| **1.0000** | 1.0000 to 1.0000 | ▲ | .0000 |" in titles
    assert "- ▲ above the same recommender on id" in lines
    assert "corrected for all 4 differences of the table (Holm)" in lines[-1]


def test_every_table_says_what_its_intervals_hold(comparison):
    cells = [cell for cell in comparison.cells if not cell.std]
    one = replace(comparison, cells=tuple(cells))
    for table in (table_text, table_markdown):
        assert "over users: the spread over seeds is not in them" in table(one)
        assert "over users and over seeds, the spread of both is in them" in table(comparison)
        cold = table(replace(one, drawn="items"))
        assert "over the items guessed, each with all its users: the spread over seeds" in cold
        cold = table(replace(comparison, drawn="items"))
        assert "each with all its users, and over seeds" in cold
        assert "of a cell of one run, over items alone" in cold
    assert what_varies([Cell("a", "id")], "users") == ""


def test_a_terminal_names_what_is_not_above_noise():
    cells = tuple(
        Cell("sasrec", name, (0,), {"ndcg@10": 0.2}) for name in ("title", "tag", "random")
    )
    gains = tuple(
        Gain("sasrec", name, "random", "ndcg@10", Interval(0.1, 0.0, 0.2), "placebo", "", p, p)
        for name, p in (("title", 0.01), ("tag", 0.2))
    )
    told = table_text(Comparison(cells, gains=gains)).splitlines()[-1]
    assert told.startswith("Not surely above their best placebo")
    assert told.endswith(": sasrec x tag")
    assert "placebo" not in table_text(Comparison(cells, gains=gains[:1]))


def test_figures_that_read_alike_are_all_best():
    means = {"a": 0.1 + 0.2, "b": 0.3, "c": 0.1}
    cells = tuple(Cell(name, "id", (0,), {"mrr": mean}) for name, mean in means.items())
    assert table_text(Comparison(cells)).count(".3000*") == 2
    assert table_markdown(Comparison(cells)).count("**.3000**") == 2


def test_a_tie_is_bold_in_both_but_not_where_all_tie():
    cells = tuple(Cell(name, "id", (0,), {"mrr": 0.5, "hr@10": 1.0}) for name in "ab")
    assert "**.5000**" not in table_markdown(Comparison(cells))
    assert "*" not in table_text(Comparison(cells))
    worse = Cell("c", "id", (0,), {"mrr": 0.25, "hr@10": 1.0})
    text = table_markdown(Comparison((*cells, worse)))
    assert (text.count("**.5000**"), text.count("**1.0000**")) == (2, 0)


@pytest.mark.parametrize(
    ("found", "told"), [("'tag': 5 among 30 items", True), ("none of 2 features", False)]
)
def test_items_that_tie_by_their_feature_are_told_of(found, told):
    audit = {FEW_VECTORS: {"passed": True, "detail": found}}
    comparison = Comparison((Cell("a", "tag", (0,), {"ndcg@10": 0.5}),), audit=audit)
    for table in (table_text(comparison), table_markdown(comparison)):
        assert ("different vectors of 'tag': 5 among 30 items; equal items tie" in table) is told


@pytest.mark.parametrize(
    ("found", "told"), [("'sound': 2 items, 'i3', 'i7'", True), ("none of 2 features", False)]
)
def test_items_of_which_a_feature_says_nothing_are_told_of(found, told):
    audit = {FLAT_ROWS: {"passed": True, "detail": found}}
    comparison = Comparison((Cell("a", "sound", (0,), {"ndcg@10": 0.5}),), audit=audit)
    for table in (table_text(comparison), table_markdown(comparison)):
        assert ("says nothing of them: 'sound': 2 items, 'i3', 'i7'" in table) is told


@pytest.mark.parametrize(("users", "warned"), [(0, False), (1, True), (199, True), (200, False)])
def test_few_users_are_warned_of(users, warned):
    comparison = Comparison((Cell("a", "id", users=users),))
    assert bool(warnings_of(comparison)) is warned
    for table in (table_text(comparison), table_markdown(comparison)):
        assert (f"FEW USERS: only {users} were tested." in table) is warned


@pytest.mark.parametrize(("items", "warned"), [(6, True), (29, True), (30, False)])
def test_few_items_to_guess_are_warned_of(items, warned):
    comparison = Comparison((Cell("a", "id"),), split={"test": {"items": items}})
    for table in (table_text(comparison), table_markdown(comparison)):
        assert (f"FEW TARGETS: only {items} different items" in table) is warned
    told = warnings_of(replace(comparison, drawn="items"))
    assert ["so few items are too narrow" in one for one in told] == [True] * warned


@pytest.mark.parametrize(
    ("metric", "dataset", "warned"),
    [
        ("hr@10", {TO_RANK: 10}, "HR@10 is 1 by construction"),
        ("hr@10", {TO_RANK: 11}, ""),
        ("ndcg@10", {TO_RANK: 5}, ""),
        ("hr@10", {}, ""),
        ("hr@10 among cold", {TO_RANK: 50, f"{TO_RANK} among cold": 3}, "no user has more than 3"),
    ],
)
def test_what_is_1_by_construction_is_told(metric, dataset, warned):
    told = warnings_of(Comparison((Cell("a", "id", (0,), {metric: 1.0}),), dataset=dataset))
    assert len(told) == bool(warned)
    assert warned in "".join(told)
