from __future__ import annotations

from pathlib import Path

import pytest

from seesay.core.errors import SeesayError
from seesay.core.plugins import build_plugin, plugin_class, plugin_names, require

KINDS = ("describer", "encoder", "recommender", "dataset")


@pytest.mark.parametrize("kind", KINDS)
def test_every_plugin_that_is_named_can_be_loaded(kind: str) -> None:
    names = plugin_names(kind)  # type: ignore[arg-type]
    assert names
    for name in names:
        assert plugin_class(kind, name).Settings is not None  # type: ignore[arg-type]


def test_an_unknown_name_comes_with_the_nearest() -> None:
    with pytest.raises(SeesayError, match="Did you mean 'sasrec'"):
        plugin_class("recommender", "sasrek")


def test_an_option_reaches_the_settings() -> None:
    assert build_plugin("recommender", "sasrec", {"dim": 12}).settings.dim == 12


def test_an_unknown_option_names_the_section_and_the_known_ones() -> None:
    with pytest.raises(SeesayError, match=r"\[recommenders\.item-knn\].*neighbours.*decay"):
        build_plugin("recommender", "item-knn", {"neighbours": 5})


def test_a_missing_extra_says_what_to_install() -> None:
    with pytest.raises(SeesayError, match=r"no_such_module.*pip install 'seesay\[embedded\]'"):
        require("no_such_module.part", "embedded")


def test_a_missing_dependency_is_named_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "has_a_need.py").write_text("import no_such_dependency")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SeesayError, match="the package 'no_such_dependency', which is not inst"):
        require("has_a_need", "embedded")


@pytest.mark.parametrize("fault", ["ImportError", "ModuleNotFoundError"])
def test_a_package_that_is_there_is_not_called_missing(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"broken_by_{fault}.py").write_text(f"raise {fault}('libx.so is too old')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SeesayError, match=r"is there.*\(libx\.so is too old\)") as caught:
        require(f"broken_by_{fault}", "embedded")
    assert "not installed" not in str(caught.value)
