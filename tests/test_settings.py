"""The file that a new workspace starts with says what the defaults are."""

import tomllib

from seesay.settings import WorkspaceSettings, template


def test_the_template_changes_nothing() -> None:
    assert tomllib.loads(template()) == {}


def test_its_commented_lines_are_the_defaults() -> None:
    lines = template().split("# Each describer")[0].splitlines()
    keys = [line[2:] for line in lines if line.startswith("# [") or " = " in line]
    values = tomllib.loads("\n".join(keys))
    plugins = {"describers", "encoders", "recommenders"}
    assert set(values) == set(WorkspaceSettings.model_fields) - plugins
    assert WorkspaceSettings(**values) == WorkspaceSettings()
    everything = WorkspaceSettings().model_dump(mode="json")
    assert all(values[name] == everything[name] for name in values)
