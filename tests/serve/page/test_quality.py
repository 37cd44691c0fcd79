"""The quality view says of a comparison what its report says."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from seesay.evaluate.comparison import Cell, Comparison
from seesay.evaluate.report import SPLITS
from seesay.evaluate.tables import TO_RANK, warnings_of
from seesay.serve.base import BundleInfo
from seesay.serve.page.pages import Pages
from seesay.serve.page.quality import quality_values

BUNDLE = BundleInfo("b", "", "ease", "id", False, {}, {"items": 3})


def view_of(comparison: Comparison | None) -> str:
    """Return the text of the view, from a comparison as a bundle keeps it."""
    known = {"comparison": comparison.as_dict() if comparison else None}
    template = Pages(lambda: pytest.fail("no engine is asked")).environment.get_template(
        "quality.html.jinja"
    )
    text = template.render(bundle=BUNDLE, path="/quality", **quality_values(known))
    return unescape(" ".join(text.split()))


def compared(*features: str, users: int = 12, **facts: Any) -> Comparison:
    cells = tuple(Cell("ease", one, (0,), {"hr@10": 0.5}, users=users) for one in features)
    split = {"test": {"users": users, "items": users, "interactions": users}}
    return Comparison(cells, dataset=facts, split=split)


def test_it_warns_as_the_report_does() -> None:
    small = compared("id", **{TO_RANK: 8})
    told = warnings_of(small)
    assert [one[:9] for one in told] == ["FEW USERS", "FEW TARGE", "FEW ITEMS"]
    text = view_of(small)
    for warning in told:
        assert f'<p class="warning measure">{warning}</p>' in text
    assert 'class="warning' not in view_of(compared("id", users=1000))


@pytest.mark.parametrize("kind", SPLITS)
def test_it_says_how_the_log_was_split(kind: str) -> None:
    text = view_of(compared("id", **{"split: kind": kind}))
    assert [one for one in SPLITS if SPLITS[one] in text] == [kind]


def test_it_names_every_placebo() -> None:
    text = view_of(compared("id", "title", "shuffled", "random-words", "id+random", "random"))
    assert "Placebos: id+random, random, random-words, shuffled; features that" in text
    assert "A placebo: random; features that gain no more than this add" in view_of(
        compared("id", "random")
    )
    assert "lacebo" not in view_of(compared("id", "id+title"))


def test_figures_that_read_alike_are_all_best() -> None:
    means = {"a": 0.1 + 0.2, "b": 0.3, "c": 0.1}
    cells = tuple(Cell(name, "id", (0,), {"mrr": mean}) for name, mean in means.items())
    assert view_of(Comparison(cells)).count('class="best">.3000') == 2


def test_a_bundle_without_a_comparison_says_so() -> None:
    assert "made without a comparison" in view_of(None)
