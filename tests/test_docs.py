from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from seesay.cli.app import app, globals_first
from seesay.core.plugins import build_plugin, plugin_names
from seesay.core.settings import parse_section
from seesay.describe import journal_file
from seesay.settings import WorkspaceSettings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if page.parent.name != "results")
TEXTS = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
# What stands in documents in the place of a name.
OTHERS = {"next-watch", "title-words"}


def text(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def blocks(language: str) -> list[Any]:
    """Return every code block of a language, named after its page and line."""
    found = []
    for page in TEXTS:
        content = page.read_text("utf-8")
        for match in re.finditer(rf"^```{language}\n(.*?)^```", content, re.DOTALL | re.MULTILINE):
            line = content.count("\n", 0, match.start()) + 1
            found.append(pytest.param(match[1], id=f"{page.relative_to(ROOT)}:{line}"))
    assert found
    return found


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_settings", DOCS / "make_settings.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command by its full name."""
    for word, command in group.commands.items():
        full = f"{name} {word}".strip()
        if hasattr(command, "commands"):
            yield from commands(command, full)
        else:
            yield full, command


ROOT_COMMAND: Any = typer.main.get_command(app)
COMMANDS = dict(commands(ROOT_COMMAND))


def test_the_page_of_settings_is_what_the_code_says() -> None:
    assert text("reference/settings.md") == generator().page(), "run: python docs/make_settings.py"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_reference_with_every_option(name: str) -> None:
    section = re.search(
        rf"^## {name}\n(.*?)(?=^## |\Z)",
        text("reference/command-line.md"),
        re.DOTALL | re.MULTILINE,
    )
    assert section, f"there is no section '## {name}'"
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name == "option" and parameter.name != "help":
            assert f"`{max(parameter.opts, key=len)}" in section[1]


def test_the_reference_has_no_command_that_is_not_there() -> None:
    headings = re.findall(r"^## (.+)$", text("reference/command-line.md"), re.MULTILINE)
    assert sorted(headings) == sorted(COMMANDS)


@pytest.mark.parametrize("kind", ["describer", "encoder", "recommender", "dataset"])
def test_every_name_of_a_plug_in_of_ours_is_in_the_reference(kind: Any) -> None:
    for name in set(plugin_names(kind)) - OTHERS:
        assert f"`{name}`" in text("reference/names.md")


def test_every_column_of_the_journal_is_in_the_reference() -> None:
    steps = "".join(journal_file._STEPS)
    columns = re.findall(r"^(?:    |.*ADD COLUMN )([a-z_]+) [A-Z]", steps, re.MULTILINE)
    assert {"request_key", "cost"} <= set(columns)
    for column in set(columns) - {"path", "size", "mtime_ns", "sha256"}:
        assert f"`{column}`" in text("reference/file-formats.md")


def test_every_page_is_in_the_navigation_and_the_other_way_round() -> None:
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    listed = re.findall(r"^ +- (\S+\.md)$", config.partition("\nnav:\n")[2], re.MULTILINE)
    assert sorted(listed) == sorted(page.relative_to(DOCS).as_posix() for page in PAGES)


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#]+)", prose):
        if "://" not in target and not target.startswith("docs/results"):
            assert (page.parent / target).is_file(), target


@pytest.mark.parametrize("code", blocks("python"))
def test_python_in_the_documents_is_python(code: str) -> None:
    compile(code, "document", "exec")


@pytest.mark.parametrize("code", blocks("toml"))
def test_settings_in_the_documents_are_settings(code: str) -> None:
    values = tomllib.loads(code)
    if not code.startswith("# seesay.toml"):
        return
    settings = parse_section(WorkspaceSettings, values, "the document")
    for kind in ("describer", "encoder", "recommender"):
        for name, options in getattr(settings, f"{kind}s").items():
            build_plugin(kind, name, options)


@pytest.mark.parametrize("code", blocks("sh"))
def test_commands_in_the_documents_can_be_parsed(code: str) -> None:
    for line in code.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] != ["seesay"]:
            continue
        rest = globals_first(words[1:])
        if rest in (["COMMAND", "--help"], ["--help"]):
            continue
        name = next((name for name in COMMANDS if rest[: len(name.split())] == name.split()), "")
        assert name, f"'{line}' names no command"
        COMMANDS[name].make_context(name, rest[len(name.split()) :])


def test_the_readme_opens_with_two_commands() -> None:
    first = re.search(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.S | re.M)
    assert first
    made = [line.split("#")[0].split() for line in first[1].splitlines()]
    assert made == [["make", "demo"], ["make", "test"]]
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"demo", "test", "setup", "lint"} <= set(targets)
