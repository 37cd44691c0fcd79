"""Whatever the OpenAPI document allows, and much that it does not, is answered and as it says."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from seesay.workspace import Workspace

EXAMPLES = 15
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture(scope="module")
def described_api(made: Workspace, starting: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the schema of a service that takes no videos: each would be decoded for seconds."""
    folder: Path = tmp_path_factory.mktemp("schema") / "work"
    shutil.copytree(made.folder, folder)
    (folder / "seesay.toml").write_text("[serve]\nitems = false\n")
    client, _ = starting(folder)
    return schemathesis.openapi.from_url(f"{client.address}/v1/openapi.json")


def test_it_answers_as_its_document_says(described_api: Any) -> None:
    operations = [result.ok() for result in described_api.get_all_operations()]
    assert len(operations) > 10
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def answers(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        answers()
